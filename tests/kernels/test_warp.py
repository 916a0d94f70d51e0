"""Images read at affine places: by definition, its adjoint, and what is exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.definitions_augment import read

from scratchgan.kernels.warp import warp, warp_adjoint

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)
IDENTITY = np.array([[1.0, 0, 0], [0, 1.0, 0]])


def images(n, height, width, channels=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n, height, width, channels))


def same(place, n=3):
    return np.tile(np.asarray(place, float), (n, 1, 1))


@given(sizes, sizes, seeds)
def test_it_is_a_matrix_and_its_transpose(height, width, seed):
    """Against A written down pixel by pixel, far outside the image too."""
    rng = np.random.default_rng(seed)
    place = rng.normal(size=(2, 2, 3)) * (1, 1, 4)
    x, dy = rng.normal(size=(2, 2, height, width, 3))
    A = np.stack([read(k, height, width) for k in place])
    for found, matrix, given_ in (
        (warp(x, place), A, x),
        (warp_adjoint(dy, place), A.swapaxes(1, 2), dy),
    ):
        expected = (matrix @ given_.reshape(2, -1, 3)).reshape(x.shape)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@given(sizes, sizes, seeds)
def test_the_adjoint_is_the_adjoint(height, width, seed):
    rng = np.random.default_rng(seed)
    place = rng.normal(size=(4, 2, 3)) * (2, 2, 9)
    x, dy = rng.normal(size=(2, 4, height, width, 3))
    left, right = np.vdot(dy, warp(x, place)), np.vdot(warp_adjoint(dy, place), x)
    scale = np.linalg.norm(dy) * np.linalg.norm(x)
    assert abs(left - right) <= 1e-12 * scale


@given(sizes, sizes)
def test_the_identity_flips_and_whole_shifts_are_exact(height, width):
    x = images(3, height, width)
    np.testing.assert_array_equal(warp(x, same(IDENTITY)), x)
    across = same([[1, 0, 0], [0, -1, 0]])
    np.testing.assert_array_equal(warp(x, across), x[:, :, ::-1])
    np.testing.assert_array_equal(warp_adjoint(x, across), x[:, :, ::-1])


@given(st.integers(1, 6), st.integers(0, 3))
def test_quarter_turns_of_squares_are_exact(size, quarters):
    x = images(3, size, size)
    c, s = (1, 0, -1, 0)[quarters], (0, 1, 0, -1)[quarters]
    turned = warp(x, same([[c, s, 0], [-s, c, 0]]))
    np.testing.assert_array_equal(turned, np.rot90(x, quarters, axes=(1, 2)))


@given(st.integers(2, 6), st.integers(2, 6), st.integers(-9, 9), st.integers(-9, 9))
def test_whole_shifts_are_exact_with_reflection(height, width, down, right):
    x = images(3, height, width)
    pad = 10
    large = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode="reflect")
    top, left = pad - down, pad - right
    np.testing.assert_array_equal(
        warp(x, same([[1, 0, -down], [0, 1, -right]])),
        large[:, top : top + height, left : left + width],
    )


@given(sizes, sizes, seeds)
def test_weights_sum_to_one_and_none_is_negative(height, width, seed):
    place = np.random.default_rng(seed).normal(size=(2, 2, 3)) * (1, 1, 5)
    ones = warp(np.ones((2, height, width, 1)), place)
    np.testing.assert_allclose(ones, 1, rtol=0, atol=1e-14)
    x = np.abs(images(2, height, width))
    assert warp(x, place).min() >= 0
    assert warp(x, place).max() <= x.max() * (1 + 1e-14)


def test_half_a_pixel_is_the_mean_of_two():
    x = images(1, 1, 4, 1)
    y = warp(x, same([[1, 0, 0], [0, 1, 0.5]], 1))
    reflected = np.append(x[0, 0, :, 0], x[0, 0, 2, 0])
    np.testing.assert_allclose(y[0, 0, :, 0], (reflected[:-1] + reflected[1:]) / 2)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_places_do_not_depend_on_the_precision(dtype):
    """Far from zero, where a place in float16 would be pixels away."""
    x = np.arange(64.0).reshape(1, 64, 1, 1)
    place = same([[1, 0, 3.25], [0, 1, 0]], 1)
    y = warp(x.astype(dtype), place)
    assert y.dtype == dtype
    np.testing.assert_allclose(y[0, :60, 0, 0], np.arange(60) + 3.25, rtol=1e-3)
