"""What particular layers promise beside their derivatives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import Subject, check_contract, check_double_backward
from scratchgan.gradcheck.cases import ADJOINT_TOLERANCE, TOLERANCE, check_case
from scratchgan.gradcheck.registry import RANDOM, LayerCase
from scratchgan.layers.graph import Node
from scratchgan.layers.sweep import Zero
from scratchgan.rng import Stream

small = st.integers(1, 4)


def assert_right(layer, in_shape, **how):
    errors = check_case(LayerCase("drawn", layer, in_shape, **how))
    assert errors["adjoint"] <= ADJOINT_TOLERANCE
    assert max(errors.values()) <= TOLERANCE


@given(small, small, st.integers(1, 3), st.integers(1, 3), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_modulated_convolutions_of_any_geometry(c, o, kernel, up, demodulate, padded):
    layer = nn.ModulatedConv2d(o, kernel, int(padded), up, demodulate)
    shape = ((4, 3, c), (c,))
    # demodulation takes the scale off a single weight: no derivative is left of it
    if min(layer.filter.out_size((4, 3))) >= 1 and (c > 1 or not demodulate):
        assert_right(layer, shape)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_convolutions_over_one_and_three_axes(kernel, stride, dilation, groups):
    how = {"dilation": dilation, "groups": groups}
    for kind, size in ((nn.Conv1d, (9,)), (nn.Conv3d, (7, 8, 7))):
        layer = kind(2 * groups, kernel, stride, 1, **how)
        assert_right(layer, (*size, groups), bilinear=True)
    for kind, size in ((nn.ConvTranspose1d, (4,)), (nn.ConvTranspose3d, (2, 3, 2))):
        layer = kind(2 * groups, kernel + 1, stride, **how)
        assert_right(layer, (*size, groups), bilinear=True)


@given(small, st.integers(2, 4), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_norms_of_any_shape(groups, width, axes):
    shape = (3,) * axes + (groups * width,)
    for layer in (nn.GroupNorm(groups), nn.InstanceNorm(), nn.PixelNorm()):
        if layer != nn.PixelNorm() or shape[-1] > 2:
            assert_right(layer, shape)


@given(small, small, st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_layers_over_the_batch_of_any_shape(features, dims, runs):
    assert_right(nn.MinibatchDiscrimination(features, dims), (4,))
    assert_right(nn.MinibatchStddev(4, features), (2, features * runs))


@given(small, small, st.sampled_from([0.5, 1.0]))
@settings(max_examples=25, deadline=None)
def test_attention_of_any_shape(pixels, width, scale):
    shapes = ((2, pixels, width), (3, width), (3, 2))
    assert_right(nn.Attention(scale), shapes)


def test_spectral_norm_converges_to_the_largest_singular_value():
    rng = np.random.default_rng(0)
    layer = nn.SpectralNorm(nn.Dense(6))
    params, _ = layer.init(rng, (5,))
    for _ in range(200):
        params = layer.advance(params, None)
    W = layer.effective(params).W
    assert np.linalg.svd(W, compute_uv=False)[0] == pytest.approx(1, rel=1e-10)
    assert np.linalg.norm(params.state["u"]) == pytest.approx(1)


def test_spectral_norm_follows_its_weights_one_step_behind():
    rng = np.random.default_rng(0)
    layer = nn.SpectralNorm(nn.Conv2d(4, 3))
    params, _ = layer.init(rng, (5, 5, 2))
    other = params._replace(
        layer=params.layer._replace(W=rng.normal(size=(3, 3, 2, 4)))
    )
    before, _ = layer.forward(other, np.ones((1, 5, 5, 2)))
    again, cache = layer.forward(other, np.ones((1, 5, 5, 2)))
    np.testing.assert_array_equal(before, again)  # a pass does not move its state
    moved = layer.advance(other, cache)
    assert not np.array_equal(moved.state["u"], other.state["u"])


def test_weight_norm_starts_as_drawn_and_has_gains_for_lengths():
    rng = np.random.default_rng(0)
    for inner, shape in ((nn.Dense(4), (5,)), (nn.ConvTranspose2d(3, 2), (4, 4, 2))):
        layer = nn.WeightNorm(inner)
        params, _ = layer.init(rng, shape)
        np.testing.assert_allclose(layer.effective(params).W, params.layer.W)
        twice = params._replace(g=2 * params.g)
        np.testing.assert_allclose(layer.effective(twice).W, 2 * params.layer.W)


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_equalized_weights_have_variance_one_over_fan_in_in_use(multiplier):
    layer = nn.Equalized(nn.Dense(500), 2.0, multiplier, bias_start=1.0)
    params, _ = layer.init(np.random.default_rng(0), (400,))
    used = layer.effective(params)
    assert used.W.var() * 400 == pytest.approx(4, rel=0.02)
    np.testing.assert_allclose(used.b, 1)
    assert params.W.std() * multiplier == pytest.approx(1, rel=0.02)


def test_dropout_keeps_the_mean_and_drops_the_rate():
    x = np.ones((200, 500))
    y, _ = nn.Dropout(0.3).forward((), x, RANDOM)
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(nn.Dropout(0.3).forward((), x, nn.INFERENCE)[0], x)


def test_phase_shuffle_shifts_by_at_most_n_and_mirrors_at_the_ends():
    x = np.arange(10.0)[None, :, None] * np.ones((300, 1, 1))
    y, _ = nn.PhaseShuffle(2).forward((), x, RANDOM)
    seen = set()
    for row in y[:, :, 0]:
        k = int(5 - row[5])  # y[l] = x[l − k]
        assert -2 <= k <= 2
        place = np.abs(np.arange(10) - k)
        np.testing.assert_array_equal(row, np.where(place < 10, place, 18 - place))
        seen.add(k)
    assert seen == {-2, -1, 0, 1, 2}
    y, _ = nn.PhaseShuffle(2, shared=True).forward((), x, RANDOM)
    assert (y == y[:1]).all()


def test_noise_is_the_same_for_all_channels_and_none_without_a_stream():
    layer = nn.NoiseInjection(start=0.5)
    params, _ = layer.init(np.random.default_rng(0), (4, 4, 3))
    x = np.zeros((50, 4, 4, 3))
    y, _ = layer.forward(params, x, RANDOM)
    assert (y == y[..., :1]).all()
    assert y.std() == pytest.approx(0.5, rel=0.1)
    assert not layer.forward(params, x, nn.INFERENCE)[0].any()


def test_parts_of_a_composite_draw_different_numbers_and_parts_of_a_batch_the_same():
    net = nn.Sequential([nn.Dropout(), nn.Dropout()])
    ctx = nn.Context(stream=Stream(0, "test"), tick=3)
    x = np.ones((8, 100))
    _, (first, second) = net.forward([(), ()], x, ctx)
    assert not np.array_equal(first, second)
    tail = nn.Context(stream=Stream(0, "test"), tick=3, first=5)
    np.testing.assert_array_equal(net.forward([(), ()], x[5:], tail)[1][0], first[5:])
    later = nn.Context(stream=Stream(0, "test"), tick=4)
    assert not np.array_equal(net.forward([(), ()], x, later)[1][0], first)


def test_attention_weights_are_a_softmax_over_keys():
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4)), np.ones((2, 5, 6))
    y, cache = nn.Attention().forward((), (q, k, v))
    np.testing.assert_allclose(cache.a.sum(-1), 1)
    np.testing.assert_allclose(y, 1)
    big, _ = nn.Attention(1e4).forward((), (q, k, v))
    assert np.isfinite(big).all()


def test_self_attention_begins_as_the_identity():
    layer = nn.SelfAttention(4)
    params, shape = layer.init(np.random.default_rng(0), (3, 3, 4))
    x = np.random.default_rng(1).normal(size=(2, 3, 3, 4))
    np.testing.assert_array_equal(layer.forward(params, x)[0], x)
    assert shape == (3, 3, 4)


def two_branches():
    """y = tanh(x) + affine(w); z reads x alone."""
    nodes = (
        Node("a", nn.Tanh(), ("x",)),
        Node("b", nn.Dense(3), ("w",)),
        Node("y", nn.Add(), ("a", "b")),
        Node("z", nn.Softplus(), ("x",)),
    )
    return nn.Graph(("x", "w"), nodes, ("y", "z"))


def test_a_graph_skips_what_is_exactly_zero():
    net, rng = two_branches(), np.random.default_rng(0)
    params, _ = net.init(rng, ((3,), (2,)))
    x = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    _, cache = net.forward(params, x)
    dy = (rng.normal(size=(4, 3)), None)
    dx, _, dcache = net.backward(params, cache, dy)
    assert dcache["z"] == Zero()
    full = net.backward(params, cache, (dy[0], np.zeros((4, 3))))[0]
    np.testing.assert_allclose(dx[0], full[0])
    ty, tcache = net.jvp(params, cache, (None, rng.normal(size=(4, 2))))
    assert ty[1] is None
    assert tcache["a"] == Zero()
    tdx, _ = net.backward_jvp(params, cache, dcache, tcache)
    assert tdx[0] is None  # x does not move, and neither does dy
    tdx, _ = net.backward_jvp(params, cache, dcache, tcache, dy)
    np.testing.assert_allclose(tdx[0], dx[0])  # Jᵀ tdy alone


def test_a_zero_tangent_through_a_network_is_backward_alone():
    """(tx, tdy) = (0, u): the derivative of backward is backward of u."""
    net = nn.Sequential([nn.Dense(4), nn.Tanh(), nn.Dense(2)])
    rng = np.random.default_rng(0)
    params, _ = net.init(rng, (3,))
    _, cache = net.forward(params, rng.normal(size=(5, 3)))
    u = rng.normal(size=(5, 2))
    _, _, dcache = net.backward(params, cache, rng.normal(size=(5, 2)))
    ty, tcache = net.jvp(params, cache, None)
    assert ty is None
    tdx, tdparams = net.backward_jvp(params, cache, dcache, tcache, u)
    dx, dparams, _ = net.backward(params, cache, u)
    np.testing.assert_array_equal(tdx, dx)
    for a, b in zip(tree.leaves(tdparams), tree.leaves(dparams), strict=True):
        np.testing.assert_array_equal(a, b)


def test_constants_of_a_graph_get_gradients_of_parameters_only_where_asked():
    net, rng = two_branches(), np.random.default_rng(0)
    params, _ = net.init(rng, ((3,), (2,)))
    x = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    y, cache = net.forward(params, x)
    dx, dparams, _ = net.backward(params, cache, y, "params")
    assert dx is None
    np.testing.assert_array_equal(
        dparams["b"].W, net.backward(params, cache, y)[1]["b"].W
    )


def test_a_composite_of_composites_keeps_the_contract():
    block = nn.Sequential(
        [
            nn.Parallel([nn.Conv2d(3, 3, 1, 1), nn.Dropout(0.2)]),
            nn.Concatenate(),
            nn.GroupNorm(2),
            nn.SiLU(),
            nn.SelfAttention(6, 2),
            nn.GlobalAvgPool(),
            nn.SpectralNorm(nn.Dense(1)),
        ]
    )
    subject = Subject(block, (4, 4, 3), RANDOM)
    check_contract(subject)
    assert check_double_backward(subject) < 1e-7


def test_a_style_that_no_derivative_reaches_gets_none():
    """Without demodulation and a moving image, y moves with s alone: tds is zero."""
    layer = nn.ModulatedConv2d(3, demodulate=False)
    params, _ = layer.init(np.random.default_rng(0), ((4, 4, 2), (2,)))
    x, s = np.ones((2, 4, 4, 2)), np.ones((2, 2))
    y, cache = layer.forward(params, (x, s))
    _, _, dcache = layer.backward(params, cache, np.ones_like(y))
    _, tcache = layer.jvp(params, cache, (None, np.ones_like(s)))
    (tdx, tds), _ = layer.backward_jvp(params, cache, dcache, tcache)
    assert tdx.any()
    assert tds is None


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_silu_ends_at_zero_and_at_x(dtype):
    """Far below, where the sigmoid no longer falls, x σ(x) does not grow again."""
    x = np.array([-60000, -1000, -100, 100, 1000, 60000], dtype)
    layer, one = nn.SiLU(), np.ones_like(x)
    y, cache = layer.forward((), x)
    dx, _, dcache = layer.backward((), cache, one)
    ty, tcache = layer.jvp((), cache, one)
    tdx, _ = layer.backward_jvp((), cache, dcache, tcache)
    small = np.finfo(dtype).smallest_subnormal + 1e-35
    assert y.dtype == dtype
    assert np.all(np.abs(y[:3]) <= small)
    np.testing.assert_array_equal(y[3:], x[3:])
    for slope in (dx, ty):
        np.testing.assert_allclose(slope, [0, 0, 0, 1, 1, 1], atol=1e-2)
    np.testing.assert_allclose(tdx, 0, atol=1e-2)
