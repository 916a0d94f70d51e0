"""Patches as rows of a matrix, and channels apart by group: what sums are made of.

Names and shapes as in `conv`. A patch of x is one row, runs of K·C contiguous numbers;
with G groups there is a matrix for each, whose products NumPy takes one by one.
"""

from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scratchgan.kernels.geometry import Geometry
from scratchgan.types import Array


def columns(x: Array, geometry: Geometry) -> Array:
    """Patches of x as rows, (N, *S′, K·C)."""
    kernel, stride = geometry.kernel, geometry.stride
    x = padded(x, geometry.padding)
    if prod(kernel) == prod(stride) == 1:
        return x
    axes = len(kernel)
    windows = sliding_window_view(x, geometry.extent, axis=tuple(range(1, axes + 1)))
    steps = [slice(None, None, n) for n in (*stride, 1, *geometry.dilation)]
    windows = windows[:, *steps]  # (N, *S′, C, *K)
    order = (*range(axes + 1), *range(axes + 2, 2 * axes + 2), axes + 1)
    width = prod(kernel) * x.shape[-1]
    return windows.transpose(order).reshape(*windows.shape[: axes + 1], width)


def apart(rows: Array, taps: int, groups: int) -> Array:
    """Rows (…, taps·C) as a matrix, or as one matrix a group, (G, M, taps·C/G)."""
    matrix = rows.reshape(-1, rows.shape[-1])
    if groups == 1:
        return matrix
    width = rows.shape[-1] // (taps * groups)
    split = matrix.reshape(len(matrix), taps, groups, width).transpose(2, 0, 1, 3)
    return split.reshape(groups, len(matrix), taps * width)


def stacked(W: Array, groups: int) -> Array:
    """W (*K, C/G, O) as a matrix, or as one a group, (G, K·C/G, O/G)."""
    matrix = W.reshape(-1, W.shape[-1])
    if groups == 1:
        return matrix
    return matrix.reshape(len(matrix), groups, -1).transpose(1, 0, 2)


def together(y: Array, groups: int) -> Array:
    """The inverse of `stacked`: (G, M, O/G) to (M, O)."""
    if groups == 1:
        return y
    return y.transpose(1, 0, 2).reshape(y.shape[1], groups * y.shape[2])


def turned(W: Array, groups: int) -> Array:
    """The matrix of the adjoint, from taps·O/G to C, or one a group.

    Copied in runs of O numbers, or of C where those lie side by side, into a matrix or
    a transposed one, which BLAS reads almost as fast. Number by number the copy alone
    took up to a third as long as the product.
    """
    *kernel, width, out = W.shape
    n, split = len(kernel), W.reshape(*kernel, width, groups, out // groups)
    taps = range(n)
    if W.strides[-2] < W.strides[-1]:
        matrix = split.transpose(n + 1, *taps, n + 2, n).reshape(groups, -1, width)
    else:
        matrix = split.transpose(n + 1, n, *taps, n + 2).reshape(groups, width, -1)
        matrix = matrix.swapaxes(-1, -2)
    return matrix[0] if groups == 1 else matrix


def padded(x: Array, padding: tuple[tuple[int, int], ...]) -> Array:
    """X with a frame of zeros; much faster than np.pad on small images."""
    if not any(before or after for before, after in padding):
        return x
    n, *size, c = x.shape
    whole = [m + sum(pad) for m, pad in zip(size, padding, strict=True)]
    framed = np.zeros_like(x, shape=(n, *whole, c))
    inner = (slice(b, b + m) for (b, _), m in zip(padding, size, strict=True))
    framed[:, *inner] = x
    return framed
