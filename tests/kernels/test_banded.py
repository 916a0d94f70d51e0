"""Band matrices along an axis: the matrix itself, whatever of it is zero."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.kernels import banded


@given(st.integers(1, 80), st.integers(1, 80), st.integers(0, 6), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_it_is_the_matrix(rows, columns, width, axis):
    rng = np.random.default_rng(0)
    far = np.abs(np.arange(rows)[:, None] * columns / rows - np.arange(columns)) > width
    T = np.where(far, 0, rng.normal(size=(rows, columns)))
    shape = [3, 2, 4]
    shape[axis] = columns
    x = rng.normal(size=shape)
    expected = np.moveaxis(np.tensordot(T, x, (1, axis)), 0, axis)
    np.testing.assert_allclose(banded.apply(T, x, axis), expected, atol=1e-12)


def test_rows_of_zeros_give_zeros():
    x = np.ones((2, 5, 3), np.float32)
    assert not banded.apply(np.zeros((70, 5)), x, 1).any()
