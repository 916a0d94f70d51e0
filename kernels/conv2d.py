"""Two-dimensional convolution, channels last, as three primitives.

x (N, H, W, C), weights (KH, KW, C, O), dy (N, OH, OW, O); stride s, padding p. With
"convolution" meaning cross-correlation, as everywhere in this field:

    fprop   y[n,i,j,o]  = Σ_{a,b,c} x[n, s·i + a − p, s·j + b − p, c] W[a,b,c,o]
    dgrad   dx          = the adjoint of fprop in x, applied to dy
    wgrad   dW[a,b,c,o] = Σ_{n,i,j} x[n, s·i + a − p, s·j + b − p, c] dy[n,i,j,o]

y is bilinear in (x, W), so that every derivative of every order, of a convolution and
of its transpose, is one of these three with other arguments.

**Columns.** A patch of x is one row of a matrix, KH runs of KW·C contiguous numbers.
fprop is then ``columns @ W`` and wgrad ``columnsᵀ @ dy``.

**dgrad gathers.** A scatter of patches (col2im) reads and writes dx once per tap. But
input row h meets only the taps a with s | h + p − a, those of one residue r = (h + p)
mod s, and for them i = (h + p − r)/s − j where a = r + s·j. So the rows of one residue
are a stride-1 correlation of dy with every s-th tap, flipped: s² gathers (sub-pixel
phases), each output written once.

When dx has few channels the gathered columns (KH·KW·O numbers per pixel) dwarf the
result. `dgrad` then forms dy Wᵀ (KH·KW·C numbers) and adds its taps into place.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scratchgan.types import Array

#: Scatter where dy has this many times more channels than dx (measured, 2 cores).
SCATTER_RATIO = 4


class Geometry(NamedTuple):
    """Where the taps of a kernel fall; each pair is (vertical, horizontal)."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]  # ((top, bottom), (left, right))

    def output_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of y for those of x; below 1 where the kernel is larger."""
        height, width = (
            (n + sum(pad) - k) // s + 1
            for n, k, s, pad in zip(size, *self, strict=True)
        )
        return height, width


def fprop(x: Array, W: Array, geometry: Geometry) -> Array:
    """Y (N, OH, OW, O) from x (N, H, W, C) and W (KH, KW, C, O)."""
    rows = columns(x, geometry)
    y = rows.reshape(-1, rows.shape[-1]) @ W.reshape(-1, W.shape[-1])
    return y.reshape(*rows.shape[:3], W.shape[-1])


def wgrad(x: Array, dy: Array, geometry: Geometry) -> Array:
    """DW (KH, KW, C, O) from x (N, H, W, C) and dy (N, OH, OW, O)."""
    rows = columns(x, geometry)
    dW = rows.reshape(-1, rows.shape[-1]).T @ dy.reshape(-1, dy.shape[-1])
    return dW.reshape(*geometry.kernel, x.shape[-1], dy.shape[-1])


def dgrad(dy: Array, W: Array, geometry: Geometry, size: tuple[int, int]) -> Array:
    """Dx (N, *size, C) from dy (N, OH, OW, O) and W (KH, KW, C, O)."""
    if dy.shape[-1] >= SCATTER_RATIO * W.shape[2]:
        return _dgrad_scatter(dy, W, geometry, size)
    return _dgrad_gather(dy, W, geometry, size)


def columns(x: Array, geometry: Geometry) -> Array:
    """Patches of x as rows, (N, OH, OW, KH·KW·C)."""
    (kh, kw), (sh, sw), padding = geometry
    x = _pad(x, padding)
    if kh == kw == sh == sw == 1:
        return x
    taps = sliding_window_view(x, (kh, kw), axis=(1, 2))[:, ::sh, ::sw]
    n, oh, ow, c = taps.shape[:4]
    return taps.transpose(0, 1, 2, 4, 5, 3).reshape(n, oh, ow, kh * kw * c)


def _dgrad_gather(
    dy: Array, W: Array, geometry: Geometry, size: tuple[int, int]
) -> Array:
    n = len(dy)
    (sh, sw), channels = geometry.stride, W.shape[2]
    dx = np.zeros_like(dy, shape=(n, *size, channels))
    for r in range(sh):
        rows = _phase(0, r, dy.shape[1], geometry, size)
        for c in range(sw):
            cols = _phase(1, c, dy.shape[2], geometry, size)
            taps = W[r::sh, c::sw][::-1, ::-1]  # (kh, kw, C, O), flipped
            if not (taps.size and rows.pixels > 0 and cols.pixels > 0):
                continue  # no tap, or no pixel, has this residue
            seen = dy[:, rows.seen, cols.seen]
            near = Geometry(taps.shape[:2], (1, 1), (rows.padding, cols.padding))
            part = fprop(seen, taps.transpose(0, 1, 3, 2), near)
            dx[:, rows.first :: sh, cols.first :: sw] = part
    return dx


class _Phase(NamedTuple):
    """Pixels of one residue along one axis, and the part of dy that they read."""

    first: int  # first pixel
    pixels: int  # how many
    seen: slice  # entries of dy inside the array
    padding: tuple[int, int]  # zeros that stand for the entries outside it


def _phase(
    axis: int, residue: int, dy_length: int, geometry: Geometry, size: tuple[int, int]
) -> _Phase:
    kernel, stride = geometry.kernel[axis], geometry.stride[axis]
    before = geometry.padding[axis][0]
    taps = -(-(kernel - residue) // stride)
    first = (residue - before) % stride
    count = -(-(size[axis] - first) // stride)
    # pixel number q reads dy at q + last − j for j = 0 … taps − 1
    last = (first + before - residue) // stride
    start, stop = last - taps + 1, last + count
    seen = slice(max(0, start), max(0, min(stop, dy_length)))
    inside = max(0, seen.stop - seen.start)
    left = min(max(0, -start), stop - start - inside)
    return _Phase(first, count, seen, (left, stop - start - inside - left))


def _dgrad_scatter(
    dy: Array, W: Array, geometry: Geometry, size: tuple[int, int]
) -> Array:
    n, oh, ow, o = dy.shape
    (kh, kw), (sh, sw), ((top, bottom), (left, right)) = geometry
    channels = W.shape[2]
    patches = dy.reshape(-1, o) @ W.reshape(-1, o).T
    patches = patches.reshape(n, oh, ow, kh, kw, channels)
    height, width = size[0] + top + bottom, size[1] + left + right
    dx = np.zeros_like(dy, shape=(n, height, width, channels))
    for a in range(kh):
        for b in range(kw):
            reach = slice(a, a + sh * oh, sh), slice(b, b + sw * ow, sw)
            dx[:, *reach] += patches[:, :, :, a, b]
    return dx[:, top : top + size[0], left : left + size[1]]


def _pad(x: Array, padding: tuple[tuple[int, int], tuple[int, int]]) -> Array:
    """X with a frame of zeros; much faster than np.pad on small images."""
    (top, bottom), (left, right) = padding
    if not (top or bottom or left or right):
        return x
    n, h, w, c = x.shape
    padded = np.zeros_like(x, shape=(n, h + top + bottom, w + left + right, c))
    padded[:, top : top + h, left : left + w] = x
    return padded
