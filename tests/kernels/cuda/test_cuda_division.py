"""Division by a known number: the launcher's numbers, and the source's steps."""

import ctypes

import numpy as np
import pytest
from cuda_on_cpu import available, build, entries
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scratchgan.kernels.cuda.division import DIVISOR, LIMIT, divisor, structure

CODE = """
#include "division.cuh"
__global__ void kernel(unsigned* n, Divisor d) {
    unsigned& mine = n[threadIdx.x];
    const Split found = split(mine, d);
    mine = found.whole * d.by + found.rest == mine ? found.whole : ~0u;
}
"""


@pytest.fixture(scope="module")
def divided():
    """Up to 32 numbers divided by one, by the source."""
    if not available():
        pytest.skip("needs g++ and CUDA's headers")
    library = build("division", entries(CODE, ("kernel",)))

    def run(numbers, d):
        n = np.zeros(32, np.uint32)
        n[: len(numbers)] = numbers
        by = np.array(divisor(d), DIVISOR)
        places = (ctypes.c_void_p(n.ctypes.data), ctypes.c_void_p(by.ctypes.data))
        arguments = (ctypes.c_void_p * 2)(ctypes.addressof(places[0]), places[1])
        failed = library.run(
            *(b"kernel", arguments, (ctypes.c_uint * 3)(1, 1, 1)),
            *((ctypes.c_uint * 3)(32, 1, 1), ctypes.c_size_t(0), ctypes.c_uint(0)),
        )
        assert not failed
        return n[: len(numbers)]

    return run


@given(d=st.integers(1, LIMIT - 1), n=st.integers(0, LIMIT - 1))
@example(d=1, n=LIMIT - 1)
@example(d=LIMIT - 1, n=LIMIT - 1)
@example(d=LIMIT - 1, n=LIMIT - 2)
@settings(max_examples=200, deadline=None)
def test_it_is_exact_at_and_about_multiples(divided, d, n):
    multiple = n // d * d
    about = [m for m in (n, multiple - 1, multiple, LIMIT - 1) if m >= 0]
    np.testing.assert_array_equal(divided(about, d), [m // d for m in about])


@pytest.mark.parametrize("d", [0, -1, LIMIT])
def test_what_cannot_divide_is_refused(d):
    with pytest.raises(ValueError, match="d: expected"):
        divisor(d)


def test_a_structure_is_its_fields_in_order():
    found = structure(DIVISOR, by=3, shift=2, factor=5)
    assert found.item() == (3, 5, 2)
