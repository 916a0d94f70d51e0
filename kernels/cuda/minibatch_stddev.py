"""MinibatchStddev: how much the samples of a batch differ, as channels; see the source.

The twin is the layer `MinibatchStddev`, whose docstring has the sizes: G samples a
group, M groups, F features.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.kernels.cuda import reductions
from scratchgan.kernels.cuda.channels_last import Tiles, aligned, shared, tiles, wide
from scratchgan.kernels.cuda.launch import (
    BLOCK,
    CTYPES,
    Launch,
    Run,
    blocks,
    ctype,
    pack,
    widths,
)
from scratchgan.types import Array

SOURCE = "minibatch_stddev"

INSTANCES = (
    *(
        f"{kernel}<{name}, {width}>"
        for kernel in ("deviations", "tangents")
        for name in CTYPES.values()
        for width in widths(name)
    ),
    *(
        f"{kernel}<{name}>"
        for kernel in ("append", "features", "spread")
        for name in CTYPES.values()
    ),
)


class Deviations(NamedTuple):
    """What `forward` keeps of x, and `jvp` of tx."""

    c: Array  # (N, …, C), samples less the mean of their group
    sigma: Array  # (M, …, C)


def forward(
    run: Run, x: Array, group: int, features: int, eps: float
) -> tuple[Array, Deviations]:
    """The output [x, s], ``(N, …, C + F)``, and the deviations.

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    x : Array
        ``(N, …, C)``.
    group : int
        G; a batch that is smaller is one group.
    features : int
        F, a divisor of C.
    eps : float
        Stabiliser below the root.

    Raises
    ------
    ValueError
        If G does not divide the batch, or F the channels.
    """
    x, size = aligned(x), min(group, len(x))
    if size < 1 or len(x) % size:
        raise ValueError(f"group: expected a divisor of {len(x)}, received {group}")
    if features < 1 or x.shape[-1] % features:
        raise ValueError(
            f"features: expected a divisor of {x.shape[-1]}, received {features}"
        )
    kept = Deviations(np.empty_like(x), np.empty_like(x[: len(x) // size]))
    _grouped(run, "deviations", (x, *kept), size, (np.float64(eps),))
    return _appended(run, x, kept.sigma, features), kept


def backward(
    run: Run, kept: Deviations, dy: Array, features: int
) -> tuple[Array, Array]:
    """The cotangent dx, and the sums of dy's further channels, ``(M, F)``."""
    dy = aligned(dy)
    ds = _sums(run, kept, dy, features)
    return _spread(run, kept, dy, ds, None, None, features), ds


def jvp(
    run: Run, kept: Deviations, tx: Array, features: int
) -> tuple[Array, Deviations]:
    """The tangent [tx, ts], and those of the deviations."""
    tx, moved = aligned(tx), Deviations(*map(np.empty_like, kept))
    group = len(tx) // max(1, len(kept.sigma))
    _grouped(run, "tangents", (tx, *kept, *moved), group, ())
    return _appended(run, tx, moved.sigma, features), moved


def backward_jvp(
    run: Run,
    kept: Deviations,
    ds: Array,
    moved: Deviations,
    tdy: Array | None,
    features: int,
) -> Array:
    """The tangent of dx; ds is what `backward` gave, tdy None an exact zero."""
    tdy = None if tdy is None else aligned(tdy)
    tds = None if tdy is None else _sums(run, kept, tdy, features)
    return _spread(run, kept, tdy, tds, moved, ds, features)


def _grouped(
    run: Run, kernel: str, arrays: tuple[Array, ...], group: int, more: tuple
) -> None:
    """One thread for the samples of a group; the last array has one number for each."""
    each, name = arrays[-1].size, ctype(arrays[-1])
    if each:
        width = pack(*arrays)
        args = (*arrays, np.int32(group), np.int64(each), *more)
        grid = blocks(each, BLOCK * width)
        run(Launch(SOURCE, f"{kernel}<{name}, {width}>", grid, args))


def _appended(run: Run, x: Array, sigma: Array, features: int) -> Array:
    """[x, s] with s the mean of sigma over pixels and the channels of a feature."""
    *axes, channels = x.shape
    groups, pixels = len(sigma), x.size // max(1, len(x) * channels)
    each, dtype = channels // features, wide(x.dtype)
    s = reductions.sums(run, sigma, None, (groups, pixels, channels), dtype)
    s = reductions.sums(run, s, None, (groups * features, each, 1), dtype)
    y = np.empty_like(x, shape=(*axes, channels + features))
    if y.size:
        cover = tiles((len(x), pixels, y.shape[-1]), x.dtype, packed=False)
        share = np.float64(1 / max(1, pixels * each))
        args = (x, s, y, np.int64(groups), np.int32(features), share)
        _launch(run, "append", x, cover, args)
    return y


def _sums(run: Run, kept: Deviations, dy: Array, features: int) -> Array:
    """Over the samples of a group and their pixels, ``(M, F)``."""
    c, groups = kept.c, len(kept.sigma)
    channels = c.shape[-1]
    pixels = c.size // max(1, len(c) * channels)
    rows = pixels * (len(c) // max(1, groups))
    cover = tiles((groups, rows, features), dy.dtype, packed=False)
    ds = np.empty_like(dy, shape=(groups, cover.parts, features), dtype=wide(dy.dtype))
    if ds.size:
        args = (dy, ds, np.int64(pixels), np.int32(channels))
        _launch(run, "features", dy, cover, args, shared(cover, 1, dy.dtype))
    if cover.parts > 1:
        ds = reductions.sums(run, ds, None, ds.shape, ds.dtype)
    return ds.reshape(groups, features)


def _spread(
    run: Run,
    kept: Deviations,
    dy: Array | None,
    ds: Array | None,
    moved: Deviations | None,
    more: Array | None,
    features: int,
) -> Array:
    """The cotangent or its tangent, from sums (M, F): ds, or tds and ds as `more`."""
    (c, sigma), (tc, tsigma) = kept, (None, None) if moved is None else moved
    dx = np.empty_like(c)
    if c.size:
        channels, groups = c.shape[-1], len(sigma)
        cover = tiles(
            (len(c), c.size // (len(c) * channels), channels), c.dtype, packed=False
        )
        share = np.float64(features / (c.size // groups))
        args = (dy, c, sigma, ds, tc, tsigma, more, dx)
        args += (np.int64(groups), np.int32(features), share)
        _launch(run, "spread", c, cover, args)
    return dx


def _launch(
    run: Run, kernel: str, x: Array, cover: Tiles, args: tuple, memory: int = 0
) -> None:
    name = f"{kernel}<{ctype(x)}>"
    run(Launch(SOURCE, name, cover.grid, (*args, cover.view), shared=memory))
