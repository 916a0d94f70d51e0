"""Products and sums that accumulate in at least float32.

A sum of n float16 numbers, added one by one in float16, stops growing at 2¹¹ times its
terms, and a square overflows above 255. So the terms of float16 arrays are widened,
summed in float32, and the result alone is rounded:

    y  = fl₁₆(Σₙ aₙ bₙ)

For float32 and float64 these are NumPy's own product and sums.
"""

from typing import Any

import numpy as np

from scratchgan.types import Array


def wide(x: Array) -> Array:
    """`x`, in float32 if it is float16."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def matmul(a: Array, b: Array) -> Array:
    """A @ b for operands of one dtype."""
    if a.dtype != np.float16:
        return a @ b
    return (wide(a) @ wide(b)).astype(np.float16)


def total(x: Array, axis: Any, keepdims: bool = False) -> Array:
    """Sum of `x` over `axis`."""
    dtype = np.float32 if x.dtype == np.float16 else x.dtype
    return x.sum(axis=axis, dtype=dtype, keepdims=keepdims).astype(x.dtype, copy=False)


def inner(a: Array, b: Array, axis: Any, keepdims: bool = False) -> Array:
    """Sum of a · b over `axis`."""
    if a.dtype != np.float16:
        return (a * b).sum(axis=axis, keepdims=keepdims)
    products = wide(a) * wide(b)
    return products.sum(axis=axis, keepdims=keepdims).astype(np.float16)
