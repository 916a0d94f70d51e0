"""Adam and RMSProp on all tensors at once, with average and half copy; see the source.

The twins are `scratchgan.kernels.adam`, and `adam`, `rmsprop` and `ema` of
`scratchgan.optim`. Here an update is in place: its arrays stay where they are, as a
captured step needs it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from scratchgan.backend import like
from scratchgan.kernels.cuda.launch import Launch, Run, address, blocks, ctype
from scratchgan.types import Array

SOURCE = "optimizers"

#: Types of parameters and of gradients.
TYPES = ("float, float", "float, __half", "double, double")

INSTANCES = tuple(
    f"{kernel}<{types}>" for kernel in ("adam", "rmsprop") for types in TYPES
)

CHUNK = 4096  # numbers of a block: four packs a thread, and many blocks

#: For each tensor an array, or None.
Column = Sequence[Array | None]


class Table(NamedTuple):
    """Where all tensors lie and how they are cut, on the device; made by `table`.

    Parameters
    ----------
    addresses : Array
        uint64 ``(K, 6)``: of p, g, m, s, average and half; 0 for none.
    sizes : Array
        int64 ``(K,)``.
    chunks : Array
        int32 ``(C, 2)``: tensor, and which chunk of it.
    types : str
        One of `TYPES`.
    moments : bool
        Whether there are first moments.
    arrays : tuple
        All arrays, so that they live as long as their addresses.
    """

    addresses: Array
    sizes: Array
    chunks: Array
    types: str
    moments: bool
    arrays: tuple[Column, ...]


def table(
    p: Sequence[Array],
    g: Column,
    m: Column | None,
    s: Column,
    average: Column | None = None,
    half: Column | None = None,
) -> Table:
    """The table of a tree of parameters, made once: all arrays stay where they are.

    Gradients too. Those of every step have to be written into the same arrays, which is
    so in a captured step.

    Parameters
    ----------
    p : sequence of Array
        Parameters, float32 or float64, contiguous.
    g : sequence of Array or None
        Gradients, of the type of `p`, or float16 where that is float32. Where there is
        none, the tensor stays as it is; average and half still follow.
    m : sequence of Array or None
        First moments; None where β₁ = 0, and for RMSProp.
    s : sequence of Array or None
        Second moments, wherever there is a gradient.
    average : sequence of Array or None
        Moving averages of the parameters.
    half : sequence of Array or None
        float16, where the rounded parameters are written to.

    Raises
    ------
    ValueError
        If there is no tensor, or an array is missing or not as said; TypeError for
        numbers of which there are no kernels.
    """
    if not p:
        raise ValueError("p: expected at least one tensor, received none")
    none = [None] * len(p)
    columns = {"p": p, "g": g, "m": m or none, "s": s}
    columns |= {"average": average or none, "half": half or none}
    gradient = next((a for a in g if a is not None), p[0])
    types = f"{ctype(p[0])}, {ctype(gradient)}"
    if types not in TYPES:
        raise ValueError(f"p, g: expected one of {TYPES}, received {types!r}")
    for name, column in columns.items():
        dtype = {"g": gradient.dtype, "half": np.dtype("float16")}.get(name, p[0].dtype)
        _require_like(p, name, column, dtype)
    moments = any(a is not None for a in columns["m"])
    _require_moments("s", g, s)
    if moments:
        _require_moments("m", g, columns["m"])
    rows = [
        [0 if a is None else address(a) for a in row]
        for row in zip(*columns.values(), strict=True)
    ]
    sizes = np.array([a.size for a in p], np.int64)
    made = (np.array(rows, np.uint64), sizes, chunks_of(sizes))
    return Table(
        *(like(a, p[0]) for a in made), types, moments, tuple(columns.values())
    )


def chunks_of(sizes: Array) -> Array:
    """Tensor and chunk of every block, int32 ``(C, 2)``, for int64 ``(K,)`` sizes."""
    counts = -(-sizes // CHUNK)
    tensors = np.repeat(np.arange(len(sizes)), counts)
    before = np.cumsum(counts) - counts
    numbers = np.arange(len(tensors)) - before[tensors]
    return np.stack([tensors, numbers], axis=1).astype(np.int32)


def adam(
    run: Run,
    tensors: Table,
    constants: Array,
    *,
    beta1: float,
    beta2: float,
    eps: float,
) -> None:
    """One update of Adam, of the averages and of the half copies, in place.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    tensors : Table
        What is updated.
    constants : Array
        float64 ``(3,)``, read when the kernel runs: lr / (1 − β₁ᵗ), 1 / √(1 − β₂ᵗ) and
        the share of the old average that is kept.
    beta1, beta2, eps : float
        As in `optim.Adam`.

    Raises
    ------
    ValueError
        If `constants` is not as said, or β₁ is zero and there are first moments, or the
        other way round.
    """
    if (beta1 != 0) != tensors.moments:
        expected = "beta1 other than 0" if tensors.moments else "0"
        raise ValueError(f"beta1: expected {expected}, received {beta1}")
    _update(run, "adam", tensors, constants, (beta1, beta2, eps))


def rmsprop(
    run: Run, tensors: Table, constants: Array, *, alpha: float, eps: float
) -> None:
    """One update of RMSProp, of the averages and of the half copies, in place.

    Parameters and errors are those of `adam`; `alpha` and `eps` are as in
    `optim.RMSProp`. The first of `constants` is lr, the second is not used, and there
    are no first moments.
    """
    if tensors.moments:
        raise ValueError("tensors: expected no first moments, received some")
    _update(run, "rmsprop", tensors, constants, (alpha, eps))


def _update(
    run: Run, kernel: str, tensors: Table, constants: Array, shares: tuple[float, ...]
) -> None:
    if constants.dtype != np.float64 or constants.shape != (3,):
        raise ValueError(
            "constants: expected float64 (3,), received "
            f"{constants.dtype.name} {constants.shape}"
        )
    where = (tensors.addresses, tensors.sizes, tensors.chunks, np.int32(CHUNK))
    args = (*where, constants, *(np.float64(share) for share in shares))
    count = len(tensors.chunks)
    if count:
        name = f"{kernel}<{tensors.types}>"
        run(Launch(SOURCE, name, blocks(count, 1), args))


def _require_like(p: Column, name: str, column: Column, dtype: np.dtype) -> None:
    """Every array of `column` has the shape of its parameters, and its type."""
    if len(column) != len(p):
        raise ValueError(f"{name}: expected {len(p)} tensors, received {len(column)}")
    for k, (of, a) in enumerate(zip(p, column, strict=True)):
        if a is None and name != "p":
            continue
        if (a.shape, a.dtype) != (of.shape, dtype) or not a.flags.c_contiguous:
            raise ValueError(
                f"{name}[{k}]: expected contiguous {dtype.name} {of.shape}, "
                f"received {a.dtype.name} {a.shape} with strides {a.strides}"
            )


def _require_moments(name: str, g: Column, column: Column) -> None:
    """Where there is a gradient, there is a moment."""
    for k, (gradient, moment) in enumerate(zip(g, column, strict=True)):
        if gradient is not None and moment is None:
            raise ValueError(f"{name}[{k}]: expected an array, received None")
