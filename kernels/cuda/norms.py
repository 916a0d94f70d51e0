"""Statistics of normalisations, and the forward pass; see the source.

x (N, …, D). Statistics are (G, C) in float32, or float64 for float64: BatchNorm has
G = 1 and C = D, InstanceNorm G = N and C = D, LayerNorm G = N and C = 1. The twins are
`standardize` and `gain_and_bias` of the layers.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.kernels.cuda.channels_last import aligned, seen, shared, tiles, wide
from scratchgan.kernels.cuda.launch import CTYPES, Launch, Run, ctype, widths
from scratchgan.types import Array

SOURCE = "norms"

INSTANCES = (
    *(
        f"{kernel}<{name}, {width}>"
        for kernel in ("moments", "normalize")
        for name in CTYPES.values()
        for width in widths(name)
    ),
    *("finish<float>", "finish<double>"),
)


class Statistics(NamedTuple):
    """Of those numbers that share them; all (G, C)."""

    mean: Array
    r: Array  # (variance + eps)^(−½)
    variance: Array  # biased


def moments(run: Run, x: Array, groups: int, channels: int, eps: float) -> Statistics:
    """Mean and variance of x seen as (G, P, C), over P.

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    x : Array
        ``(N, …, D)``.
    groups : int
        G, which divides N.
    channels : int
        C: D, or one if all channels of a group share their statistics.
    eps : float
        Stabiliser added to the variance.

    Raises
    ------
    ValueError
        If x cannot be seen so.
    """
    if len(x) != groups * (len(x) // max(1, groups)):
        raise ValueError(f"groups: expected a divisor of {len(x)}, received {groups}")
    if channels not in (1, x.shape[-1]):
        raise ValueError(f"channels: expected 1 or {x.shape[-1]}, received {channels}")
    x, dtype = aligned(x), wide(x.dtype)
    mean = np.empty_like(x, shape=(groups, channels), dtype=dtype)
    found = Statistics(mean, np.empty_like(mean), np.empty_like(mean))
    if not mean.size:
        return found
    cover = tiles((groups, x.size // mean.size, channels), x.dtype)
    parts = (groups, cover.parts, channels)
    part = np.empty_like(mean, shape=(3, *parts))
    name = f"moments<{ctype(x)}, {cover.width}>"
    merging = shared(cover, 3, dtype)
    run(Launch(SOURCE, name, cover.grid, (x, part, cover.view), shared=merging))
    cover = tiles(parts, dtype, cut=False, packed=False)
    args = (part, *found, np.float64(eps), cover.view)
    merging = shared(cover, 3, dtype)
    run(Launch(SOURCE, f"finish<{ctype(part)}>", cover.grid, args, shared=merging))
    return found


def normalize(
    run: Run, x: Array, s: Statistics, gamma: Array | None, beta: Array | None
) -> tuple[Array, Array]:
    """The output y = γ h + β, and h = (x − mean) r.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x : Array
        ``(N, …, D)``.
    s : Statistics
        Of x, or running ones.
    gamma, beta : Array or None
        ``(D,)``.

    Returns
    -------
    y, h : Array
        Like `x`; y is h itself where there are neither γ nor β.
    """
    x = aligned(x)
    h = np.empty_like(x)
    y = h if gamma is None and beta is None else np.empty_like(x)
    if x.size:
        cover = tiles(seen(x, s.r), x.dtype)
        alone = np.int32(s.r.shape[1] == 1)
        args = (
            x,
            s.mean,
            s.r,
            gamma,
            beta,
            h,
            None if y is h else y,
            alone,
            cover.view,
        )
        run(Launch(SOURCE, f"normalize<{ctype(x)}, {cover.width}>", cover.grid, args))
    return y, h
