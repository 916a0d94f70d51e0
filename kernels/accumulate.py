"""Products and sums that accumulate in at least float32.

A sum of n float16 numbers, added one by one in float16, stops growing at 2¹¹ times its
terms, and a square overflows above 255. So the terms of float16 arrays are widened,
summed in float32, and the result alone is rounded:

    y  = fl₁₆(Σₙ aₙ bₙ)

For float32 and float64 these are plain products and sums.
"""

from math import prod
from typing import Any

import numpy as np

from scratchgan.kernels.cuda import reductions
from scratchgan.kernels.cuda.device import runner
from scratchgan.types import Array


def wide(x: Array) -> Array:
    """`x`, in float32 if it is float16."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def matmul(a: Array, b: Array) -> Array:
    """A @ b for operands of one dtype."""
    if run := runner(a):
        return run.product(a, b)
    if a.dtype != np.float16:
        return a @ b
    return (wide(a) @ wide(b)).astype(np.float16)


def total(x: Array, axis: Any, keepdims: bool = False) -> Array:
    """Sum of `x` over `axis`, an int, a tuple of ints or None."""
    axes = _axes(x, axis)
    found = _total(wide(x), axes).astype(x.dtype, copy=False)
    return np.expand_dims(found, axes) if keepdims else found


def mean(x: Array, axis: Any) -> Array:
    """Mean of `x` over `axis`, kept with length one; float32 for float16."""
    x = wide(x)
    axes = _axes(x, axis)
    found = np.expand_dims(_total(x, axes), axes)
    return found * x.dtype.type(found.size / max(1, x.size))


def inner(a: Array, b: Array, axis: Any, keepdims: bool = False) -> Array:
    """Sum of a · b over `axis`."""
    axes = _axes(a, axis)
    if (run := runner(a)) and a.shape == b.shape and _neighbours(axes) == axes:
        found = reductions.sums(run, a, b, _seen(a, axes), a.dtype)
        return found.reshape(_left(a, axes, keepdims))
    return total(wide(a) * wide(b), axes, keepdims).astype(a.dtype, copy=False)


def _axes(x: Array, axis: Any) -> tuple[int, ...]:
    """`axis` as a tuple."""
    if axis is None:
        return tuple(range(x.ndim))
    return (axis % x.ndim,) if isinstance(axis, int) else axis


def _total(x: Array, axes: tuple[int, ...]) -> Array:
    """Run of axes by run, each as a product with ones.

    BLAS reads every number once, up to four times as fast as `x.sum`.
    """
    if not axes:
        return x
    together = _neighbours(axes)
    groups, count, columns = _seen(x, together)
    before = x.shape[: together[0]]
    if run := runner(x):
        found = reductions.sums(run, x, None, (groups, count, columns), x.dtype)
    elif together[-1] + 1 < x.ndim:
        ones = np.ones_like(x, shape=count)
        found = ones @ x.reshape(*before, count, columns)
    else:
        found = x.reshape(*before, count) @ np.ones_like(x, shape=count)
    rest = tuple(a - len(together) for a in axes[len(together) :])
    return _total(found.reshape(_left(x, together)), rest)


def _neighbours(axes: tuple[int, ...]) -> tuple[int, ...]:
    """Those at the start of `axes` that follow each other; of none, none."""
    count = next((i for i, a in enumerate(axes) if a != axes[0] + i), len(axes))
    return axes[:count]


def _seen(x: Array, axes: tuple[int, ...]) -> tuple[int, int, int]:
    """Neighbouring axes between all before and all behind them, as three axes."""
    if not axes:
        return x.size, 1, 1
    first, behind = axes[0], axes[-1] + 1
    return prod(x.shape[:first]), prod(x.shape[first:behind]), prod(x.shape[behind:])


def _left(x: Array, axes: tuple[int, ...], keepdims: bool = False) -> tuple[int, ...]:
    """The shape of x without `axes`, or with axes of length one in their place."""
    if keepdims:
        return tuple(1 if a in axes else n for a, n in enumerate(x.shape))
    return tuple(n for a, n in enumerate(x.shape) if a not in axes)
