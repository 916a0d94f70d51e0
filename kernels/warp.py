"""Images read at places that an affine map of the plane gives, and the adjoint.

x and y (N, H, W, C), place (N, 2, 3): one map a sample. With the middle of the image,
m = ((H − 1)/2, (W − 1)/2), as the origin, pixel (i, j) of y is read at

    (r, c) = place · (i − m₀, j − m₁, 1) + m

by bilinear interpolation of the image reflected at its border pixels. With ρ the
reflection at 0 and n − 1, and with a and b zero or one,

    y[i, j] = Σ u[a] v[b] x[ρ(⌊r⌋ + a), ρ(⌊c⌋ + b)]
    u = (1 − r + ⌊r⌋, r − ⌊r⌋)          v = (1 − c + ⌊c⌋, c − ⌊c⌋)

The adjoint adds where this reads: dx[ρ(⌊r⌋ + a), ρ(⌊c⌋ + b)] += u[a] v[b] dy[i, j].

Flips, quarter turns of squares and whole shifts read whole pixels with weight one, and
so are exact. Places are computed in float64 whatever x is, so that a sample is read at
the same ones in every precision.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

from scratchgan.backend import like, on_host
from scratchgan.kernels.accumulate import wide
from scratchgan.types import Array, Shape


class Tap(NamedTuple):
    """One of the four pixels that every pixel of y reads, and its weight."""

    pixel: Array  # (N·H·W,), of x as rows (N·H·W, C)
    weight: Array  # (N·H·W,)


def warp(x: Array, place: Array) -> Array:
    """Y (N, H, W, C), x read at its places."""
    rows = wide(x).reshape(-1, x.shape[-1])
    y = np.zeros_like(rows)
    for pixel, weight in taps(place, x.shape, rows.dtype):
        y += weight[:, None] * rows.take(pixel, axis=0)
    return y.reshape(x.shape).astype(x.dtype, copy=False)


def warp_adjoint(dy: Array, place: Array) -> Array:
    """Dx (N, H, W, C), dy added to the pixels that were read."""
    rows = wide(dy).reshape(-1, dy.shape[-1])
    dx = np.zeros_like(rows)
    for pixel, weight in taps(place, dy.shape, rows.dtype):
        for channel in range(rows.shape[1]):
            part = weight * rows[:, channel]
            dx[:, channel] += np.bincount(pixel, part, len(rows))
    return dx.reshape(dy.shape).astype(dy.dtype, copy=False)


def taps(place: Array, shape: Shape, dtype: np.dtype) -> list[Tap]:
    """Pixels and weights for images of `shape`, (N, H, W, C)."""
    n, height, width, _ = shape
    down, right = _centred(height, place)[:, None], _centred(width, place)

    def along(k: Array, size: int, stride: int) -> list[tuple[Array, Array]]:
        k = k[:, :, None, None]
        at = k[:, 0] * down + k[:, 1] * right + (k[:, 2] + (size - 1) / 2)
        return _between(at, size, stride, dtype)

    rows = along(place[:, 0], height, width)
    columns = along(place[:, 1], width, 1)
    first = like(np.arange(n) * (height * width), place)[:, None, None]
    rows = [(first + i, u) for i, u in rows]
    return [
        Tap((i + j).reshape(-1), (u * v).reshape(-1))
        for (i, u), (j, v) in product(rows, columns)
    ]


def _centred(n: int, place: Array) -> Array:
    return like(np.arange(n) - (n - 1) / 2, place)


def _between(
    r: Array, n: int, stride: int, dtype: np.dtype
) -> list[tuple[Array, Array]]:
    """ρ(⌊r⌋) and ρ(⌊r⌋ + 1), times `stride`, each with its weight."""
    below = np.floor(r)
    share = (r - below).astype(dtype, copy=False)
    index = below.astype(np.intp)
    if not on_host(index):  # a table's length would make the host wait
        ends = stride * _reflected(index, n), stride * _reflected(index + 1, n)
        return list(zip(ends, (1 - share, share), strict=True))
    lowest = int(index.min(initial=0))
    index -= lowest
    # ρ of every number that occurs, since a table is read faster than ρ is computed
    table = stride * _reflected(np.arange(index.max(initial=0) + 2) + lowest, n)
    return [(table[index], 1 - share), (table[1:][index], share)]


def _reflected(i: Array, n: int) -> Array:
    """ρ(i): 0 … n − 1 and back again, without end."""
    if n == 1:
        return np.zeros_like(i)
    return n - 1 - np.abs(n - 1 - i % (2 * (n - 1)))
