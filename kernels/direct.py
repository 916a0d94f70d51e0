"""The three convolution primitives as sums: products with matrices of patches.

Names and shapes as in `conv`, over any number of axes.

**Columns.** A patch of x is one row of a matrix, runs of K·C contiguous numbers. fprop
is then ``columns @ W`` and wgrad ``columnsᵀ @ dy``, group by group. Where every channel
is a group, fprop goes tap by tap instead (`depthwise`).

**dgrad gathers.** A scatter of patches (col2im) reads and writes dx once per tap. But
the pixels of one residue modulo the stride are a stride-1 convolution of dy (`phases`):
sⁿ gathers, each output written once.

When dx has few channels the gathered columns (K·O numbers per pixel) dwarf the result;
when dy has few pixels most of them are zero. `dgrad` then forms dy Wᵀ (K·C numbers) and
adds its taps into place. Taps of one step of the last axis lie side by side in dx, and
are added as one run.

**Stride 1, few channels in y.** There a convolution is the adjoint of another one, with
the taps in reverse, channels in and out exchanged, and the padding p′ = d(K − 1) − p:

    y[i] = Σₐ x[i + d·a − p] W[a] = Σᵦ x[i − d·b + p′] W[K − 1 − b]

So where y has few channels, patches are formed of its side, as for dgrad.

On a device with kernels the three are those of `cuda.convolution`.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod
from operator import mul

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.cuda import convolution
from scratchgan.kernels.cuda.device import runner
from scratchgan.kernels.depthwise import depthwise
from scratchgan.kernels.geometry import Geometry
from scratchgan.kernels.patches import apart, columns, stacked, together, turned
from scratchgan.kernels.phases import phase
from scratchgan.types import Array

#: Scatter where dy has so many times more channels than dx, or gathers so many times
#: more taps off its edge than on it (measured, 2 cores).
SCATTER_RATIO, SCATTER_EDGE = 4, 2
PATCHES = 1 << 20  # bytes of patches at a time: a core's second-level cache
ROWS = 512  # at least, at a time


def fprop(x: Array, W: Array, geometry: Geometry, bias: Array | None = None) -> Array:
    """Y (N, *S′, O) from x (N, *S, C) and W (*K, C/G, O), and a bias (O,)."""
    if run := runner(x):
        return convolution.fprop(run, x, W, geometry, bias)
    y = _fprop(x, W, geometry)
    return y if bias is None else np.add(y, bias, out=y)


def _fprop(x: Array, W: Array, geometry: Geometry) -> Array:
    if 1 < geometry.groups == x.shape[-1] == W.shape[-1]:
        return depthwise(x, W, geometry)
    out = geometry.output_size(x.shape[1:-1])
    if _narrow(x.shape[1:], (*out, W.shape[-1]), geometry):
        return _dgrad_scatter(x, _reversed(W), _mirrored(geometry), out)
    return _gathered(x, stacked(wide(W), geometry.groups), geometry)


def wgrad(x: Array, dy: Array, geometry: Geometry) -> Array:
    """DW (*K, C/G, O) from x (N, *S, C) and dy (N, *S′, O)."""
    if run := runner(x):
        return convolution.wgrad(run, x, dy, geometry)
    if _narrow(x.shape[1:], dy.shape[1:], geometry):
        return _reversed(wgrad(dy, x, _mirrored(geometry)))
    shape = (*geometry.kernel, x.shape[-1] // geometry.groups, dy.shape[-1])
    taken = _lots(len(x), prod(dy.shape[1:-1]), _width(x, geometry), x.itemsize)
    parts = (_correlated(x[images], dy[images], geometry) for images in taken)
    return _summed(parts).astype(x.dtype, copy=False).reshape(shape)


def dgrad(dy: Array, W: Array, geometry: Geometry, size: tuple[int, ...]) -> Array:
    """Dx (N, *size, C) from dy (N, *S′, O) and W (*K, C/G, O)."""
    if run := runner(dy):
        return convolution.dgrad(run, dy, W, geometry, size)
    reached = prod(dy.shape[1:-1]) * prod(geometry.stride)
    narrow = dy.shape[-1] >= SCATTER_RATIO * W.shape[-2] * geometry.groups
    if narrow or prod(size) >= SCATTER_EDGE * reached:
        return _dgrad_scatter(dy, W, geometry, size)
    return _dgrad_gather(dy, W, geometry, size)


def _narrow(x: tuple[int, ...], y: tuple[int, ...], geometry: Geometry) -> bool:
    """Whether samples y are so small that theirs is the side to form patches of."""
    return (
        prod(geometry.stride) == geometry.groups == 1
        and prod(geometry.kernel) > 1
        and x[-1] >= SCATTER_RATIO * y[-1]
        and prod(x[:-1]) < SCATTER_EDGE * prod(y[:-1])
        and all(min(pad) >= 0 for pad in _mirrored(geometry).padding)
    )


def _mirrored(geometry: Geometry) -> Geometry:
    """With the padding p′ = d(K − 1) − p."""
    axes = zip(geometry.extent, geometry.padding, strict=True)
    padding = tuple((n - 1 - before, n - 1 - after) for n, (before, after) in axes)
    return geometry._replace(padding=padding)


def _reversed(W: Array) -> Array:
    """Taps in reverse, channels in and out exchanged."""
    return np.flip(W, axis=tuple(range(W.ndim - 2))).swapaxes(-1, -2)


def _gathered(x: Array, matrix: Array, geometry: Geometry) -> Array:
    """Patches of x times a matrix, or one a group."""
    out = geometry.output_size(x.shape[1:-1])
    y = np.empty_like(x, shape=(len(x), *out, geometry.groups * matrix.shape[-1]))
    for images in _lots(len(x), prod(out), _width(x, geometry), x.itemsize):
        seen = wide(columns(x[images], geometry))
        rows = apart(seen, prod(geometry.kernel), geometry.groups)
        y[images] = together(rows @ matrix, geometry.groups).reshape(y[images].shape)
    return y


def _correlated(x: Array, dy: Array, geometry: Geometry) -> Array:
    """Patches of x, transposed, times dy: (K·C/G, O)."""
    taps, groups = prod(geometry.kernel), geometry.groups
    rows = apart(wide(columns(x, geometry)), taps, groups)
    return together(rows.swapaxes(-1, -2) @ apart(wide(dy), 1, groups), groups)


def _summed(parts: Iterable[Array]) -> Array:
    """Their sum, in the first one's memory."""
    parts = iter(parts)
    found = next(parts)
    for part in parts:
        found += part
    return found


def _width(x: Array, geometry: Geometry) -> int:
    """Numbers in a patch."""
    return prod(geometry.kernel) * x.shape[-1]


def _lots(images: int, rows: int, width: int, itemsize: int) -> Iterator[slice]:
    """Images at a time, so that their patches stay in cache.

    Each lot has enough rows for a product to make good use of the matrix.
    """
    fitting = PATCHES // max(1, width * itemsize)
    step = max(1, max(fitting, ROWS) // max(1, rows))
    return (slice(start, start + step) for start in range(0, max(1, images), step))


def _dgrad_gather(
    dy: Array, W: Array, geometry: Geometry, size: tuple[int, ...]
) -> Array:
    stride, groups = geometry.stride, geometry.groups
    phases = [
        [phase(axis, r, dy.shape[1 + axis], geometry, size) for r in range(s)]
        for axis, s in enumerate(stride)
    ]
    whole = all(entry is not None for axis in phases for entry in axis)
    fresh = np.empty_like if whole else np.zeros_like
    dx = fresh(dy, shape=(len(dy), *size, W.shape[-2] * groups))
    for choice in product(*phases):
        if any(p is None for p in choice):
            continue  # no tap, or no pixel, has this residue
        chosen = [p for p in choice if p is not None]
        taps = W[tuple(p.taps for p in chosen)]
        near = Geometry(
            taps.shape[: len(stride)],
            (1,) * len(stride),
            tuple(p.padding for p in chosen),
            tuple(p.dilation for p in chosen),
            groups,
        )
        seen = dy[:, *(p.seen for p in chosen)]
        part = _gathered(seen, turned(wide(taps), groups), near)
        if prod(stride) == 1:
            return part
        places = zip(chosen, stride, strict=True)
        dx[:, *(slice(p.first, None, s) for p, s in places)] = part
    return dx


def _dgrad_scatter(
    dy: Array, W: Array, geometry: Geometry, size: tuple[int, ...]
) -> Array:
    """Some images at a time, so that their patches stay in cache."""
    channels = W.shape[-2] * geometry.groups
    each = prod(dy.shape[1:-1]) * prod(W.shape[:-2]) * channels * dy.itemsize
    step = max(1, PATCHES // max(1, each))
    dx = np.empty_like(dy, shape=(len(dy), *size, channels))
    for start in range(0, len(dy), step):
        images = slice(start, start + step)
        dx[images] = _scattered(dy[images], W, geometry, size)
    return dx


def _scattered(dy: Array, W: Array, geometry: Geometry, size: tuple[int, ...]) -> Array:
    _, stride, padding, dilation, groups = geometry
    run = stride[-1] if dilation[-1] == 1 else 1
    W = _whole_runs(W, run)
    kernel, out, channels = W.shape[:-2], dy.shape[1:-1], W.shape[-2] * groups
    patches = apart(wide(dy), 1, groups) @ stacked(wide(W), groups).swapaxes(-1, -2)
    if groups > 1:  # (G, M, K·C/G) to (M, K, C)
        split = patches.reshape(groups, -1, prod(kernel), channels // groups)
        patches = split.transpose(1, 2, 0, 3)
    counts = (*kernel[:-1], kernel[-1] // run)
    patches = patches.reshape(len(dy), *out, prod(counts), run * channels)
    whole = [n + sum(pad) for n, pad in zip(size, padding, strict=True)]
    whole[-1] += kernel[-1]  # room for taps of zeros
    blocks = -(-whole[-1] // run)
    dx = np.zeros_like(patches, shape=(len(dy), *whole[:-1], blocks, run * channels))
    steps = (*stride[:-1], stride[-1] // run)
    for i, tap in enumerate(np.ndindex(*counts)):
        starts = map(mul, tap, dilation)
        reach = zip(starts, steps, out, strict=True)
        # contiguous first: whole rows are then added at once
        part = contiguous(patches[..., i, :])
        dx[:, *(slice(a, a + s * n, s) for a, s, n in reach)] += part
    dx = dx.reshape(len(dy), *whole[:-1], blocks * run, channels)
    inner = (slice(b, b + n) for (b, _), n in zip(padding, size, strict=True))
    return dx[:, *inner]


def _whole_runs(W: Array, run: int) -> Array:
    """W with taps of zeros behind the last axis of the kernel, a multiple of `run`."""
    more = -W.shape[-3] % run
    if not more:
        return W
    zeros = np.zeros_like(W, shape=(*W.shape[:-3], more, *W.shape[-2:]))
    return np.concatenate([W, zeros], axis=-3)
