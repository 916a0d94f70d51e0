"""The three convolution primitives on a device, in whichever way is faster.

Names and shapes as in `kernels.conv`. One way are products with patches made by a
kernel: made, multiplied and forgotten some rows at a time, so that they are read from
the L2 cache. dgrad gathers, phase by phase (`kernels.phases`): every pixel of dx is
written once. The other, where products round their operands anyway, is a kernel of our
own that never forms patches (`implicit_gemm`).
"""

from collections.abc import Iterator
from itertools import product
from math import prod

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.cuda import implicit_gemm
from scratchgan.kernels.cuda.launch import Run
from scratchgan.kernels.cuda.patches import patches, scatter_phase
from scratchgan.kernels.cuda.places import Places, of_convolution, of_phase, of_pixels
from scratchgan.kernels.geometry import Geometry
from scratchgan.kernels.patches import apart, stacked, together, turned
from scratchgan.kernels.phases import phase
from scratchgan.types import Array

PATCHES = 16 << 20  # bytes of patches at a time: a third of an H100's L2 (unmeasured)


def fprop(
    run: Run, x: Array, W: Array, geometry: Geometry, bias: Array | None = None
) -> Array:
    """Y (N, *S′, O) from x (N, *S, C) and W (*K, C/G, O), and a bias (O,)."""
    ways = {"patches": lambda: fprop_by_patches(run, x, W, geometry, bias)}
    how = run.compute(x.dtype)
    if _implicitly(how, x.shape, geometry, x.dtype):
        ways["implicit GEMM"] = lambda: implicit_gemm.fprop(
            run, x, W, geometry, how, bias
        )
    return run.fastest(("fprop", how, x.shape, W.shape, geometry), ways)


def wgrad(run: Run, x: Array, dy: Array, geometry: Geometry) -> Array:
    """DW (*K, C/G, O) from x (N, *S, C) and dy (N, *S′, O)."""
    ways = {"patches": lambda: wgrad_by_patches(run, x, dy, geometry)}
    how = run.compute(x.dtype)
    if _implicitly(how, x.shape, geometry, x.dtype):
        ways["implicit GEMM"] = lambda: implicit_gemm.wgrad(run, x, dy, geometry, how)
    return run.fastest(("wgrad", how, x.shape, dy.shape, geometry), ways)


def dgrad(
    run: Run, dy: Array, W: Array, geometry: Geometry, size: tuple[int, ...]
) -> Array:
    """Dx (N, *size, C) from dy (N, *S′, O) and W (*K, C/G, O)."""
    ways = {"patches": lambda: dgrad_by_patches(run, dy, W, geometry, size)}
    how = run.compute(dy.dtype)
    x_shape = (len(dy), *size, W.shape[-2] * geometry.groups)
    if _implicitly(how, x_shape, geometry, dy.dtype):
        ways["implicit GEMM"] = lambda: implicit_gemm.dgrad(
            run, dy, W, geometry, size, how
        )
    return run.fastest(("dgrad", how, dy.shape, W.shape, geometry, size), ways)


def _implicitly(
    how: str, x_shape: tuple[int, ...], geometry: Geometry, dtype: np.dtype
) -> bool:
    """Whether `implicit_gemm` can do it, rounding as products do."""
    return how in implicit_gemm.COMPUTE and implicit_gemm.fits(x_shape, geometry, dtype)


def fprop_by_patches(
    run: Run, x: Array, W: Array, geometry: Geometry, bias: Array | None = None
) -> Array:
    """`fprop`, as products."""
    places = of_convolution(geometry, x.shape[1:-1])
    y = np.empty_like(x, shape=(len(x), *places.out, W.shape[-1]))
    flat = y.reshape(-1, W.shape[-1])
    for first, part in _products(run, x, stacked(W, geometry.groups), places):
        rows = flat[first : first + len(part)]
        if bias is None:
            rows[...] = part
        else:
            np.add(part, bias, out=rows)
    return y


def wgrad_by_patches(run: Run, x: Array, dy: Array, geometry: Geometry) -> Array:
    """`wgrad`, as products."""
    x, dy, groups = contiguous(x), contiguous(dy), geometry.groups
    places, channels = of_convolution(geometry, x.shape[1:-1]), dy.shape[-1]
    shape = (*geometry.kernel, x.shape[-1] // groups, channels)
    flat, found = dy.reshape(-1, channels), None
    for first, count in _lots(x, places):
        rows = patches(run, x, places, first, count).swapaxes(-1, -2)
        part = run.product(rows, apart(flat[first : first + count], 1, groups))
        part = wide(part)
        found = part if found is None else np.add(found, part, out=found)
    if found is None:
        return np.zeros_like(x, shape=shape)
    return together(found, groups).reshape(shape).astype(x.dtype, copy=False)


def dgrad_by_patches(
    run: Run, dy: Array, W: Array, geometry: Geometry, size: tuple[int, ...]
) -> Array:
    """`dgrad`, as products."""
    dy, groups = contiguous(dy), geometry.groups
    phases = [
        [phase(axis, r, dy.shape[1 + axis], geometry, size) for r in range(stride)]
        for axis, stride in enumerate(geometry.stride)
    ]
    whole = all(each is not None for axis in phases for each in axis)
    fresh = np.empty_like if whole else np.zeros_like
    dx = fresh(dy, shape=(len(dy), *size, W.shape[-2] * groups))
    for choice in product(*phases):
        chosen = [each for each in choice if each is not None]
        if len(chosen) < len(choice):
            continue  # no tap, or no pixel, has this residue
        matrix = turned(W[tuple(each.taps for each in chosen)], groups)
        pixels = of_pixels(chosen, geometry, size)
        seen = of_phase(chosen, geometry, size)
        for first, part in _products(run, dy, matrix, seen):
            scatter_phase(run, part, dx, pixels._replace(groups=1), first)
    return dx


def _products(
    run: Run, x: Array, matrix: Array, places: Places
) -> Iterator[tuple[int, Array]]:
    """Rows of patches times a matrix, or one a group: the first row, and (M, O)."""
    x, matrix = contiguous(x), contiguous(matrix)
    for first, count in _lots(x, places):
        part = run.product(patches(run, x, places, first, count), matrix)
        yield first, contiguous(together(part, places.groups))


def _lots(x: Array, places: Places) -> Iterator[tuple[int, int]]:
    """First rows and their number, so that their patches stay in cache."""
    rows, width = len(x) * prod(places.out), prod(places.kernel) * x.shape[-1]
    step = max(1, PATCHES // max(1, width * x.itemsize))
    return ((first, min(step, rows - first)) for first in range(0, rows, step))
