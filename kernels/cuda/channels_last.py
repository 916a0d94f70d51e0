"""How threads are laid over an array seen as (G, P, C), channels last.

The layout is explained in `channels_last.cuh`. It follows from the shape alone.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.cuda.launch import ALIGNMENT, BLOCK, address, blocks
from scratchgan.types import Array

LINE = 128  # bytes of a line of the cache
RESIDENT = 1024  # blocks that a large device runs at once: 132 × 8 on an H100
ROWS = 4  # that a thread of a part has at least

#: `View` of the source.
VIEW = np.dtype(
    [(name, "i8") for name in ("groups", "rows", "channels", "part")]
    + [(name, "i4") for name in ("parts", "across", "c_lanes", "p_lanes", "together")],
    align=True,
)


class Tiles(NamedTuple):
    """A layout.

    Parameters
    ----------
    view : np.void
        The kernels' argument, a `VIEW`.
    width : int
        V, numbers that a thread reads at once.
    parts : int
        Into which the rows are cut, at least one.
    grid : tuple of int
        Blocks.
    """

    view: np.void
    width: int
    parts: int
    grid: tuple[int, int, int]


def tiles(
    shape: tuple[int, int, int],
    dtype: np.dtype,
    cut: bool = True,
    packed: bool = True,
) -> Tiles:
    """The layout over an array of this shape.

    Parameters
    ----------
    shape : tuple of int
        (G, P, C).
    dtype : np.dtype
        Of the numbers that are read.
    cut : bool
        Whether the rows may be cut into parts.
    packed : bool
        Whether a thread may have several numbers side by side.

    Raises
    ------
    ValueError
        If that is more blocks than a grid may have.
    """
    groups, rows, channels = shape
    width = ALIGNMENT // dtype.itemsize if packed else 1
    together = packed and channels == 1 and rows % width == 0
    if together:
        rows, channels = rows // width, width
    elif channels % width:
        width = 1
    c_lanes = min(_power(-(-channels // width)), LINE // (width * dtype.itemsize))
    p_lanes = min(_power(rows), BLOCK // c_lanes)
    across = -(-channels // (c_lanes * width))
    columns = across * -(-groups // (BLOCK // (c_lanes * p_lanes)))
    parts = min(-(-RESIDENT // max(1, columns)), rows // (p_lanes * ROWS)) if cut else 1
    part = -(-rows // max(1, parts))
    parts = max(1, -(-rows // max(1, part)))
    fields = (groups, rows, channels, part, parts, across, c_lanes, p_lanes, together)
    view = np.array([fields], VIEW)[0]
    return Tiles(view, width, parts, blocks(columns * parts, 1))


def seen(x: Array, statistics: Array) -> tuple[int, int, int]:
    """How x (N, …, D) is seen with statistics (G, C): as (G, P, D)."""
    groups, channels = len(statistics), x.shape[-1]
    return groups, x.size // max(1, groups * channels), channels


def shared(cover: Tiles, kept: int, dtype: np.dtype) -> int:
    """Bytes in which the threads of a block merge `kept` numbers of each of V sums."""
    return BLOCK * cover.width * kept * wide(dtype).itemsize


def aligned(x: Array) -> Array:
    """`x`, contiguous and from a multiple of 16 bytes on; copied where it is not.

    The width of packs, and so the order of a sum, is then one for all arrays of a
    shape.
    """
    x = contiguous(x)
    return x.copy() if address(x) % ALIGNMENT else x


def wide(dtype: np.dtype) -> np.dtype:
    """The type in which kernels compute: `Wide<T>`."""
    return np.dtype(np.float64 if dtype == np.float64 else np.float32)


def _power(n: int) -> int:
    """The least power of two that is at least `n`."""
    return 1 << max(0, n - 1).bit_length()
