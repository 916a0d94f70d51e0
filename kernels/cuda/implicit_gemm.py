"""Convolutions on tensor cores, without a matrix of patches; see the source.

The twins are the three primitives of `kernels.direct`, on operands that are rounded:

    tf32    float32 arrays, operands of 10 bits of mantissa, ties away from zero
    bf16    float32 arrays, operands of 7 bits of mantissa, ties to even
    f16     float16 arrays, as they are

All add in float32. The order of a sum follows from the shapes alone, not from the tile
or from where arrays start, so that equal arguments have equal results, bit by bit.
"""

from math import prod
from typing import NamedTuple

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.cuda import reductions
from scratchgan.kernels.cuda.implicit_gemm_problem import (
    PHASES,
    fits,
    parts,
    problem,
    require,
    whole,
)
from scratchgan.kernels.cuda.launch import ALIGNMENT, Launch, Run, address, blocks
from scratchgan.kernels.geometry import Geometry
from scratchgan.types import Array

__all__ = ["COMPUTE", "INSTANCES", "SOURCE", "dgrad", "fits", "fprop", "wgrad"]

SOURCE = "implicit_gemm"


class Compute(NamedTuple):
    """How operands are rounded, and what the source's tiles have more than numbers."""

    name: str  # the source's
    dtype: np.dtype  # of arrays
    along: int  # numbers more in a row along the sum
    across: int  # and across it


COMPUTE = {
    "tf32": Compute("TF32", np.dtype(np.float32), 4, 8),
    "bf16": Compute("BF16", np.dtype(np.float32), 8, 4),
    "f16": Compute("F16", np.dtype(np.float16), 8, 8),
}
#: Which operands lie along the sum: M's, N's.
ALONG = {"fprop": (True, False), "dgrad": (True, True), "wgrad": (False, False)}
LARGE, SMALL = 128, 64  # rows and columns of a block
THREADS = {LARGE: 256, SMALL: 128}
DEEP, STAGES = 64, 4  # bytes of a row in a tile, and tiles on their way

#: Not measured: blocks of the large tile for which it is worth taking, and the small
#: ones and steps of the sum for which wgrad is cut into parts.
ENOUGH, SPREAD, STEPS = 132, 528, 16

INSTANCES = tuple(
    f"{kernel}<{how.name}, {width}, {tile}>"
    for kernel in ALONG
    for how in COMPUTE.values()
    for width, tile in (
        (ALIGNMENT // how.dtype.itemsize, LARGE),
        (ALIGNMENT // how.dtype.itemsize, SMALL),
        (1, SMALL),
    )
)


def fprop(
    run: Run,
    x: Array,
    W: Array,
    geometry: Geometry,
    compute: str,
    bias: Array | None = None,
    alpha: float | None = None,
) -> Array:
    """Y = f(x * W + bias), with f a leaky ReLU.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x : Array
        ``(N, H, W, C)``.
    W : Array
        ``(KH, KW, C, O)``.
    geometry : Geometry
        Of the convolution.
    compute : str
        One of `COMPUTE`.
    bias : Array, optional
        ``(O,)``.
    alpha : float, optional
        The slope of f below zero; no f without it.

    Returns
    -------
    Array
        ``(N, H′, W′, O)``.

    Raises
    ------
    ValueError
        If `fits` says no, shapes do not belong together, or there is no such
        `compute` for arrays of this type.
    """
    how, columns = _how(compute, x, W, bias), W.shape[-1]
    require(x.shape, geometry, columns)
    _expect("W", W, (*geometry.kernel, x.shape[-1], columns))
    x, W = contiguous(x), contiguous(W)
    if bias is not None:
        _expect("bias", bias, (columns,))
        bias = contiguous(bias)
    out = geometry.output_size(x.shape[1:-1])
    y = np.empty_like(x, shape=(len(x), *out, columns))
    told = problem([whole(geometry, x.shape[1:-1])], x.shape, y.shape, geometry)
    width = _width((x, W), (x.shape[-1], columns))
    rows = len(x) * prod(out)
    tile = _tile(rows, columns, width)
    slope = np.float32(1 if alpha is None else alpha)
    args = (x, W, bias, y, slope, told)
    if y.size:
        run(_launch("fprop", how, width, tile, (rows, columns, 1), args))
    return y


def dgrad(
    run: Run,
    dy: Array,
    W: Array,
    geometry: Geometry,
    size: tuple[int, ...],
    compute: str,
) -> Array:
    """Dx (N, H, W, C) from dy (N, H′, W′, O); `size` is (H, W), the rest as of `fprop`.

    Phases are launched four at a time: all of them for a stride of two.
    """
    how = _how(compute, dy, W)
    channels, features = W.shape[-2:]
    require((len(dy), *size, channels), geometry, features)
    _expect("dy", dy, (len(dy), *geometry.output_size(size), features))
    _expect("W", W, (*geometry.kernel, channels, features))
    dy, W = contiguous(dy), contiguous(W)
    dx = np.empty_like(dy, shape=(len(dy), *size, channels))
    if not dx.size:
        return dx
    width = _width((dy, W), (features,))
    tile = _tile(len(dy) * prod(size), channels, width)
    phases = list(parts(geometry, dy.shape[1:-1], size))
    for first in range(0, len(phases), PHASES):
        chosen = phases[first : first + PHASES]
        told = problem(chosen, dy.shape, dx.shape, geometry)
        rows = len(dy) * max(prod(each.seen.out) for each in chosen)
        shape = (rows, channels, len(chosen))
        run(_launch("dgrad", how, width, tile, shape, (dy, W, dx, told)))
    return dx


def wgrad(run: Run, x: Array, dy: Array, geometry: Geometry, compute: str) -> Array:
    """DW (KH, KW, C, O) from x (N, H, W, C) and dy (N, H′, W′, O), as of `fprop`."""
    how = _how(compute, x, dy)
    channels, features = x.shape[-1], dy.shape[-1]
    require(x.shape, geometry, features)
    _expect("dy", dy, (len(x), *geometry.output_size(x.shape[1:-1]), features))
    x, dy = contiguous(x), contiguous(dy)
    rows, pixels = prod(geometry.kernel) * channels, dy.size // features
    each = _part(rows, features, pixels, DEEP // how.dtype.itemsize)
    count = max(1, -(-pixels // each))
    partial = np.empty_like(x, shape=(count, rows, features), dtype=np.float32)
    told = problem([whole(geometry, x.shape[1:-1])], x.shape, dy.shape, geometry)
    width = _width((x, dy), (channels, features))
    tile = LARGE if width > 1 and min(rows, features) > SMALL else SMALL
    args = (x, dy, partial, np.uint32(each), told)
    run(_launch("wgrad", how, width, tile, (rows, features, count), args))
    if count > 1 or how.dtype != partial.dtype:
        shape = (1, count, rows * features)
        partial = reductions.sums(run, partial, None, shape, how.dtype)
    return partial.reshape(*geometry.kernel, channels, features)


def _expect(name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, received {array.shape}")


def _how(compute: str, *arrays: Array | None) -> Compute:
    """The `Compute` called so, if these arrays can be its operands."""
    if compute not in COMPUTE:
        raise ValueError(
            f"compute: expected one of {', '.join(COMPUTE)}, received {compute!r}"
        )
    how = COMPUTE[compute]
    for array in arrays:
        if array is not None and array.dtype != how.dtype:
            raise ValueError(
                f"compute: expected {how.dtype} for {compute}, received {array.dtype}"
            )
    return how


def _width(arrays: tuple[Array, ...], channels: tuple[int, ...]) -> int:
    """Numbers that are copied at once: 16 bytes, or one where that cannot be."""
    width = ALIGNMENT // arrays[0].dtype.itemsize
    aligned = all(address(x) % ALIGNMENT == 0 for x in arrays)
    return width if aligned and all(n % width == 0 for n in channels) else 1


def _tile(rows: int, columns: int, width: int) -> int:
    """Rows and columns of a block: many, where there are blocks enough of them."""
    large = -(-rows // LARGE) * -(-columns // LARGE)
    return LARGE if width > 1 and columns > SMALL and large >= ENOUGH else SMALL


def _part(rows: int, columns: int, pixels: int, depth: int) -> int:
    """Pixels of a part, so many that blocks of all parts occupy the device."""
    wanted = -(-SPREAD // (-(-rows // SMALL) * -(-columns // SMALL)))
    count = max(1, min(wanted, pixels // (STEPS * depth)))
    return max(1, -(-pixels // (count * depth))) * depth


def _launch(
    kernel: str,
    how: Compute,
    width: int,
    tile: int,
    shape: tuple[int, int, int],
    args: tuple,
) -> Launch:
    """So many rows, columns, and phases or parts."""
    rows, columns, others = shape
    grid = blocks(-(-rows // tile) * -(-columns // tile), 1)[0], others, 1
    depth = DEEP // how.dtype.itemsize
    sizes = (
        tile * (depth + how.along) if along else depth * (tile + how.across)
        for along in ALONG[kernel]
    )
    return Launch(
        SOURCE,
        f"{kernel}<{how.name}, {width}, {tile}>",
        grid,
        args,
        block=THREADS[tile],
        shared=STAGES * sum(sizes) * how.dtype.itemsize,
    )
