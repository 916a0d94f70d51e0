"""The three convolution primitives as sums: products with matrices of patches.

Names and shapes as in `conv`, over any number of axes.

**Columns.** A patch of x is one row of a matrix, runs of K·C contiguous numbers. fprop
is then ``columns @ W`` and wgrad ``columnsᵀ @ dy``, group by group. Where every channel
is a group, fprop goes tap by tap instead (`depthwise`).

**dgrad gathers.** A scatter of patches (col2im) reads and writes dx once per tap. But
pixel h meets only the taps a with d·a ≡ r (mod s), where r = (h + p) mod s. With
g = gcd(d, s) these are a = a₀ + j·s/g, for which i = (h + p − d·a₀)/s − j·d/g. So the
pixels of one residue are a stride-1 convolution of dy, of dilation d/g, with every
(s/g)-th tap, flipped: sⁿ gathers (sub-pixel phases), each output written once.

When dx has few channels the gathered columns (K·O numbers per pixel) dwarf the result;
when dy has few pixels most of them are zero. `dgrad` then forms dy Wᵀ (K·C numbers) and
adds its taps into place. Taps of one step of the last axis lie side by side in dx, and
are added as one run.

**Stride 1, few channels in y.** There a convolution is the adjoint of another one, with
the taps in reverse, channels in and out exchanged, and the padding p′ = d(K − 1) − p:

    y[i] = Σₐ x[i + d·a − p] W[a] = Σᵦ x[i − d·b + p′] W[K − 1 − b]

So where y has few channels, patches are formed of its side, as for dgrad.
"""

from itertools import product
from math import gcd, prod
from operator import mul
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.depthwise import depthwise
from scratchgan.kernels.geometry import Geometry
from scratchgan.kernels.patches import apart, columns, stacked, together, turned
from scratchgan.types import Array

#: Scatter where dy has so many times more channels than dx, or gathers so many times
#: more taps off its edge than on it (measured, 2 cores).
SCATTER_RATIO, SCATTER_EDGE = 4, 2
PATCHES = 1 << 20  # bytes of patches at a time: a core's second-level cache


def fprop(x: Array, W: Array, geometry: Geometry) -> Array:
    """Y (N, *S′, O) from x (N, *S, C) and W (*K, C/G, O)."""
    if 1 < geometry.groups == x.shape[-1] == W.shape[-1]:
        return depthwise(x, W, geometry)
    out = geometry.output_size(x.shape[1:-1])
    if _narrow(x.shape[1:], (*out, W.shape[-1]), geometry):
        return _dgrad_scatter(x, _reversed(W), _mirrored(geometry), out)
    return _gathered(x, stacked(wide(W), geometry.groups), geometry)


def wgrad(x: Array, dy: Array, geometry: Geometry) -> Array:
    """DW (*K, C/G, O) from x (N, *S, C) and dy (N, *S′, O)."""
    if _narrow(x.shape[1:], dy.shape[1:], geometry):
        return _reversed(wgrad(dy, x, _mirrored(geometry)))
    groups = geometry.groups
    rows = apart(columns(x, geometry), prod(geometry.kernel), groups)
    dW = together(rows.swapaxes(-1, -2) @ apart(dy, 1, groups), groups)
    shape = (*geometry.kernel, x.shape[-1] // groups, dy.shape[-1])
    return dW.astype(x.dtype, copy=False).reshape(shape)


def dgrad(dy: Array, W: Array, geometry: Geometry, size: tuple[int, ...]) -> Array:
    """Dx (N, *size, C) from dy (N, *S′, O) and W (*K, C/G, O)."""
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
    rows = columns(x, geometry)
    y = apart(rows, prod(geometry.kernel), geometry.groups) @ matrix
    y = together(y, geometry.groups).astype(x.dtype, copy=False)
    return y.reshape(*rows.shape[:-1], y.shape[-1])


def _dgrad_gather(
    dy: Array, W: Array, geometry: Geometry, size: tuple[int, ...]
) -> Array:
    stride, groups = geometry.stride, geometry.groups
    phases = [
        [_phase(axis, r, dy.shape[1 + axis], geometry, size) for r in range(s)]
        for axis, s in enumerate(stride)
    ]
    whole = all(phase is not None for axis in phases for phase in axis)
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


class _Phase(NamedTuple):
    """Pixels of one residue along one axis, and what of W and dy they meet."""

    first: int  # first pixel
    taps: slice  # of the kernel, flipped
    dilation: int
    seen: slice  # entries of dy inside the array
    padding: tuple[int, int]  # zeros that stand for the entries outside it


def _phase(
    axis: int, residue: int, length: int, geometry: Geometry, size: tuple[int, ...]
) -> _Phase | None:
    """The phase of `residue` along `axis`, or None where it is empty."""
    kernel, stride, (before, _), d = (entry[axis] for entry in geometry[:4])
    common = gcd(d, stride)
    step, dilation = stride // common, d // common
    fitting = (a for a in range(min(step, kernel)) if (d * a - residue) % stride == 0)
    tap = next(fitting, None)
    first = (residue - before) % stride
    count = -(-(size[axis] - first) // stride)
    if tap is None or count < 1:
        return None
    taps = -(-(kernel - tap) // step)
    # pixel number q reads dy at q + last − j·dilation for j = 0 … taps − 1
    last = (first + before - d * tap) // stride
    start, stop = last - (taps - 1) * dilation, last + count
    seen = slice(max(0, start), max(0, min(stop, length)))
    inside = max(0, seen.stop - seen.start)
    left = min(max(0, -start), stop - start - inside)
    outside = (left, stop - start - inside - left)
    flipped = slice(tap + (taps - 1) * step, None, -step)
    return _Phase(first, flipped, dilation, seen, outside)


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
    patches = apart(dy, 1, groups) @ stacked(wide(W), groups).swapaxes(-1, -2)
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
        part = np.ascontiguousarray(patches[..., i, :])
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
