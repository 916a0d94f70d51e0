"""Many tensors in one launch: sums of squares, copies, and tables for other kernels.

The twins are `np.vdot` and `np.copyto`, array by array.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.cuda.division import structure
from scratchgan.kernels.cuda.launch import CTYPES, Launch, Run, address, blocks, ctype
from scratchgan.types import Array

SOURCE = "tensors"

INSTANCES = (*(f"squares<{name}>" for name in CTYPES.values()), "totals", "copy")

CHUNK = 4096  # numbers of a block: four packs of floats a thread, and many blocks
BYTES = 16 * CHUNK  # of a block of `copy`

#: The structure of the source.
TENSORS, COLUMNS = 48, 7
TABLE = np.dtype(
    [
        ("array", "u8", (TENSORS, COLUMNS)),
        ("size", "i8", TENSORS),
        ("first", "i4", TENSORS + 1),
    ],
    align=True,
)

#: One tensor's arrays, column by column; None where there is none.
Row = Sequence[Array | None]


class Table(NamedTuple):
    """Some tensors of a launch."""

    where: np.void  # `TABLE`
    count: int
    chunks: int


def tables(rows: Sequence[Row], chunk: int = CHUNK, byte: bool = False) -> list[Table]:
    """All tensors, as many at a time as one launch takes.

    Parameters
    ----------
    rows : sequence of sequence of Array
        Contiguous arrays, the first of which tells the size.
    chunk : int
        Numbers of a block.
    byte : bool
        Whether numbers are bytes.

    Raises
    ------
    ValueError
        If that is more chunks than a grid has.
    """
    return [
        _table(rows[start : start + TENSORS], chunk, byte)
        for start in range(0, len(rows), TENSORS)
    ]


def squares(run: Run, tensors: Sequence[Array]) -> Array:
    """Sum of x² of every tensor, float64 ``(K,)``, on their device.

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    tensors : sequence of Array
        At least one, contiguous; of one type.

    Raises
    ------
    ValueError
        If there is none, or one has another type or numbers apart.
    """
    if not tensors:
        raise ValueError("tensors: expected at least one, received none")
    of = tensors[0]
    for x in tensors:
        if x.dtype != of.dtype or not x.flags.c_contiguous:
            raise ValueError(
                f"tensors: expected contiguous {of.dtype.name}, received "
                f"{x.dtype.name} {x.shape} with strides {x.strides}"
            )
    total = np.empty_like(of, shape=len(tensors), dtype=np.float64)
    for first, table in _numbered(tables([(x,) for x in tensors])):
        part = np.empty_like(total, shape=max(1, table.chunks))
        if table.chunks:
            args = (table.where, np.int32(CHUNK), part)
            run(Launch(SOURCE, f"squares<{ctype(of)}>", blocks(table.chunks, 1), args))
        sums = (table.where, part, total[first : first + table.count])
        run(Launch(SOURCE, "totals", blocks(table.count, 1), sums))
    return total


def copy(run: Run, pairs: Sequence[tuple[Array, Array]]) -> None:
    """Copy the numbers of the first of every pair over those of the second.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    pairs : sequence of (Array, Array)
        Of one shape and type, contiguous, apart in memory.

    Raises
    ------
    ValueError
        If two differ in shape or type, or have numbers apart.
    """
    for x, y in pairs:
        whole = x.flags.c_contiguous and y.flags.c_contiguous
        if (x.shape, x.dtype) != (y.shape, y.dtype) or not whole:
            raise ValueError(
                f"pairs: expected contiguous arrays of one shape and type, received "
                f"{x.dtype.name} {x.shape} and {y.dtype.name} {y.shape}"
            )
    for table in tables(pairs, BYTES, byte=True):
        if table.chunks:
            grid = blocks(table.chunks, 1)
            run(Launch(SOURCE, "copy", grid, (table.where, np.int32(BYTES))))


def _numbered(found: list[Table]) -> Iterator[tuple[int, Table]]:
    """Tables, and the number of the first tensor of each."""
    return ((i * TENSORS, table) for i, table in enumerate(found))


def _table(rows: Sequence[Row], chunk: int, byte: bool) -> Table:
    array, size = np.zeros((TENSORS, COLUMNS), "u8"), np.zeros(TENSORS, "i8")
    for k, row in enumerate(rows):
        assert row[0] is not None
        array[k, : len(row)] = [0 if a is None else address(a) for a in row]
        size[k] = row[0].nbytes if byte else row[0].size
    first = np.concatenate([[0], np.cumsum(-(-size // chunk))])
    chunks = int(first[-1])
    blocks(chunks, 1)
    where = structure(TABLE, array=array, size=size, first=first)
    return Table(where, len(rows), chunks)
