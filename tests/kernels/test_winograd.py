"""Winograd's convolution is the plain one, in float32 to a stated error."""

import numpy as np
import pytest
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

from scratchgan.kernels import conv, direct, winograd
from scratchgan.kernels.conv import Geometry
from scratchgan.kernels.transformed import TransformedWeights

side = st.tuples(st.integers(0, 3), st.integers(0, 3))
KERNELS = [(3, 1), (3, 2), (4, 1), (4, 2), (5, 2), (7, 2), (8, 2)]


def plain(kernel, stride, padding):
    return Geometry((kernel, kernel), (stride, stride), padding, (1, 1))


def all_three(x, W, dy, plan):
    """Y, dx and dW by tiles."""
    U = TransformedWeights(plan, W).array()
    V, Z = winograd.input_tiles(plan, x), winograd.output_tiles(plan, dy)
    return (
        winograd.fprop(plan, V, U),
        winograd.dgrad(plan, Z, U),
        winograd.wgrad(plan, V, Z),
    )


def by_sums(x, W, dy, geometry):
    """The same by `direct`."""
    return (
        direct.fprop(x, W, geometry),
        direct.dgrad(dy, W, geometry, x.shape[1:3]),
        direct.wgrad(x, dy, geometry),
    )


@given(
    st.sampled_from(KERNELS),
    st.tuples(st.integers(1, 13), st.integers(1, 13)),
    st.tuples(side, side),
    st.integers(1, 3),
    st.integers(1, 3),
)
@example(
    (4, 2), (10, 10), ((1, 0), (1, 0)), 2, 2
)  # a row and a column that no tile sees
@settings(max_examples=150, deadline=None)
def test_it_is_the_same_function_in_float64(shape, size, padding, c, o):
    """`conv` leaves float64 to the plain sum; the kernels themselves take it."""
    rng = np.random.default_rng(0)
    geometry = plain(*shape, padding)
    out = geometry.output_size(size)
    if min(out) < 1:
        reject()
    x, W = rng.normal(size=(2, *size, c)), rng.normal(size=(*geometry.kernel, c, o))
    dy = rng.normal(size=(2, *out, o))
    sums = by_sums(x, W, dy, geometry)
    plans = winograd.plans(geometry.kernel, geometry.stride, padding, size, out)
    assert plans
    for plan in plans:
        for ours, theirs in zip(all_three(x, W, dy, plan), sums, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-11)


def test_blocks_of_images_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    geometry = plain(4, 2, ((1, 1), (1, 1)))
    x, W = rng.normal(size=(5, 9, 8, 2)), rng.normal(size=(4, 4, 2, 3))
    out = geometry.output_size((9, 8))
    dy = rng.normal(size=(5, *out, 3))
    plan = winograd.plans((4, 4), (2, 2), geometry.padding, (9, 8), out)[0]
    whole = all_three(x, W, dy, plan)
    monkeypatch.setattr("scratchgan.kernels.tiles.BLOCK", 1)  # one image a block
    monkeypatch.setattr("scratchgan.kernels.winograd.WEIGHTS_BLOCK", 1)
    monkeypatch.setattr("scratchgan.kernels.winograd.TILES_SHARE", 1 << 30)
    for a, b in zip(all_three(x, W, dy, plan), whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def error(found, exact):
    return np.linalg.norm(found - exact) / np.linalg.norm(exact)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (4, 1), (4, 2), (5, 2)])
def test_float32_goes_through_it_with_the_stated_error(kernel, stride):
    rng = np.random.default_rng(0)
    geometry = plain(kernel, stride, ((1, 1), (1, 1)))
    size = stride * 12 + kernel - 2 - stride, stride * 12 + kernel - 2 - stride
    x, W = rng.normal(size=(8, *size, 64)), rng.normal(size=(kernel, kernel, 64, 128))
    assert geometry.output_size(size) == (12, 12)
    dy = rng.normal(size=(8, 12, 12, 128))
    exact = by_sums(x, W, dy, geometry)
    x, W, dy = (a.astype(np.float32) for a in (x, W, dy))
    F = conv.convolution(W, geometry, len(x), size)
    assert F.plan is not None
    for a, b in zip((F.fprop(x), F.dgrad(dy), F.wgrad((x, dy))), exact, strict=True):
        assert a.dtype == np.float32
        assert 3e-7 < error(a, b) < 4e-6
    kept = F.inputs(x), F.outputs(dy)
    assert np.array_equal(F.wgrad((x, dy)), F.wgrad(kept))
    assert np.array_equal(conv.wgrad(x, dy, geometry), F.wgrad(kept))
    assert np.array_equal(conv.fprop(x, W, geometry), F.fprop(kept[0]))
    assert np.array_equal(conv.dgrad(dy, W, geometry, size), F.dgrad(kept[1]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])  # by tiles, by sums
def test_several_pairs_are_one_product(dtype):
    rng = np.random.default_rng(0)
    geometry = plain(4, 2, ((1, 1), (1, 1)))
    x, tx = rng.normal(size=(2, 16, 16, 16, 64)).astype(dtype)
    dy, tdy = rng.normal(size=(2, 16, 8, 8, 64)).astype(dtype)
    F = conv.convolution(np.zeros((4, 4, 64, 64), dtype), geometry, 16, (16, 16))
    assert (F.plan is None) == (dtype == np.float64)
    both = F.wgrad((tx, dy), (F.inputs(x), tdy))
    apart = F.wgrad((tx, F.outputs(dy))) + F.wgrad((x, tdy))
    assert error(both, apart) < 20 * np.finfo(dtype).eps


@pytest.mark.parametrize(
    ("n", "size", "c", "o", "dtype", "expected"),
    [
        (4, 16, 64, 32, np.float32, True),
        (4, 16, 64, 32, np.float64, False),  # gradient checks
        (4, 16, 64, 32, np.float16, False),
        (4, 16, 3, 32, np.float32, False),  # an image
        (4, 16, 32, 3, np.float32, False),
        (4, 16, 16, 16, np.float32, True),
        (4, 16, 32, 64, np.float32, True),  # by a hair: channels in are not those out
        (4, 14, 16, 16, np.float32, False),  # large tiles stand out over the edge
        (1, 8, 64, 64, np.float32, False),  # few tiles
        (0, 8, 64, 64, np.float32, False),
    ],
)
def test_it_is_used_where_it_pays(n, size, c, o, dtype, expected):
    W = np.zeros((3, 3, c, o), dtype)
    F = conv.convolution(W, plain(3, 1, ((1, 1), (1, 1))), n, (size, size))
    assert (F.plan is not None) == expected


@pytest.mark.parametrize(
    ("kernel", "stride", "size", "c", "o", "n", "outputs"),
    [
        (4, 2, 8, 256, 512, 32, 2),  # few tiles, many weights
        (4, 2, 8, 256, 512, 1024, 4),
        (4, 2, 16, 128, 256, 32, 4),
        (3, 1, 32, 128, 128, 16, 4),
    ],
)
def test_tiles_are_small_where_images_are(kernel, stride, size, c, o, n, outputs):
    geometry = plain(kernel, stride, ((1, 1), (1, 1)))
    ways = winograd.plans(
        *geometry[:3], (size, size), geometry.output_size((size, size))
    )
    plan = winograd.cheapest(ways, n, (c, o), np.dtype(np.float32))
    assert plan.filtering.outputs == outputs


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (4, 2), (5, 2)])
def test_small_tiles_lose_no_more_digits(kernel, stride):
    rng = np.random.default_rng(0)
    geometry = plain(kernel, stride, ((1, 1), (1, 1)))
    out = geometry.output_size((16, 16))
    x, W = rng.normal(size=(8, 16, 16, 64)), rng.normal(size=(kernel, kernel, 64, 32))
    dy = rng.normal(size=(8, *out, 32))
    exact = by_sums(x, W, dy, geometry)
    x, W, dy = (a.astype(np.float32) for a in (x, W, dy))
    plan = winograd.plans(*geometry[:3], (16, 16), out)[1]
    for a, b in zip(all_three(x, W, dy, plan), exact, strict=True):
        assert error(a, b) < 4e-6


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 3, 1, 2), (2, 0, 1, 3)])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (4, 2), (5, 2)])
def test_arrays_may_lie_in_any_order(order, kernel, stride):
    """Such as a transposed NCHW array, which layers before this one may leave."""
    rng = np.random.default_rng(0)
    geometry = plain(kernel, stride, ((1, 1), (1, 1)))
    out = geometry.output_size((9, 10))
    x, W = rng.normal(size=(3, 9, 10, 5)), rng.normal(size=(kernel, kernel, 5, 4))
    dy = rng.normal(size=(3, *out, 4))
    lying = [
        np.ascontiguousarray(a.transpose(order)).transpose(np.argsort(order))
        for a in (x, dy)
    ]
    exact = by_sums(x, W, dy, geometry)
    for plan in winograd.plans(*geometry[:3], (9, 10), out):
        found = all_three(lying[0], W, lying[1], plan)
        for a, b in zip(found, exact, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-11)


def test_strides_dilation_and_groups_are_left_to_the_plain_sum():
    for kernel, stride, dilation, groups in (
        ((3, 3), (2, 1), (1, 1), 1),
        ((3, 3), (3, 3), (1, 1), 1),
        ((3, 3), (1, 1), (2, 1), 1),
        ((3, 3), (1, 1), (1, 1), 2),
        ((3, 1), (1, 1), (1, 1), 1),
        ((5, 5), (1, 1), (1, 1), 1),
        ((1, 1), (1, 1), (1, 1), 1),
    ):
        geometry = Geometry(kernel, stride, ((1, 1), (1, 1)), dilation, groups)
        W = np.zeros((*kernel, 64 // groups, 64), np.float32)
        assert conv.convolution(W, geometry, 16, (16, 16)).plan is None
    W = np.zeros((3, 3, 64, 64), np.float32)
    F = conv.convolution(W, plain(3, 1, ((1, 1), (1, 1))), 16, (16, 16))
    assert F.plan is not None
