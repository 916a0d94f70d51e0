"""Sweeps of normalisations; see the source for the equations.

h (N, …, D) and r (G, C) are those of `norms`. The twins are `project` and
`project_tangent` of the layers' `standardize`, and `gain_and_bias`.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.kernels.cuda import reductions
from scratchgan.kernels.cuda.channels_last import Tiles, aligned, seen, shared, tiles
from scratchgan.kernels.cuda.launch import CTYPES, Launch, Run, ctype, widths
from scratchgan.types import Array

SOURCE = "norm_sweeps"

INSTANCES = (
    *(
        f"{kernel}<{name}, {width}>"
        for kernel in ("sums", "project", "project_tangent")
        for name in CTYPES.values()
        for width in widths(name)
    ),
    *(f"weighted<{name}>" for name in CTYPES.values()),
)


class Norm(NamedTuple):
    """What the sweeps need of the forward pass."""

    h: Array  # (N, …, D)
    r: Array  # (G, C)
    gamma: Array | None  # (D,)


class Sums(NamedTuple):
    """Two sums, of u and of h u as a rule; kept for later sweeps."""

    together: Array  # over the numbers that share a statistic, gamma times: (2, G, C)
    by_channel: Array | None  # for `gradient`, (2, G, D); None without a gamma


def backward(run: Run, norm: Norm, dy: Array) -> tuple[Array, Sums]:
    """The cotangent dx = P(γ dy), and the sums behind it.

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    norm : Norm
        What the forward pass kept.
    dy : Array
        Like h.
    """
    dy, dx = aligned(dy), np.empty_like(norm.h)
    sums = _sums(run, norm, dy, None, None, norm.gamma)
    outside = norm.gamma is not None and not _alone(norm)
    outputs = (None, dx) if outside else (dx, None)
    _project(run, norm, dy, sums, outputs, _alone(norm))
    return dx, sums


def jvp(run: Run, norm: Norm, tx: Array) -> tuple[Array, Array, Sums]:
    """The tangent ty = γ th, that of h, th = P tx, and the sums behind it."""
    tx, th = aligned(tx), np.empty_like(norm.h)
    sums = _sums(run, norm, tx, None, None, None)
    ty = th if norm.gamma is None else np.empty_like(th)
    _project(run, norm, tx, sums, (th, None if ty is th else ty), np.int32(0))
    return ty, th, sums


def backward_jvp(
    run: Run,
    norm: Norm,
    dy: Array,
    sums: Sums,
    th: Array,
    tsums: Sums,
    tdy: Array | None,
) -> tuple[Array, Sums]:
    """The tangent tdx of dx, and the sums whose `gradient` is (tdγ, tdβ).

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    norm : Norm
        What the forward pass kept.
    dy, sums : Array, Sums
        Taken and given by `backward`.
    th, tsums : Array, Sums
        Given by `jvp`.
    tdy : Array or None
        Tangent of dy; None is an exact zero.
    """
    dy, th, h = aligned(dy), aligned(th), aligned(norm.h)
    tdy = None if tdy is None else aligned(tdy)
    moved = _sums(run, norm, tdy, dy, th, norm.gamma)
    tdx = np.empty_like(dy)
    kept = (sums.together, tsums.together, moved.together)
    alone = _alone(norm)
    args = (dy, h, th, tdy, norm.r, *kept, norm.gamma, tdx, alone, alone)
    _elementwise(run, "project_tangent", norm, args)
    return tdx, moved


def sums(run: Run, norm: Norm, u: Array) -> Sums:
    """Those of `backward` or `jvp` alone, of a norm without a gain."""
    return _sums(run, norm, aligned(u), None, None, None)


def gradient(run: Run, sums: Sums, dtype: np.dtype) -> tuple[Array, Array]:
    """(dγ, dβ), each (D,), from the sums of `backward`; tangents from `backward_jvp`.

    Raises
    ------
    ValueError
        If the sums are not of a norm with a gain.
    """
    if sums.by_channel is None:
        raise ValueError("sums: expected those of a norm with γ, received one without")
    found = reductions.sums(run, sums.by_channel, None, sums.by_channel.shape, dtype)
    return found[1], found[0]


def _sums(
    run: Run,
    norm: Norm,
    u: Array | None,
    w: Array | None,
    th: Array | None,
    gamma: Array | None,
) -> Sums:
    """Sums of u and of h u + th w, over the numbers that share, gamma times."""
    h, alone = aligned(norm.h), bool(_alone(norm))
    groups, positions, channels = seen(h, norm.r)
    if alone and gamma is None:
        positions, channels = positions * channels, 1
    cover = tiles((groups, positions, channels), h.dtype)
    found = np.empty_like(norm.r, shape=(2 * groups, cover.parts, channels))
    if found.size:
        name = f"sums<{ctype(h)}, {cover.width}>"
        _merging(run, name, cover, (u, h, w, th, found), 2)
    if cover.parts > 1:
        found = reductions.sums(run, found, None, found.shape, found.dtype)
    by_channel = found.reshape(2, groups, channels)
    if not alone:
        return Sums(by_channel, by_channel)
    if gamma is None:
        return Sums(by_channel, None)
    together = np.empty_like(norm.r, shape=(2, groups, 1))
    if together.size:
        over = tiles((2 * groups, channels, 1), found.dtype, cut=False, packed=False)
        _merging(run, f"weighted<{ctype(h)}>", over, (found, gamma, together), 1)
    return Sums(together, by_channel)


def _project(
    run: Run,
    norm: Norm,
    u: Array,
    sums: Sums,
    outputs: tuple[Array | None, Array | None],
    before: np.int32,
) -> None:
    """P u, or P of gamma u, into the first of `outputs`, gamma times into the other."""
    args = (u, aligned(norm.h), norm.r, sums.together, norm.gamma, *outputs, before)
    _elementwise(run, "project", norm, (*args, _alone(norm)))


def _elementwise(run: Run, kernel: str, norm: Norm, args: tuple) -> None:
    h, r = norm.h, norm.r
    if h.size:
        cover = tiles(seen(h, r), h.dtype)
        args = (*args, np.float64(r.size / h.size), cover.view)
        run(Launch(SOURCE, f"{kernel}<{ctype(h)}, {cover.width}>", cover.grid, args))


def _merging(run: Run, name: str, cover: Tiles, args: tuple, kept: int) -> None:
    memory = shared(cover, kept, args[-1].dtype)
    run(Launch(SOURCE, name, cover.grid, (*args, cover.view), shared=memory))


def _alone(norm: Norm) -> np.int32:
    """Whether all channels of a group share one statistic."""
    return np.int32(norm.r.shape[1] == 1)
