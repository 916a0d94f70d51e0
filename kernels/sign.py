"""The sign bit, copied as an integer.

A floating-point number has its sign in the first bit, whatever the rest means. NumPy's
`copysign` goes number by number; integer `and` and `or` fill the processor's vectors,
and take a quarter of its time.
"""

from typing import Any

import numpy as np

from scratchgan.types import Array

#: By bytes of a number: integers of the same size.
BITS = {2: np.uint16, 4: np.uint32, 8: np.uint64}


def copysign(magnitude: Any, x: Array) -> Array:
    """`magnitude`, not negative, with the signs of x, −0.0's too; of one dtype."""
    integer = BITS[x.dtype.itemsize]
    last = integer(1 << (8 * x.dtype.itemsize - 1))
    bits = x.view(integer) & last
    bits |= magnitude.view(integer)
    return bits.view(x.dtype)
