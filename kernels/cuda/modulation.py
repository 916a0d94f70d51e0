"""Numbers scaled by one number a sample and channel, and the sweeps; see the source.

x (N, …, C) and s (N, C). The twin is `layers.modulation`.
"""

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.cuda import reductions
from scratchgan.kernels.cuda.channels_last import aligned, seen, shared, tiles, wide
from scratchgan.kernels.cuda.launch import (
    CTYPES,
    Launch,
    Run,
    ctype,
    widths,
)
from scratchgan.types import Array

SOURCE = "modulation"

#: Numbers are read as the first type, and sums are written as the second.
TYPES = (*((name, name) for name in CTYPES.values()), ("__half", "float"))

INSTANCES = (
    *(
        f"{kernel}<{name}, {width}>"
        for kernel in ("forward", "jvp")
        for name in CTYPES.values()
        for width in widths(name)
    ),
    *(
        f"{kernel}<{name}, {sums}, {width}>"
        for kernel in ("backward", "backward_jvp")
        for name, sums in TYPES
        for width in widths(name)
    ),
)


def forward(run: Run, x: Array, s: Array) -> Array:
    """The product u = s x.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x : Array
        ``(N, …, C)``.
    s : Array
        ``(N, C)``.

    Raises
    ------
    ValueError
        If s is not one number a sample and channel, of the type of x.
    """
    _require_scale("s", s, x)
    x, u = aligned(x), np.empty_like(x, shape=x.shape)
    if x.size:
        cover = tiles(seen(x, s), x.dtype)
        args = (x, contiguous(s), u, cover.view)
        run(Launch(SOURCE, f"forward<{ctype(x)}, {cover.width}>", cover.grid, args))
    return u


def jvp(run: Run, x: Array, s: Array, tx: Array | None, ts: Array) -> Array:
    """The tangent tu = s tx + ts x.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x, s : Array
        As in `forward`.
    tx : Array or None
        Like `x`; None is zero.
    ts : Array
        Like `s`.

    Raises
    ------
    ValueError
        If a shape or type is another.
    """
    _require_scale("s", s, x)
    _require_scale("ts", ts, x)
    if tx is None:
        return forward(run, x, ts)
    _require_like("tx", tx, x)
    x, tx = aligned(x), aligned(tx)
    tu = np.empty_like(x)
    if x.size:
        cover = tiles(seen(x, s), x.dtype)
        args = (x, contiguous(s), tx, contiguous(ts), tu, cover.view)
        run(Launch(SOURCE, f"jvp<{ctype(x)}, {cover.width}>", cover.grid, args))
    return tu


def backward(run: Run, x: Array, s: Array, du: Array) -> tuple[Array, Array]:
    """The cotangents dx = s du and ds = Σ x du.

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    x, s : Array
        As in `forward`.
    du : Array
        Like `x`.

    Returns
    -------
    dx, ds : Array
        Like `x` and `s`.

    Raises
    ------
    ValueError
        If a shape or type is another.
    """
    _require_scale("s", s, x)
    _require_like("du", du, x)
    x, du = aligned(x), aligned(du)
    return _with_sums(run, "backward", s, (x, contiguous(s), du))


def backward_jvp(
    run: Run,
    x: Array,
    s: Array,
    du: Array,
    tx: Array | None,
    ts: Array,
    tdu: Array | None,
) -> tuple[Array, Array]:
    """The tangents tdx = s tdu + ts du and tds = Σ (x tdu + tx du).

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    x, s, du : Array
        As in `backward`.
    tx, tdu : Array or None
        Like `x`; None is zero.
    ts : Array
        Like `s`.

    Returns
    -------
    tdx, tds : Array
        Like `x` and `s`.

    Raises
    ------
    ValueError
        If a shape or type is another.
    """
    _require_scale("s", s, x)
    _require_scale("ts", ts, x)
    like = {"du": du, "tx": tx, "tdu": tdu}
    for name, array in like.items():
        if array is not None:
            _require_like(name, array, x)
    tx, tdu = (None if t is None else aligned(t) for t in (tx, tdu))
    args = (aligned(x), contiguous(s), aligned(du), tx, contiguous(ts), tdu)
    return _with_sums(run, "backward_jvp", s, args)


def _with_sums(
    run: Run, kernel: str, s: Array, args: tuple[Array | None, ...]
) -> tuple[Array, Array]:
    """What a kernel writes like its first argument, and its sums over P, like s."""
    x = args[0]
    assert x is not None
    written, sums = np.empty_like(x), np.empty_like(s, shape=s.shape)
    if not s.size:
        return written, sums
    cover = tiles(seen(x, s), x.dtype)
    partial = (len(s), cover.parts, s.shape[1])
    several = cover.parts > 1
    found = np.empty_like(x, shape=partial, dtype=wide(x.dtype)) if several else sums
    name = f"{kernel}<{ctype(x)}, {CTYPES[found.dtype.name]}, {cover.width}>"
    merging = shared(cover, 1, x.dtype)
    all_args = (*args, written, found, cover.view)
    run(Launch(SOURCE, name, cover.grid, all_args, shared=merging))
    if several:
        sums = reductions.sums(run, found, None, partial, s.dtype)
    return written, sums


def _require_scale(name: str, s: Array, x: Array) -> None:
    expected = (len(x), x.shape[-1])
    if (s.shape, s.dtype) != (expected, x.dtype):
        raise ValueError(
            f"{name}: expected {x.dtype} {expected}, received {s.dtype} {s.shape}"
        )


def _require_like(name: str, a: Array, x: Array) -> None:
    if (a.shape, a.dtype) != (x.shape, x.dtype):
        raise ValueError(
            f"{name}: expected {x.dtype} {x.shape}, received {a.dtype} {a.shape}"
        )
