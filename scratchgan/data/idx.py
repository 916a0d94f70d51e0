"""IDX, the format of MNIST: a magic number, big-endian sizes, then the values.

Bytes 0 and 1 are zero, byte 2 is the type (0x08: unsigned byte) and byte 3 the number
of axes; each size is a 32-bit integer.
"""

import math
import struct
from pathlib import Path

import numpy as np

from scratchgan.data.gzipped import read_maybe_gzipped
from scratchgan.types import Array

UNSIGNED_BYTE = 0x08
MAX_AXES = 4


def read_idx(path: Path) -> Array:
    """The uint8 array in an IDX file, gzipped or not.

    Raises
    ------
    ValueError
        If the file is empty, damaged, cut short or too long, or not of bytes.
    """
    return parse_idx(read_maybe_gzipped(path), str(path))


def parse_idx(content: bytes, name: str) -> Array:
    """The uint8 array in the bytes of an IDX file; `name` is for messages."""
    if not content:
        raise ValueError(f"{name}: the file is empty")
    if len(content) < 4 or content[:2] != b"\0\0":
        raise ValueError(
            f"{name}: expected an IDX file, received the bytes {content[:4].hex(' ')}"
        )
    kind, ndim = content[2], content[3]
    if kind != UNSIGNED_BYTE or not 1 <= ndim <= MAX_AXES:
        raise ValueError(
            f"{name}: expected unsigned bytes (type 0x08) and 1 to {MAX_AXES} axes, "
            f"received type 0x{kind:02x} and {ndim} axes"
        )
    start = 4 + 4 * ndim
    if len(content) < start:
        raise ValueError(f"{name}: truncated: the header alone takes {start} bytes")
    shape = struct.unpack(f">{ndim}I", content[4:start])
    values = np.frombuffer(content, np.uint8, offset=start)
    expected = math.prod(shape)  # of Python integers, which cannot overflow
    if values.size != expected:
        fault = "truncated" if values.size < expected else "longer than its header says"
        raise ValueError(
            f"{name}: {fault}: expected {expected} values for {shape}, "
            f"received {values.size}"
        )
    if not expected:
        raise ValueError(f"{name}: no values: its header says {shape}")
    return values.reshape(shape)
