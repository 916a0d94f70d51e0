"""upfirdn2d: up-sample, pad, filter and down-sample (Karras et al. 2020), in one pass.

Over one, two or three spatial axes, channels last and each by itself; x (N, *S, C), a
filter f of shape K, one axis of it an axis of S. u − 1 zeros go behind every pixel, p
before and q behind the row (none: some are cut off if that is negative), f runs over
it, as a true convolution, where it fits, and every d-th result stays. On one axis:

    y[m]   = Σᵢ f[d m − u i + K − 1 − p] x[i]          m = 0 … (u n + p + q − K) / d

Inserted zeros are never touched. A tap k meets those outputs for which
d m + K − 1 − p − k is a multiple of u, hence certain residues modulo u/g, with
g = gcd(u, d); from one to the next, i moves by d/g. So each tap and residue is one
strided slice of x, added to one of y: K/u products an output (polyphase). A filter on
one axis alone is a matrix with a band, f[d m − u i + K − 1 − p] (`banded`).

**The adjoint is another upfirdn2d.** In dx[i] = Σₘ f[d m − u i + K − 1 − p] dy[m] u and
d have changed places: with the flipped filter f[K − 1 − k],

    p′     = K − 1 − p
    q′     = u (n − 1) + K − d n′ − p′                 n′ outputs; gives n numbers back

References
----------
Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN", whose code
documents the operation; Crochiere and Rabiner 1983 for polyphase filters.
"""

from collections.abc import Iterator
from itertools import product
from math import gcd
from typing import NamedTuple

import numpy as np

from scratchgan.backend import contiguous, like
from scratchgan.kernels import banded
from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.cuda import upfirdn2d as on_device
from scratchgan.kernels.cuda.device import runner
from scratchgan.kernels.resampling import Filter
from scratchgan.types import Array


def upfirdn2d(x: Array, how: Filter) -> Array:
    """Y (N, *S′, C) from x (N, *S, C)."""
    if run := runner(x):
        f = like(how.f, x, np.float64 if x.dtype == np.float64 else np.float32)
        return on_device.upfirdn2d(run, contiguous(x), how._replace(f=f))
    moving = [axis for axis in range(how.f.ndim) if not _still(how, axis)]
    if len(moving) == 1:
        (axis,) = moving
        return banded.apply(_matrix(x.shape[1 + axis], how, axis), x, 1 + axis)
    return _tap_by_tap(x, how)


def _still(how: Filter, axis: int) -> bool:
    """Whether nothing happens along `axis`."""
    one = how.f.shape[axis] == how.up[axis] == how.down[axis] == 1
    return one and how.padding[axis] == (0, 0)


def _matrix(n: int, how: Filter, axis: int) -> np.ndarray:
    """T (n′, n), T[m, i] = f[d m − u i + K − 1 − p]."""
    f, (before, behind) = how.f.reshape(-1), how.padding[axis]
    u, d, taps = how.up[axis], how.down[axis], len(f)
    m = np.arange((n * u + before + behind - taps) // d + 1)[:, None]
    k = d * m - u * np.arange(n) + taps - 1 - before
    return np.where((k >= 0) & (k < taps), f[np.clip(k, 0, taps - 1)], 0.0)


def _tap_by_tap(x: Array, how: Filter) -> Array:
    size = x.shape[1:-1]
    out = how.output_size(size)
    x, dtype = wide(x), x.dtype
    y = np.zeros_like(x, shape=(len(x), *out, x.shape[-1]))
    axes = zip(size, out, how.f.shape, *how[1:], strict=True)
    for meetings in product(*(list(_meetings(*axis)) for axis in axes)):
        weight = float(how.f[tuple(each.tap for each in meetings)])
        seen = x[:, *(each.seen for each in meetings)]
        y[:, *(each.to for each in meetings)] += weight * seen
    return y.astype(dtype, copy=False)


class _Meeting(NamedTuple):
    """Outputs of one residue that meet one tap, on one axis."""

    tap: int
    seen: slice  # of x
    to: slice  # of y


def _meetings(
    n: int, out: int, taps: int, up: int, down: int, padding: tuple[int, int]
) -> Iterator[_Meeting]:
    common = gcd(up, down)
    period, step = up // common, down // common
    for r, tap in product(range(min(period, out)), range(taps)):
        first, off = divmod(down * r + taps - 1 - padding[0] - tap, up)
        # output r + period j reads x at first + step j: which j are inside both?
        start = max(0, -(first // step))
        stop = min(-(-(out - r) // period), (n - 1 - first) // step + 1)
        if off == 0 and start < stop:
            seen = slice(first + step * start, first + step * (stop - 1) + 1, step)
            to = slice(r + period * start, r + period * (stop - 1) + 1, period)
            yield _Meeting(tap, seen, to)
