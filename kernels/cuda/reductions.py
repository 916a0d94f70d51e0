"""Sums over an axis, in one order for every shape; see the source.

The twins are `total` and `inner` of `accumulate`.
"""

import numpy as np

from scratchgan.kernels.cuda.channels_last import Tiles, aligned, shared, tiles, wide
from scratchgan.kernels.cuda.launch import CTYPES, Launch, Run, ctype, widths
from scratchgan.types import Array

SOURCE = "reductions"

#: Numbers are read as the first type, and sums are written as the second: partial sums
#: of float16 are float32.
TYPES = (
    *(("__half", "__half"), ("__half", "float"), ("float", "__half")),
    *(("float", "float"), ("double", "double")),
)

INSTANCES = tuple(
    f"sums<{read}, {written}, {width}>"
    for read, written in TYPES
    for width in widths(read)
)


def rows(run: Run, x: Array) -> Array:
    """Sum over the last axis.

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    x : Array
        ``(…, C)``.

    Returns
    -------
    Array
        ``(…,)``, zero where C is.
    """
    return sums(run, x, None, _by_rows(x), x.dtype).reshape(x.shape[:-1])


def columns(run: Run, x: Array) -> Array:
    """Sum over all axes but the last, ``(…, C)`` to ``(C,)``: gradients of biases."""
    channels = x.shape[-1]
    positions = x.size // max(1, channels)
    return sums(run, x, None, (1, positions, channels), x.dtype).reshape(channels)


def inner_rows(run: Run, a: Array, b: Array) -> Array:
    """Sum of a · b over the last axis, ``(…, C)`` to ``(…,)``: inner products.

    Raises
    ------
    ValueError
        If `b` has another shape or type than `a`.
    """
    return sums(run, a, b, _by_rows(a), a.dtype).reshape(a.shape[:-1])


def sums(
    run: Run,
    a: Array,
    b: Array | None,
    shape: tuple[int, int, int],
    dtype: np.dtype,
) -> Array:
    """Sum over P of a, or of a · b, for arrays seen as (G, P, C).

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    a : Array
        Of G · P · C numbers.
    b : Array or None
        Like `a`.
    shape : tuple of int
        (G, P, C).
    dtype : np.dtype
        Of the result: that of `a`, or float32 for float16 or the reverse.

    Returns
    -------
    Array
        ``(G, C)``.

    Raises
    ------
    ValueError
        If `b` has another shape or type than `a`.
    """
    if b is not None and (b.shape, b.dtype) != (a.shape, a.dtype):
        raise ValueError(
            f"b: expected {a.dtype} {a.shape}, received {b.dtype} {b.shape}"
        )
    groups, _, channels = shape
    a, b = aligned(a), None if b is None else aligned(b)
    found = np.empty_like(a, shape=(groups, channels), dtype=dtype)
    if not found.size:
        return found
    cover = tiles(shape, a.dtype)
    if cover.parts == 1:
        _launch(run, a, b, found, cover)
    else:
        partial = (groups, cover.parts, channels)
        part = np.empty_like(a, shape=partial, dtype=wide(a.dtype))
        _launch(run, a, b, part, cover)
        _launch(run, part, None, found, tiles(partial, part.dtype, cut=False))
    return found


def _launch(run: Run, a: Array, b: Array | None, y: Array, cover: Tiles) -> None:
    name = f"sums<{ctype(a)}, {CTYPES[y.dtype.name]}, {cover.width}>"
    args = (a, b, y, cover.view)
    run(Launch(SOURCE, name, cover.grid, args, shared=shared(cover, 1, a.dtype)))


def _by_rows(x: Array) -> tuple[int, int, int]:
    """(…, C) seen as (R, C, 1)."""
    count = int(np.prod(x.shape[:-1]))
    return count, x.shape[-1], 1
