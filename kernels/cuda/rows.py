"""Launches of kernels that work row by row, one warp each; see `rows.cuh`."""

from typing import Any

import numpy as np

from scratchgan.kernels.cuda.channels_last import aligned
from scratchgan.kernels.cuda.launch import (
    ALIGNMENT,
    BLOCK,
    Launch,
    Run,
    blocks,
    ctype,
)
from scratchgan.types import Array

WARP = 32


def launch_rows(run: Run, source: str, kernel: str, x: Array, *args: Any) -> None:
    """Run a kernel over the rows of x, unless there are none.

    Parameters
    ----------
    run : Run
        Who runs it.
    source, kernel : str
        Its stem and name; ``<type, width>`` is added to the name.
    x : Array
        ``(…, C)``, aligned.
    *args : Any
        The kernel's, but for the number of rows and C, which are added.
    """
    if not x.size:
        return
    size = x.shape[-1]
    width = ALIGNMENT // x.dtype.itemsize
    name = f"{kernel}<{ctype(x)}, {width if size % width == 0 else 1}>"
    rows = x.size // size
    args = (*args, np.int64(rows), np.int64(size))
    run(Launch(source, name, blocks(rows, BLOCK // WARP), args))


def alike(x: Array, **others: Array | None) -> list[Any]:
    """All of them aligned; None where they are.

    Raises
    ------
    ValueError
        If one has another shape or type than x.
    """
    for name, other in others.items():
        if other is not None and (other.shape, other.dtype) != (x.shape, x.dtype):
            raise ValueError(
                f"{name}: expected {x.dtype} {x.shape}, "
                f"received {other.dtype} {other.shape}"
            )
    return [None if a is None else aligned(a) for a in (x, *others.values())]
