"""The three convolution primitives against their equations, over drawn geometries."""

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from scratchgan.kernels import conv, direct
from scratchgan.kernels.conv import Geometry
from scratchgan.kernels.depthwise import IMAGES
from scratchgan.kernels.patches import turned


@st.composite
def problems(draw, batch=2):
    """A geometry of one to three axes, and arrays that fit it."""
    axes = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    groups = draw(st.sampled_from([1, 1, 2, 3]))
    padding = tuple(zip(each(0, 3), each(0, 3), strict=True))
    geometry = Geometry(each(1, 4), each(1, 4), padding, each(1, 4), groups)
    size = each(1, 6 if axes == 3 else 9)
    sides = st.sampled_from([(1, 1), (2, 2), (1, 5), (2, 13), (5, 1), (9, 2)])
    width, features = draw(sides)
    out = geometry.output_size(size)
    if min(out) < 1:
        reject()
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, *size, groups * width))
    W = rng.normal(size=(*geometry.kernel, width, groups * features))
    dy = rng.normal(size=(batch, *out, groups * features))
    return geometry, size, x, W, dy


def by_definition(x, W, geometry):
    """y[n,i,o] = Σ x[n, s·i + d·a − p, c] W[a,c,o], tap by tap and group by group."""
    out = geometry.output_size(x.shape[1:-1])
    padded = np.pad(x, ((0, 0), *geometry.padding, (0, 0)))
    groups, width = geometry.groups, W.shape[-2]
    features = W.shape[-1] // groups
    y = np.zeros((len(x), *out, W.shape[-1]))
    for tap in np.ndindex(*geometry.kernel):
        places = [
            a * d + s * np.arange(n)
            for a, d, s, n in zip(
                tap, geometry.dilation, geometry.stride, out, strict=True
            )
        ]
        seen = padded[np.ix_(range(len(x)), *places, range(x.shape[-1]))]
        for g in range(groups):
            to = slice(g * features, (g + 1) * features)
            y[..., to] += seen[..., g * width : (g + 1) * width] @ W[tap][:, to]
    return y


@given(problems())
@settings(max_examples=150, deadline=None)
def test_fprop_is_the_defining_sum(problem):
    geometry, _, x, W, _ = problem
    expected = by_definition(x, W, geometry)
    np.testing.assert_allclose(conv.fprop(x, W, geometry), expected, atol=1e-12)


@given(problems())
@settings(max_examples=200, deadline=None)
def test_dgrad_gathering_and_scattering_are_the_adjoint_in_x(problem):
    geometry, size, x, W, dy = problem
    expected = np.vdot(by_definition(x, W, geometry), dy)
    for dgrad in (direct._dgrad_gather, direct._dgrad_scatter, conv.dgrad):
        dx = dgrad(dy, W, geometry, size)
        assert dx.shape == x.shape
        np.testing.assert_allclose(np.vdot(x, dx), expected, rtol=1e-11, atol=1e-10)


@given(problems(batch=5), st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_some_images_at_a_time_are_all_images(problem, rows):
    """Lots of so many rows of patches, whole ones and what is left at the end."""
    geometry, size, x, W, dy = problem
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(direct, "PATCHES", 0)
        patched.setattr(direct, "ROWS", rows)
        y, dx = conv.fprop(x, W, geometry), conv.dgrad(dy, W, geometry, size)
        dW = conv.wgrad(x, dy, geometry)
    close = {"rtol": 1e-11, "atol": 1e-11}
    np.testing.assert_allclose(y, conv.fprop(x, W, geometry), **close)
    np.testing.assert_allclose(dx, conv.dgrad(dy, W, geometry, size), **close)
    np.testing.assert_allclose(dW, conv.wgrad(x, dy, geometry), **close)


@given(problems())
@settings(max_examples=150, deadline=None)
def test_gathering_equals_scattering(problem):
    geometry, size, _, W, dy = problem
    np.testing.assert_allclose(
        direct._dgrad_gather(dy, W, geometry, size),
        direct._dgrad_scatter(dy, W, geometry, size),
        atol=1e-12,
    )


@given(problems())
@settings(max_examples=150, deadline=None)
def test_wgrad_is_the_adjoint_in_the_weights(problem):
    geometry, _, x, W, dy = problem
    dW = conv.wgrad(x, dy, geometry)
    assert dW.shape == W.shape
    expected = np.vdot(by_definition(x, W, geometry), dy)
    np.testing.assert_allclose(np.vdot(W, dW), expected, rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (2, 0), (0, 2)])
def test_patches_of_the_narrow_side_give_the_same(padding):
    rng = np.random.default_rng(0)
    geometry = Geometry((3, 2), (1, 1), (padding, padding[::-1]), (1, 1))
    x, W = rng.normal(size=(2, 7, 6, 8)), rng.normal(size=(3, 2, 8, 2))
    y = by_definition(x, W, geometry)
    dy = rng.normal(size=y.shape)
    narrow = all(pad <= n - 1 for n, pad in zip((3, 2), padding, strict=True))
    narrow &= all(pad <= n - 1 for n, pad in zip((2, 3), padding, strict=True))
    assert direct._narrow(x.shape[1:], y.shape[1:], geometry) == narrow
    np.testing.assert_allclose(direct.fprop(x, W, geometry), y, atol=1e-12)
    dW = direct.wgrad(x, dy, geometry)
    np.testing.assert_allclose(np.vdot(dW, W), np.vdot(y, dy), rtol=1e-11)


@pytest.mark.parametrize("groups", [1, 2])
def test_the_adjoint_matrix_is_the_same_however_weights_lie(groups):
    rng = np.random.default_rng(0)
    W = rng.normal(size=(3, 2, 4, 6))  # taps, C/G, O
    lying = np.ascontiguousarray(W.swapaxes(2, 3)).swapaxes(2, 3)
    expected = [
        W[..., g * 6 // groups : (g + 1) * 6 // groups].transpose(0, 1, 3, 2)
        for g in range(groups)
    ]
    for weights in (W, lying, W[::-1, ::-1]):
        matrices = turned(weights, groups).reshape(groups, -1, 4)
        for g, matrix in enumerate(matrices):
            taps = expected[g][::-1, ::-1] if weights.strides[0] < 0 else expected[g]
            assert np.array_equal(matrix, taps.reshape(-1, 4))


@pytest.mark.parametrize("stride", [1, 3])
def test_channels_by_themselves_some_images_at_a_time(stride):
    """More than a block of y, so that a batch is cut."""
    rng = np.random.default_rng(0)
    geometry = Geometry((3,), (stride,), ((2, 1),), (2,), groups=2)
    x, W = rng.normal(size=(3, 120_000, 2)), rng.normal(size=(3, 1, 2))
    y = conv.fprop(x, W, geometry)
    assert y[0].nbytes * len(y) > IMAGES
    np.testing.assert_allclose(y, by_definition(x, W, geometry), atol=1e-12)


@given(problems(batch=0))
@settings(max_examples=30, deadline=None)
def test_no_samples_are_no_trouble(problem):
    geometry, size, x, W, dy = problem
    assert conv.fprop(x, W, geometry).shape == dy.shape
    assert conv.dgrad(dy, W, geometry, size).shape == x.shape
    assert not conv.wgrad(x, dy, geometry).any()


def test_float16_sums_in_float32():
    """2¹⁴ products of ones: float16 sums of ones stop at 2¹¹."""
    geometry = Geometry((1,), (1,), ((0, 0),), (1,))
    x, W = np.ones((1, 1, 2**14), np.float16), np.ones((1, 2**14, 1), np.float16)
    assert conv.fprop(x, W, geometry)[0, 0, 0] == 2**14
    dy = np.ones((2**14, 1, 1), np.float16)
    x = np.ones((2**14, 1, 2), np.float16)
    dW = conv.wgrad(x, dy, geometry)
    assert dW.dtype == np.float16
    assert (dW == 2**14).all()
    for dgrad in (direct._dgrad_gather, direct._dgrad_scatter):
        dx = dgrad(np.ones((1, 1, 2**14), np.float16), W.swapaxes(1, 2), geometry, (1,))
        assert (dx == 2**14).all()
    geometry = Geometry((2**14,), (1,), ((0, 0),), (1,), groups=2)
    x, W = np.ones((1, 2**14, 2), np.float16), np.ones((2**14, 1, 2), np.float16)
    y = conv.fprop(x, W, geometry)
    assert y.dtype == np.float16
    assert (y == 2**14).all()
