"""StyleGAN2's demodulation and its derivatives, products included; see the source.

Style s (N, C), weights W (K, K, C, O), sums of their squares Q (C, O), d (N, O). What
is given as `more` is added in the same launch: the gradient that reaches s or W through
the convolution itself. The twin is `demodulation` of the layers.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.cuda.channels_last import aligned, wide
from scratchgan.kernels.cuda.launch import (
    ALIGNMENT,
    BLOCK,
    CTYPES,
    Launch,
    Run,
    blocks,
    ctype,
)
from scratchgan.types import Array

SOURCE = "demodulation"

WARP = 32
ROWS = BLOCK // WARP  # kRows of the source
STYLE = (4, 2)  # samples and channels of a warp of `style`
WEIGHTS = 4  # channels of a thread of `weights`

INSTANCES = (
    *(
        f"squares<{name}, {width}>"
        for name in CTYPES.values()
        for width in (1, 2 if name == "double" else 4)
    ),
    *(f"{kernel}<{name}>" for kernel in ("forward", "jvp") for name in CTYPES.values()),
    *(
        f"{kernel}<{name}, {tangent}>"
        for kernel in ("style", "weights")
        for name in CTYPES.values()
        for tangent in ("false", "true")
    ),
)


class Tangents(NamedTuple):
    """Along which the product rule differentiates backward."""

    ts: Array  # (N, C)
    td: Array  # (N, O)
    tdd: Array  # (N, O)


def squares(run: Run, W: Array) -> Array:
    """Q = Σ W² over taps, (C, O) in float32, or float64 where W is.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    W : Array
        ``(K, K, C, O)``.
    """
    W = aligned(W)
    Q = np.empty_like(W, shape=W.shape[-2:], dtype=wide(W.dtype))
    if Q.size:
        width = ALIGNMENT // Q.dtype.itemsize
        width = width if Q.size % width == 0 else 1
        args = (W, Q, np.int32(W.size // Q.size), np.int64(Q.size))
        name = f"squares<{ctype(W)}, {width}>"
        run(Launch(SOURCE, name, blocks(Q.size, BLOCK * width), args))
    return Q


def forward(run: Run, s: Array, Q: Array, eps: float) -> Array:
    """Demodulation d = (s² Q + eps)^(−½), (N, O).

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    s : Array
        ``(N, C)``.
    Q : Array
        ``(C, O)``, from `squares`.
    eps : float
        Stabiliser below the root.

    Raises
    ------
    ValueError
        If Q has other channels than s, or another type than sums of it.
    """
    _require_squares(Q, s)
    d = np.empty_like(s, shape=(len(s), Q.shape[1]))
    if d.size:
        sizes = _sizes(s, d)
        args = (contiguous(s), Q, d, *sizes, np.float64(eps))
        run(Launch(SOURCE, f"forward<{ctype(s)}>", _outputs(d), args))
    return d


def jvp(run: Run, s: Array, Q: Array, d: Array, ts: Array) -> Array:
    """The tangent td = −d³ (s ts) Q.

    Raises
    ------
    ValueError
        If a shape or type is another.
    """
    _require_squares(Q, s)
    _require(s.shape, s.dtype, ts=ts)
    _require((len(s), Q.shape[1]), s.dtype, d=d)
    td = np.empty_like(s, shape=d.shape)
    if d.size:
        args = (contiguous(s), Q, contiguous(d), contiguous(ts), td, *_sizes(s, d))
        run(Launch(SOURCE, f"jvp<{ctype(s)}>", _outputs(d), args))
    return td


def style(
    run: Run,
    s: Array,
    Q: Array,
    d: Array,
    dd: Array,
    tangents: Tangents | None = None,
    more: Array | None = None,
) -> Array:
    """The cotangent of s for that of d, ds; or, along tangents, its tangent tds.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    s, Q : Array
        As in `forward`.
    d, dd : Array
        ``(N, O)``: its result, and the cotangent of it.
    tangents : Tangents, optional
        Those of s, d and dd.
    more : Array, optional
        ``(N, C)``, added.

    Raises
    ------
    ValueError
        If a shape or type is another.
    """
    _require_squares(Q, s)
    _require(s.shape, s.dtype, more=more)
    _require_cotangent(s, (len(s), Q.shape[1]), d, dd, tangents)
    found = np.empty_like(s, shape=s.shape)
    if found.size:
        args = (contiguous(s), Q, *_operands(d, dd, tangents), _of(more), found)
        warps = -(-len(s) // STYLE[0]) * -(-s.shape[1] // STYLE[1])
        name = f"style<{ctype(s)}, {_flag(tangents)}>"
        run(Launch(SOURCE, name, blocks(warps, ROWS), (*args, *_sizes(s, d))))
    return found


def weights(
    run: Run,
    s: Array,
    W: Array,
    d: Array,
    dd: Array,
    tangents: Tangents | None = None,
    more: Array | None = None,
) -> Array:
    """The cotangent of W for that of d, dW; or, along tangents, its tangent tdW.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    s, d, dd, tangents : Array
        As in `style`.
    W : Array
        ``(K, K, C, O)``.
    more : Array, optional
        Like `W`, added.

    Raises
    ------
    ValueError
        If a shape or type is another.
    """
    outputs = W.shape[-1]
    _require((*W.shape[:2], s.shape[1], outputs), s.dtype, W=W)
    _require(W.shape, s.dtype, more=more)
    _require_cotangent(s, (len(s), outputs), d, dd, tangents)
    found = np.empty_like(W, shape=W.shape)
    if found.size:
        operands = _operands(d, dd, tangents)
        taps = np.int32(W.size // (s.shape[1] * outputs))
        args = (contiguous(s), contiguous(W), *operands, _of(more), found, taps)
        count = -(-outputs // WARP) * -(-s.shape[1] // (ROWS * WEIGHTS))
        name = f"weights<{ctype(s)}, {_flag(tangents)}>"
        run(Launch(SOURCE, name, blocks(count, 1), (*args, *_sizes(s, d))))
    return found


def _outputs(d: Array) -> tuple[int, int, int]:
    """Blocks of 8 samples and 32 outputs."""
    return blocks(-(-len(d) // ROWS) * -(-d.shape[1] // WARP), 1)


def _sizes(s: Array, d: Array) -> tuple[np.int64, np.int64, np.int64]:
    return np.int64(len(s)), np.int64(s.shape[1]), np.int64(d.shape[1])


def _operands(d: Array, dd: Array, tangents: Tangents | None) -> tuple:
    """The arrays d, dd, ts, td and tdd, as the kernels take them."""
    along = (None, None, None) if tangents is None else map(contiguous, tangents)
    return (contiguous(d), contiguous(dd), *along)


def _of(more: Array | None) -> Array | None:
    return None if more is None else contiguous(more)


def _flag(tangents: Tangents | None) -> str:
    return "false" if tangents is None else "true"


def _require_squares(Q: Array, s: Array) -> None:
    _require((s.shape[1], Q.shape[-1]), wide(s.dtype), Q=Q)


def _require_cotangent(
    s: Array, outputs: tuple[int, int], d: Array, dd: Array, tangents: Tangents | None
) -> None:
    _require(outputs, s.dtype, d=d, dd=dd)
    if tangents is not None:
        _require(s.shape, s.dtype, ts=tangents.ts)
        _require(outputs, s.dtype, td=tangents.td, tdd=tangents.tdd)


def _require(shape: tuple[int, ...], dtype: np.dtype, **arrays: Array | None) -> None:
    for name, x in arrays.items():
        if x is not None and (x.shape, x.dtype) != (shape, dtype):
            raise ValueError(
                f"{name}: expected {dtype} {shape}, received {x.dtype} {x.shape}"
            )
