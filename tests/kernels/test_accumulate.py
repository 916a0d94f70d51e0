"""Sums and means over any axes, and signs, against NumPy's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.kernels.accumulate import inner, mean, total
from scratchgan.kernels.sign import copysign


@st.composite
def reductions(draw):
    """An array, and axes in ascending order, one axis, or all."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    x = np.random.default_rng(0).normal(size=(2, *shape))
    axes = draw(st.sets(st.integers(0, len(shape) - 1), min_size=1))
    axis = draw(st.sampled_from([tuple(sorted(axes)), min(axes), -1, None]))
    return x, axis


@given(reductions(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_sums_over_any_axes_are_numpys(reduction, keepdims):
    (a, b), axis = reduction
    summed = total(a, axis, keepdims)
    np.testing.assert_allclose(summed, a.sum(axis=axis, keepdims=keepdims), atol=1e-13)
    product = inner(a, b, axis, keepdims)
    expected = (a * b).sum(axis=axis, keepdims=keepdims)
    np.testing.assert_allclose(product, expected, atol=1e-13)
    assert summed.shape == product.shape == expected.shape


@given(reductions())
@settings(max_examples=100, deadline=None)
def test_means_keep_their_axes(reduction):
    (a, _), axis = reduction
    if axis is not None:
        expected = a.mean(axis=axis, keepdims=True)
        np.testing.assert_allclose(mean(a, axis), expected, atol=1e-13)
        assert mean(a, axis).shape == expected.shape


def test_float16_is_summed_in_float32():
    ones = np.ones((5000, 3), np.float16)
    assert (total(ones, 0) == 5000).all()
    assert total(ones, 0).dtype == np.float16
    assert (mean(ones * 300, 0) == 300).all()
    assert mean(ones, 0).dtype == np.float32
    assert (inner(300 * ones[:2], ones[:2], 0) == 600).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_signs_are_copied_bit_for_bit(dtype):
    x = np.array([1.5, -2, 0.0, -0.0, np.inf, -np.inf, 6e-8, -6e-8], dtype)
    for values in (x, np.stack([x, -x])[:, ::2]):
        found = copysign(dtype(0.3), values)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, np.copysign(dtype(0.3), values))
