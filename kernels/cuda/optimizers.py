"""Adam, RMSProp and averages of all tensors at once; see the source.

The twins are `scratchgan.kernels.adam`, and `rmsprop` and `ema` of `scratchgan.optim`.
Results are new arrays. What changes from step to step comes in device memory.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.cuda.launch import Launch, Run, blocks, ctype
from scratchgan.kernels.cuda.tensors import CHUNK, Row, tables
from scratchgan.types import Array

SOURCE = "optimizers"

#: Types of parameters and of gradients.
TYPES = ("float, float", "float, __half", "double, double")

INSTANCES = (
    *(f"{kernel}<{types}>" for kernel in ("adam", "rmsprop") for types in TYPES),
    *("follow<float>", "follow<double>"),
)


def adam(
    run: Run,
    tensors: Sequence[Row],
    constants: Array,
    *,
    beta1: float,
    beta2: float,
    eps: float,
) -> list[tuple[Array, Array | None, Array]]:
    """One update of Adam.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    tensors : sequence of (p, g, m, s)
        Parameters and moments in float32 or float64, gradients of the same type, or
        float16 where that is float32. m is None where β₁ = 0.
    constants : Array
        float64 ``(2,)``, read when the kernel runs: lr / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ).
    beta1, beta2, eps : float
        As in `optim.Adam`.

    Returns
    -------
    list of (p, m, s)
        After the update.

    Raises
    ------
    ValueError
        If an array or `constants` is not as said, or there is an m though β₁ is zero,
        or the other way round.
    """
    rows, found = [], []
    for tensor in tensors:
        _require_tensor(tensor, gradient=1)
        p, g, m, s = map(_contiguous, tensor)
        if (m is None) != (beta1 == 0):
            there = "none" if beta1 == 0 else "one"
            raise ValueError(f"m: expected {there} for beta1 = {beta1}")
        after = np.empty_like(p), None if m is None else np.empty_like(m)
        found.append((*after, np.empty_like(s)))
        rows.append((p, g, m, s, *found[-1]))
    _launch(run, "adam", rows, constants, 2, (beta1, beta2, eps))
    return found


def rmsprop(
    run: Run, tensors: Sequence[Row], constants: Array, *, alpha: float, eps: float
) -> list[tuple[Array, Array]]:
    """One update of RMSProp.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    tensors : sequence of (p, g, s)
        As of `adam`.
    constants : Array
        float64 ``(1,)``, read when the kernel runs: the learning rate.
    alpha, eps : float
        As in `optim.RMSProp`.

    Returns
    -------
    list of (p, s)
        After the update.

    Raises
    ------
    ValueError
        If an array or `constants` is not as said.
    """
    rows, found = [], []
    for tensor in tensors:
        _require_tensor(tensor, gradient=1)
        p, g, s = map(_contiguous, tensor)
        found.append((np.empty_like(p), np.empty_like(s)))
        rows.append((p, g, None, s, found[-1][0], None, found[-1][1]))
    _launch(run, "rmsprop", rows, constants, 1, (alpha, eps))
    return found


def follow(run: Run, tensors: Sequence[Row], keep: Array) -> list[Array]:
    """Averages after an update, d q + (1 − d) p.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    tensors : sequence of (q, p)
        Averages and what they follow, float32 or float64.
    keep : Array
        float64 ``(1,)``, read when the kernel runs: d.

    Raises
    ------
    ValueError
        If an array or `keep` is not as said.
    """
    rows, found = [], []
    for tensor in tensors:
        _require_tensor(tensor)
        q, p = map(_contiguous, tensor)
        found.append(np.empty_like(q))
        rows.append((q, p, found[-1]))
    _launch(run, "follow", rows, keep, 1, ())
    return found


def _launch(
    run: Run,
    kernel: str,
    rows: list[Row],
    constants: Array,
    count: int,
    shares: tuple[float, ...],
) -> None:
    """As many launches as tables take."""
    if (constants.dtype, constants.shape) != (np.float64, (count,)):
        raise ValueError(
            f"constants: expected float64 ({count},), received "
            f"{constants.dtype.name} {constants.shape}"
        )
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(_types(kernel, row), []).append(row)
    for types, same in kinds.items():
        for where, _, chunks in tables(same):
            args = (where, np.int32(CHUNK), constants, *map(np.float64, shares))
            if chunks:
                run(Launch(SOURCE, f"{kernel}<{types}>", blocks(chunks, 1), args))


def _types(kernel: str, row: Row) -> str:
    p, g = row[:2]
    assert p is not None
    assert g is not None
    return ctype(p) if kernel == "follow" else f"{ctype(p)}, {ctype(g)}"


def _contiguous(x: Any) -> Any:
    return None if x is None else contiguous(x)


def _require_tensor(tensor: Row, gradient: int = -1) -> None:
    """All arrays of a tensor are like its first; a gradient may have half its bits."""
    of = tensor[0]
    assert of is not None
    if of.dtype not in (np.float32, np.float64):
        raise ValueError(f"tensors: expected float32 or float64, received {of.dtype}")
    for k, a in enumerate(tensor):
        if a is None:
            continue
        half = k == gradient and (of.dtype, a.dtype) == (np.float32, np.float16)
        if a.shape != of.shape or not (half or a.dtype == of.dtype):
            raise ValueError(
                f"tensors: expected {of.dtype.name} {of.shape} in column {k}, "
                f"received {a.dtype.name} {a.shape}"
            )
