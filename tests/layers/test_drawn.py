"""Activations and resampling of drawn shapes: definitions, and every derivative."""

import math

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from oracle import tape
from oracle.definitions import define

from scratchgan import layers as nn
from scratchgan.gradcheck.cases import ADJOINT_TOLERANCE, TOLERANCE, check_case
from scratchgan.gradcheck.registry import LayerCase

spatial = st.lists(st.integers(1, 5), min_size=1, max_size=3)
two = st.tuples(st.integers(1, 5), st.integers(1, 5))
channels = st.integers(1, 3)


def assert_right(layer, shape, linear=True):
    """forward is the definition; every verb is its derivative."""
    try:
        _, out_shape = layer.init(np.random.default_rng(0), shape)
    except ValueError:
        reject()
    x = np.random.default_rng(1).normal(size=(2, *shape))
    y, cache = layer.forward((), x)
    assert y.shape == (2, *out_shape)
    expected = define(tape, layer, (), tape.Var(x), cache).value
    np.testing.assert_allclose(y, expected, rtol=1e-11, atol=1e-12)
    errors = check_case(LayerCase("drawn", layer, shape, bilinear=linear))
    assert errors["adjoint"] <= ADJOINT_TOLERANCE
    assert max(errors.values()) <= TOLERANCE


@given(spatial, channels, st.data())
@settings(max_examples=40, deadline=None)
def test_padding(size, c, data):
    mode = data.draw(st.sampled_from(["zero", "reflect", "replicate"]))
    side = st.integers(0, 3)
    amount = tuple(data.draw(st.tuples(side, side)) for _ in size)
    assert_right(nn.Pad(amount, mode), (*size, c))


@given(spatial, channels, st.integers(1, 4), st.booleans())
@settings(max_examples=40, deadline=None)
def test_upsampling(size, c, factor, nearest):
    kind = nn.UpsampleNearest if nearest else nn.UpsampleBilinear
    assert_right(kind(factor), (*size, c))


@given(spatial, channels, st.data())
@settings(max_examples=40, deadline=None)
def test_pooling(size, c, data):
    kernel = tuple(data.draw(st.integers(1, 3)) for _ in size)
    stride = data.draw(st.none() | st.tuples(*[st.integers(1, 3)] * len(size)))
    assert_right(nn.AvgPool(kernel, stride), (*size, c))
    assert_right(nn.MaxPool(kernel, stride), (*size, c), linear=False)


@given(spatial, channels)
@settings(max_examples=15, deadline=None)
def test_global_pooling(size, c):
    assert_right(nn.GlobalAvgPool(), (*size, c))


@given(two, channels, st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_space_to_depth_and_back(size, c, b):
    large = (size[0] * b, size[1] * b, c)
    assert_right(nn.SpaceToDepth(b), large)
    assert_right(nn.DepthToSpace(b), (*size, c * b * b))
    x = np.random.default_rng(0).normal(size=(2, *large))
    down, _ = nn.SpaceToDepth(b).forward((), x)
    np.testing.assert_array_equal(nn.DepthToSpace(b).forward((), down)[0], x)


@given(two, channels, st.data())
@settings(max_examples=80, deadline=None)
def test_upfirdn2d(size, c, data):
    number, side = st.integers(-3, 4), st.integers(-2, 4)
    if data.draw(st.booleans()):
        taps = tuple(data.draw(st.lists(number, min_size=1, max_size=4)))
    else:
        width = data.draw(st.integers(1, 3))
        row = st.lists(number, min_size=width, max_size=width).map(tuple)
        taps = tuple(data.draw(st.lists(row, min_size=1, max_size=3)))
    step = st.tuples(st.integers(1, 3), st.integers(1, 3))
    padding = data.draw(st.tuples(st.tuples(side, side), st.tuples(side, side)))
    try:
        layer = nn.UpFirDn2d(taps, data.draw(step), data.draw(step), padding, 1.5)
    except ValueError:
        reject()
    assert_right(layer, (*size, c))


@given(st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_maxout_and_softmax(pieces, width):
    assert_right(nn.Maxout(pieces), (3, pieces * width), linear=False)
    if width > 1:
        assert_right(nn.Softmax(), (2, width), linear=False)


ACTIVATIONS = [
    nn.ELU(), nn.ELU(0.5), nn.SELU(), nn.SmoothELU(), nn.SiLU(), nn.GELU(),
    nn.GELU("tanh"), nn.Sigmoid(), nn.Softplus(), nn.Tanh(), nn.LeakyReLU(), nn.ReLU(),
]  # fmt: skip


@pytest.mark.parametrize("layer", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_no_activation_overflows(layer, dtype):
    x = np.array([-6e4, -30.0, -1.0, -0.0, 0.0, 1.0, 30.0, 6e4], dtype)
    ones = np.ones_like(x)
    y, cache = layer.forward((), x)
    dx, _, dcache = layer.backward((), cache, ones)
    _, tcache = layer.jvp((), cache, ones)
    tdx, _ = layer.backward_jvp((), cache, dcache, tcache, ones)
    for a in (y, dx, tdx):
        assert np.isfinite(a).all()
        assert a.dtype == dtype


def test_gelu_keeps_the_digits_of_its_left_tail():
    """x Φ(x) = x erfc(−x/√2)/2, which 1 + erf would round to zero."""
    x = -np.arange(1.0, 35.0)
    y, _ = nn.GELU().forward((), x)
    exact = [v * math.erfc(-v / math.sqrt(2)) / 2 for v in x]
    np.testing.assert_allclose(y, exact, rtol=1e-12)


def test_selu_keeps_mean_zero_and_variance_one():
    """The fixed point of Klambauer et al. 2017, section 2."""
    x = np.random.default_rng(0).normal(size=1_000_000)
    y, _ = nn.SELU().forward((), x)
    assert y.mean() == pytest.approx(0, abs=5e-3)
    assert y.var() == pytest.approx(1, abs=5e-3)


def test_the_second_derivative_of_elu_jumps_at_zero_and_that_of_smooth_elu_does_not():
    x = np.array([-1e-9, 1e-9])
    for layer, jump in ((nn.ELU(), 1.0), (nn.SmoothELU(), 0.0)):
        _, kept = layer.f(x)
        assert abs(np.diff(layer.f2(kept))[0]) == pytest.approx(jump, abs=1e-6)


def test_bilinear_upsampling_continues_a_ramp():
    x = np.arange(6.0)[None, :, None]
    y, _ = nn.UpsampleBilinear(2).forward((), x)
    np.testing.assert_allclose(y[0, 1:-1, 0], (np.arange(1, 11) + 0.5) / 2 - 0.5)


def test_a_blur_keeps_the_brightness_and_the_place_of_an_image():
    """StyleGAN2's up- and downsampling of a constant and of a centred point."""
    up = nn.UpFirDn2d((1, 3, 3, 1), 2, 1, ((2, 1), (2, 1)), 4.0)
    y, _ = up.forward((), np.ones((1, 8, 8, 1)))
    np.testing.assert_allclose(y[0, 2:-2, 2:-2], 1)
    down = nn.UpFirDn2d((1, 3, 3, 1), down=2, padding=1)
    point = np.zeros((1, 9, 9, 1))
    point[0, 4, 4] = 1
    z = up.forward((), point)[0][0, ..., 0]
    rows = np.arange(18)
    assert (z.sum(1) * rows).sum() / z.sum() == pytest.approx(2 * 4 + 0.5)
    assert down.forward((), y)[0].shape == (1, 8, 8, 1)
