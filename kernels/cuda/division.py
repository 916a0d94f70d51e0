"""Divisors as `division.cuh` wants them, and structures that hold them."""

from typing import Any

import numpy as np

LIMIT = 1 << 31  # what is divided is below

#: `Divisor` of the header.
DIVISOR = np.dtype([("by", "u4"), ("factor", "u4"), ("shift", "u4")])


def divisor(d: int) -> tuple[int, int, int]:
    """D, f and s, for which n / d = (n f / 2³² + n) / 2ˢ where n < 2³¹.

    Raises
    ------
    ValueError
        If d is none of 1 … 2³¹ − 1.
    """
    if not 0 < d < LIMIT:
        raise ValueError(f"d: expected a number from 1 to {LIMIT - 1}, received {d}")
    shift = (d - 1).bit_length()
    return d, ((1 << 32) * ((1 << shift) - d)) // d + 1, shift


def structure(layout: np.dtype, **fields: Any) -> np.void:
    """A structure that a kernel takes by value; `layout` is that of the source."""
    made = np.zeros((), layout)
    for name, value in fields.items():
        made[name] = value
    return made[()]
