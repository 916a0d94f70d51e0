"""Definitions, documented errors, and drawn shapes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import check_layer
from scratchgan.gradcheck.cases import ADJOINT_TOLERANCE, TOLERANCE
from scratchgan.layers import initializers

paddings = st.one_of(
    st.integers(0, 3),
    st.just("same"),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2),
)
pairs = st.tuples(st.integers(1, 4), st.integers(1, 3))
THREE: Any = (1, 2, 3)  # what the types forbid and a user may write all the same
VALID: Any = "valid"


def assert_right(layer, in_shape):
    try:
        layer.init(np.random.default_rng(0), in_shape)
    except ValueError:
        reject()
    # 5 samples: the standardisation of two numbers is ±1, whatever they are
    errors = check_layer(layer, in_shape, batch=5)
    assert errors.adjoint <= ADJOINT_TOLERANCE
    assert max(errors) <= TOLERANCE


@given(
    st.sampled_from([nn.Conv2d, nn.ConvTranspose2d]),
    st.integers(1, 6),
    pairs,
    pairs,
    paddings,
    st.booleans(),
    st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5)),
)
@settings(max_examples=80, deadline=None)
def test_convolutions_of_any_geometry(
    kind, features, kernel, stride, padding, bias, shape
):
    assert_right(kind(features, kernel, stride, padding, bias=bias), shape)


@given(
    st.sampled_from([nn.LayerNorm(), nn.BatchNorm(), nn.Tanh(), nn.Flatten()]),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_other_layers_of_any_shape(layer, shape):
    if isinstance(layer, nn.LayerNorm) and np.prod(shape) <= 2:
        reject()  # two numbers standardised are ±1 whatever they were: no derivative
    assert_right(layer, tuple(shape))


# a weight that is one number may have a tangent that all but cancels, of which no
# difference has seven digits
@given(st.lists(st.integers(2, 5), min_size=1, max_size=4), st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_networks_of_any_depth(widths, size):
    layers = []
    for width in widths:
        layers += [nn.Dense(width), nn.Residual(nn.Softplus())]
    assert_right(nn.Sequential(layers), (size,))


@given(st.integers(1, 20), st.integers(1, 7), st.integers(1, 4))
def test_same_padding_has_one_output_a_stride(n, kernel, stride):
    layer = nn.Conv2d(1, (kernel, 1), (stride, 1), "same")
    _, shape = layer.init(np.random.default_rng(0), (n, 1, 1))
    assert shape == (-(-n // stride), 1, 1)
    up = nn.ConvTranspose2d(1, (kernel, 1), (stride, 1), "same")
    _, shape = up.init(np.random.default_rng(0), (n, 1, 1))
    assert shape == (n * stride, 1, 1)


def test_a_transposed_convolution_is_the_adjoint_of_its_convolution():
    """⟨conv(y), x⟩ = ⟨y, convᵀ(x)⟩ with one W between them."""
    rng = np.random.default_rng(0)
    conv = nn.Conv2d(3, 5, 2, "same", bias=False)
    up = nn.ConvTranspose2d(2, 5, 2, "same", bias=False)
    params, _ = conv.init(rng, (8, 6, 2))
    x, y = rng.normal(size=(2, 4, 3, 3)), rng.normal(size=(2, 8, 6, 2))
    down, _ = conv.forward(params, y)
    raised, _ = up.forward(type(up.init(rng, (4, 3, 3))[0])(params.W, None), x)
    np.testing.assert_allclose(np.vdot(down, x), np.vdot(y, raised), rtol=1e-12)


@given(st.integers(2, 5), st.integers(1, 4))
@settings(deadline=None)
def test_layer_norm_has_mean_zero_and_variance_one_a_sample(n, c):
    x = np.random.default_rng(n).normal(3, 2, size=(n, 4, 3, c))
    layer = nn.LayerNorm(eps=0)
    y, _ = layer.forward(layer.init(np.random.default_rng(0), (4, 3, c))[0], x)
    np.testing.assert_allclose(y.mean(axis=(1, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=(1, 2, 3)), 1, rtol=1e-10)


@pytest.mark.parametrize("shape", [(40,), (5, 2, 4)])
def test_batch_norm_learns_the_statistics_that_it_uses_at_inference(shape):
    rng = np.random.default_rng(0)
    x = rng.normal([1.0, -2.0], [0.5, 3.0], size=(*shape, 2))
    layer = nn.BatchNorm(momentum=0.5)
    params, _ = layer.init(rng, x.shape[1:])
    for _ in range(30):
        y, cache = layer.forward(params, x)
        params = layer.advance(params, cache)
    flat = x.reshape(-1, 2)
    np.testing.assert_allclose(params.state["mean"], flat.mean(0), rtol=1e-6)
    np.testing.assert_allclose(params.state["variance"], flat.var(0, ddof=1), rtol=1e-6)
    same, cache = layer.forward(params, x, nn.INFERENCE)
    # 40 samples: √(40/39) apart, the biased variance here and the unbiased there
    np.testing.assert_allclose(same, y * np.sqrt(39 / 40), rtol=1e-4)
    assert layer.advance(params, cache) is params


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_smooth_activations_do_not_overflow(dtype):
    x = np.array([-1e4, -1.0, 0.0, 1.0, 1e4], dtype)
    for layer in (nn.Sigmoid(), nn.Softplus(), nn.Tanh()):
        y, cache = layer.forward((), x)
        dx, _, dcache = layer.backward((), cache, np.ones_like(x))
        _, tcache = layer.jvp((), cache, np.ones_like(x))
        tdx, _ = layer.backward_jvp((), cache, dcache, tcache)
        for a in (y, dx, tdx):
            assert np.isfinite(a).all()
            assert a.dtype == dtype
    np.testing.assert_allclose(nn.Softplus().forward((), x)[0][[0, -1]], [0, 1e4])
    ends = nn.Sigmoid().forward((), x)[0][[0, 2, -1]]
    least = np.finfo(dtype).tiny
    np.testing.assert_allclose(ends, [0, 0.5, 1], rtol=1e-7, atol=1.01 * least)


def test_leaky_relu_is_the_larger_of_x_and_alpha_x():
    x = np.random.default_rng(0).normal(size=100)
    for alpha in (0.0, 0.01, 0.2):
        y, _ = nn.LeakyReLU(alpha).forward((), x)
        rounding = np.finfo(float).eps * np.abs(x).max()  # of ½(1 + α) − ½(1 − α)
        np.testing.assert_allclose(y, np.maximum(x, alpha * x), rtol=0, atol=rounding)
    np.testing.assert_array_equal(nn.ReLU().forward((), x)[0], np.maximum(x, 0))


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (initializers.he_normal, 2 / 30),
        (initializers.he_uniform, 2 / 30),
        (initializers.glorot_uniform, 2 / 80),
        (initializers.he_fan_average_uniform, 4 / 80),
    ],
)
def test_initial_weights_have_the_stated_variance(initializer, variance):
    W = initializer(np.random.default_rng(0), (400, 500), 30, 50)
    assert W.var() == pytest.approx(variance, rel=0.02)
    assert abs(W.mean()) < 5 * np.sqrt(variance / W.size)


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda: nn.Dense(3), (2, 2), r"Dense: in_shape: expected positive \(I\)"),
        (
            lambda: nn.Conv2d(3, 3),
            (4,),
            r"expected positive \(H, W, C\), received \(4,\)",
        ),
        (lambda: nn.Conv2d(3, 5), (3, 3, 1), "at least the kernel"),
        (
            lambda: nn.Conv2d(3, 0),
            (3, 3, 1),
            "kernel: expected an integer >= 1, or 2 of them",
        ),
        (
            lambda: nn.Conv2d(3, 3, THREE),
            (3, 3, 1),
            "stride: expected an integer >= 1, or 2",
        ),
        (lambda: nn.Conv2d(3, 3, 1, -1), (3, 3, 1), "padding: expected .*received"),
        (lambda: nn.Conv2d(3, 3, 1, VALID), (3, 3, 1), "received 'valid'"),
        (lambda: nn.ConvTranspose2d(3, 3, 2, 1, 2), (3, 3, 1), "output_padding"),
        (lambda: nn.ConvTranspose2d(3, 2, 1, 3), (3, 3, 1), "ConvTranspose2d"),
        (lambda: nn.Reshape((2, 2)), (5,), r"expected 4 numbers for \(2, 2\)"),
        (lambda: nn.Crop(3, 3), (2, 4, 1), r"at least \(3, 3, C\)"),
        (lambda: nn.Residual(nn.Dense(3)), (2,), r"shortcut's output shape \(2,\)"),
        (lambda: nn.LeakyReLU(1.5), (2,), "alpha: expected 0 <= alpha < 1"),
    ],
)
def test_bad_arguments_are_named(make, shape, message):
    with pytest.raises(ValueError, match=message):
        make().init(np.random.default_rng(0), shape)


@pytest.mark.parametrize(
    ("layer", "in_shape", "x", "error", "message"),
    [
        (nn.Dense(2), (3,), np.ones((5, 4)), ValueError,
         r"Dense: x: expected shape \(N, 3\), received \(5, 4\)"),
        (nn.Dense(2), (3,), np.ones((5, 2, 3)), ValueError, r"received \(5, 2, 3\)"),
        (nn.Conv2d(2, 1), (4, 4, 3), np.ones((5, 4, 4, 1)), ValueError,
         r"Conv2d: x: expected shape \(N, H, W, 3\), received \(5, 4, 4, 1\)"),
        (nn.ConvTranspose2d(2, 1), (4, 4, 3), np.ones((4, 4, 3)), ValueError,
         r"ConvTranspose2d: x: expected shape \(N, H, W, 3\), received \(4, 4, 3\)"),
        (nn.BatchNorm(), (4,), np.ones((5, 3)), ValueError,
         r"BatchNorm: x: expected shape \(N, 4\)"),
        (nn.LayerNorm(), (4,), np.ones((5, 3)), ValueError, "LayerNorm"),
        (nn.Tanh(), (4,), np.ones((5, 4), int), TypeError,
         "Tanh: x: expected floating point, received int64"),
        (nn.ReLU(), (4,), np.ones((5, 4), np.uint8), TypeError, "received uint8"),
        (nn.Conv2d(2, 1), (4, 4, 1), np.ones((5, 4, 4, 1), np.uint8), TypeError,
         "Conv2d: x: expected floating point, received uint8"),
    ],
)  # fmt: skip
def test_bad_inputs_are_named(layer, in_shape, x, error, message):
    params, _ = layer.init(np.random.default_rng(0), in_shape)
    with pytest.raises(error, match=message):
        layer.forward(params, x)


def test_sequential_takes_layers_alone():
    with pytest.raises(TypeError, match=r"layers\[1\]: expected a Layer, received str"):
        nn.Sequential([nn.Tanh(), "tanh"])


def test_a_sweep_for_parameters_stops_at_the_first_layer_that_has_any():
    net = nn.Sequential([nn.Flatten(), nn.Tanh(), nn.Dense(2), nn.Tanh()])
    params, _ = net.init(np.random.default_rng(0), (2, 3))
    y, cache = net.forward(params, np.ones((4, 2, 3)))
    dx, dparams, dcache = net.backward(params, cache, np.ones_like(y), wrt="params")
    assert dx is None
    assert dcache[:2] == [None, None]
    assert len(tree.leaves(dparams)) == 2
