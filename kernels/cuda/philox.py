"""Random numbers of Philox4x32-10, with the tick in device memory; see the source.

The twins are `scratchgan.kernels.philox` and the methods of `scratchgan.rng.Stream` of
the same names.
"""

from typing import Any

import numpy as np

from scratchgan.kernels.cuda.launch import BLOCK, CTYPES, Launch, Run, blocks, ctype
from scratchgan.types import Array, Shape

SOURCE = "philox"

INSTANCES = (
    "words",
    *(
        f"{kernel}<{name}>"
        for kernel in ("uniform", "normal")
        for name in CTYPES.values()
    ),
    "integers",
)

WORDS = 4  # of a block of Philox, which one thread computes

#: The two 32-bit words of a stream's key.
Key = tuple[int, int]


def words(run: Run, key: Key, tick: Array, count: int) -> Array:
    """Uniformly distributed 32-bit words.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    key : tuple of int
        ``(k0, k1)``, each below 2³².
    tick : Array
        uint64 ``(1,)``: which draw of the stream, read when the kernel runs.
    count : int
        How many.

    Returns
    -------
    Array
        uint32 ``(count,)``, on the device of `tick`.

    Raises
    ------
    ValueError
        If `key` or `tick` is not as said.
    """
    y = np.empty_like(tick, shape=(count,), dtype=np.uint32)
    _draw(run, "words", y, WORDS, (), key, tick)
    return y


def uniform(
    run: Run, key: Key, tick: Array, shape: Shape, dtype: Any = np.float32
) -> Array:
    """Uniform numbers in [0, 1), multiples of 2⁻²⁴; float16 rounds some to one.

    Parameters and errors are those of `words`, and TypeError for another `dtype` than
    float16, float32 and float64.
    """
    y = np.empty_like(tick, shape=shape, dtype=dtype)
    _draw(run, f"uniform<{ctype(y)}>", y, WORDS, (), key, tick)
    return y


def normal(
    run: Run, key: Key, tick: Array, shape: Shape, dtype: Any = np.float32
) -> Array:
    """Standard normal numbers, computed in float64 and rounded to `dtype`.

    Parameters and errors are those of `uniform`.
    """
    y = np.empty_like(tick, shape=shape, dtype=dtype)
    _draw(run, f"normal<{ctype(y)}>", y, WORDS, (), key, tick)
    return y


def integers(run: Run, key: Key, tick: Array, high: int, shape: Shape) -> Array:
    """Integers in [0, high), int64.

    Other parameters and errors are those of `words`.

    Raises
    ------
    ValueError
        Unless 0 < high ≤ 2³².
    """
    if not 0 < high <= 2**32:
        raise ValueError(f"high: expected 1 to 2**32, received {high}")
    y = np.empty_like(tick, shape=shape, dtype=np.int64)
    _draw(run, "integers", y, WORDS // 2, (np.uint64(high),), key, tick)
    return y


def _draw(
    run: Run, kernel: str, y: Array, each: int, more: tuple, key: Key, tick: Array
) -> None:
    """Fill `y`, `each` of its numbers by every thread."""
    if not all(0 <= k < 2**32 for k in key):
        raise ValueError(f"key: expected two integers below 2**32, received {key}")
    if tick.dtype != np.uint64 or tick.size != 1:
        raise ValueError(
            f"tick: expected one uint64, received {tick.dtype.name} {tick.shape}"
        )
    k0, k1 = (np.uint32(k) for k in key)
    args = (y, np.int64(y.size), *more, k0, k1, tick)
    if y.size:
        run(Launch(SOURCE, kernel, blocks(y.size, BLOCK * each), args))
