"""A launch of a CUDA kernel as data: what to run, on how many threads, with what.

A launcher is a function of arrays that makes its results and hands a `Launch` to a
`Run`. Who runs it, a GPU or the tests' emulator, is none of its business, so that the
same launcher, grid and arguments are checked without a GPU.
"""

from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from scratchgan.types import Array

#: Of the sources and of their headers.
FOLDER = Path(__file__).parent
BLOCK = 256  # threads of a block, if nothing speaks for another number
MAX_GRID = 2**31 - 1  # blocks along x
ALIGNMENT = 16  # bytes that a thread reads at once

#: How the sources name the types of numbers.
CTYPES = {"float16": "__half", "float32": "float", "float64": "double"}


class Launch(NamedTuple):
    """One kernel on one grid.

    Parameters
    ----------
    source : str
        Stem of the `.cu` file.
    kernel : str
        The kernel as a C++ expression, ``forward<float, 4>``; one of the source's
        `INSTANCES`.
    grid : tuple of int
        Blocks along x, y and z.
    args : tuple
        Arrays, NumPy scalars of the parameters' own types, ``np.void`` for structures,
        and None for null.
    block : int
        Threads of a block, a multiple of 32.
    shared : int
        Bytes of dynamic shared memory.
    """

    source: str
    kernel: str
    grid: tuple[int, int, int]
    args: tuple[Any, ...]
    block: int = BLOCK
    shared: int = 0


class Run(Protocol):
    """Whoever runs launches and products, one after the other, in order."""

    def __call__(self, launch: Launch) -> None:
        """Run a kernel."""
        ...

    def product(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """The product a @ b, in `out` if that is given; float16 adds in float32."""
        ...

    def compute(self, dtype: np.dtype) -> str:
        """How products round operands of that type: "tf32", "f16"; else its name."""
        ...

    def fastest(
        self, problem: Hashable, ways: Mapping[str, Callable[[], Array]]
    ) -> Array:
        """What one of several ways to solve a problem gives, the fastest if known."""
        ...


def ctype(x: Array) -> str:
    """The C++ type of the numbers of `x`.

    Raises
    ------
    TypeError
        If no kernel is compiled for it.
    """
    name = x.dtype.name
    if name not in CTYPES:
        raise TypeError(f"dtype: expected one of {', '.join(CTYPES)}, received {name}")
    return CTYPES[name]


def pack(*arrays: Array | None) -> int:
    """How many numbers a thread reads at once: 16 bytes, or one where that cannot be.

    It cannot where an array does not start at a multiple of 16 bytes, or its size is
    not a multiple of so many numbers.
    """
    given = [x for x in arrays if x is not None]
    width = ALIGNMENT // given[0].dtype.itemsize
    fits = all(address(x) % ALIGNMENT == 0 and x.size % width == 0 for x in given)
    return width if fits else 1


def widths(name: str) -> tuple[int, ...]:
    """The widths that `pack` may give for the C++ type called `name`."""
    dtype = next(d for d, c in CTYPES.items() if c == name)
    return (1, ALIGNMENT // np.dtype(dtype).itemsize)


def address(x: Array) -> int:
    """Where the numbers of `x` start, on whichever device they are."""
    cuda = getattr(x, "__cuda_array_interface__", None)
    return int((cuda or x.__array_interface__)["data"][0])


def blocks(n: int, each: int) -> tuple[int, int, int]:
    """A grid in which every block takes `each` of `n`; at least one block.

    Raises
    ------
    ValueError
        If that is more blocks than a grid may have.
    """
    count = max(1, -(-n // each))
    if count > MAX_GRID:
        raise ValueError(
            f"n: expected at most {MAX_GRID * each} elements, received {n}"
        )
    return (count, 1, 1)
