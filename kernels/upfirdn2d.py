"""Upsampling, FIR filtering and downsampling of images, and the adjoint.

x (N, H, W, C), taps f (KH, KW), the same for every channel. Along one axis, with `up`
u, `down` d and padding (p, ·), negative to crop,

    z[i u]  = x[i],  0 elsewhere               zeros between the pixels, n u of them
    y[j]    = Σₖ f[k] z[j d − p + k]            0 outside z, f flipped beforehand

n u + p + p′ − K over d, rounded down, plus one outputs. The adjoint runs the same taps
from y to z and keeps every u-th pixel. Sums are taken over strided slices, one a tap.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import wide
from scratchgan.types import Array

Pair = tuple[int, int]


class Resampling(NamedTuple):
    """Of one axis, or of each: vertical, horizontal."""

    up: Pair
    down: Pair
    padding: tuple[Pair, Pair]


def output_size(size: Pair, kernel: Pair, r: Resampling) -> Pair:
    """Height and width of y."""
    height, width = (
        (n * u + sum(pad) - k) // d + 1
        for n, k, u, d, pad in zip(size, kernel, *r, strict=True)
    )
    return height, width


def upfirdn2d(x: Array, taps: Array, r: Resampling) -> Array:
    """Y (N, H′, W′, C) from x (N, H, W, C) and taps (KH, KW)."""
    z = _between_zeros(wide(x), r)
    size = output_size(x.shape[1:3], taps.shape, r)
    y = np.zeros_like(z, shape=(len(x), *size, x.shape[3]))
    for tap, window in _windows(taps, size, r):
        y += z.dtype.type(taps[tap]) * z[:, *window]
    return y.astype(x.dtype, copy=False)


def upfirdn2d_adjoint(dy: Array, taps: Array, r: Resampling, size: Pair) -> Array:
    """Dx (N, *size, C) from dy (N, H′, W′, C)."""
    height, width = (
        n * u + sum(pad) for n, u, pad in zip(size, r.up, r.padding, strict=True)
    )
    dy, dtype = wide(dy), dy.dtype
    dz = np.zeros_like(dy, shape=(len(dy), height, width, dy.shape[3]))
    for tap, window in _windows(taps, dy.shape[1:3], r):
        dz[:, *window] += dy.dtype.type(taps[tap]) * dy
    return _without_zeros(dz, r, size).astype(dtype, copy=False)


def _between_zeros(x: Array, r: Resampling) -> Array:
    """Z with its padding."""
    n, *size, channels = x.shape
    whole = [m * u + sum(pad) for m, u, pad in zip(size, r.up, r.padding, strict=True)]
    z = np.zeros_like(x, shape=(n, *whole, channels))
    to, source = _places(size, r)
    z[:, *to] = x[:, *source]
    return z


def _without_zeros(dz: Array, r: Resampling, size: Pair) -> Array:
    """The adjoint of `_between_zeros`."""
    dx = np.zeros_like(dz, shape=(len(dz), *size, dz.shape[3]))
    to, source = _places(list(size), r)
    dx[:, *source] = dz[:, *to]
    return dx


def _places(size: list[int], r: Resampling) -> tuple[list[slice], list[slice]]:
    """Where the pixels of x stand in z, and which of them padding has not cropped."""
    to, source = [], []
    for n, u, (before, after) in zip(size, r.up, r.padding, strict=True):
        whole = n * u + before + after
        first = max(0, -(before // u))  # the first i with i u + before >= 0
        stop = min(n, -((before - whole) // u))  # the first with i u + before >= whole
        start = first * u + before
        to.append(slice(start, start + max(0, stop - first) * u, u))
        source.append(slice(first, max(first, stop)))
    return to, source


def _windows(
    taps: Array, size: Pair, r: Resampling
) -> Iterator[tuple[Pair, tuple[slice, slice]]]:
    """For each tap that is not zero, what it reads of z."""
    for tap in np.ndindex(taps.shape[0], taps.shape[1]):
        if taps[tap] != 0:
            (a, b), (d, e), (height, width) = tap, r.down, size
            yield (a, b), (slice(a, a + d * height, d), slice(b, b + e * width, e))
