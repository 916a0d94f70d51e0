"""The first largest number, and which array had it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan.kernels.largest import chosen, largest


@given(st.integers(1, 6), st.integers(0, 99))
def test_it_is_argmax_of_the_stack(count, seed):
    rng = np.random.default_rng(seed)
    arrays = list(rng.integers(0, 3, (count, 4, 5)).astype(float))  # with ties
    best, winner = largest(arrays)
    np.testing.assert_array_equal(best, np.max(arrays, axis=0))
    np.testing.assert_array_equal(winner, np.argmax(arrays, axis=0))
    others = list(rng.normal(size=(count, 4, 5)))
    expected = np.take_along_axis(np.stack(others), winner[None].astype(int), 0)[0]
    np.testing.assert_array_equal(chosen(others, winner), expected)


@pytest.mark.parametrize("count", [255, 256, 257, 300])
def test_so_many_arrays_have_indices_large_enough(count):
    arrays = [np.full(1, float(k)) for k in range(count)]
    assert largest(arrays)[1] == count - 1
