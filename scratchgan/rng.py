"""Named random streams whose every draw is a function of (seed, name, tick).

A `Stream` holds no position. The caller passes a `tick`, an integer that it counts
itself, and the same tick always gives the same numbers: the position of a training run
in all its streams is one integer in its checkpoint. Streams of other names have other
keys, and share no bits unless two 64-bit hashes agree.

    counter = (block index: 64 bits, tick: 64 bits)        key = BLAKE2b(seed / name)

Uniform numbers are multiples of 2⁻²⁴ in [0, 1), so that float32 and float64 hold the
same values. Normal numbers are Box–Muller (1958) transforms, computed in float64:

    u = (a + ½) 2⁻³²,  v = b 2⁻³²:   √(−2 ln u) cos 2πv,   √(−2 ln u) sin 2πv

A tick may lie on a device with kernels, uint64 (1,): the numbers are then drawn there,
the same ones, when the device comes to it.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchgan.kernels.cuda import philox as on_device
from scratchgan.kernels.cuda.device import runner_of
from scratchgan.kernels.philox import philox4x32
from scratchgan.types import Array, Shape

#: An integer, or a uint64 array (1,) on a device.
Tick = Any


@dataclass(frozen=True)
class Stream:
    """One purpose's random numbers.

    Parameters
    ----------
    seed : int
        The run's seed, any non-negative integer.
    name : str
        What the numbers are for, for example ``"critic/z"``.
    """

    seed: int
    name: str

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"seed: expected a non-negative integer, got {self.seed}")

    @property
    def key(self) -> tuple[int, int]:
        """Of Philox, ``(k0, k1)``."""
        text = f"{self.seed}/{self.name}".encode()
        digest = hashlib.blake2b(text, digest_size=8).digest()
        k0, k1 = (int.from_bytes(word, "little") for word in (digest[:4], digest[4:]))
        return k0, k1

    def words(self, tick: Tick, count: int) -> Array:
        """`count` uniformly distributed uint32 words."""
        if run := runner_of(tick):
            return on_device.words(run, self.key, tick, count)
        block = np.arange(-(-count // 4), dtype=np.uint64)
        counter = np.empty((4, len(block)), np.uint32)
        counter[0] = block & np.uint64(0xFFFFFFFF)
        counter[1] = block >> np.uint64(32)
        counter[2] = tick & 0xFFFFFFFF
        counter[3] = tick >> 32
        return philox4x32(counter, self.key).reshape(-1)[:count]

    def uniform(self, tick: Tick, shape: Shape, dtype: Any = np.float32) -> Array:
        """Uniform numbers in [0, 1), multiples of 2⁻²⁴."""
        if run := runner_of(tick):
            return on_device.uniform(run, self.key, tick, shape, dtype)
        words = self.words(tick, math.prod(shape))
        return ((words >> np.uint32(8)) * 2.0**-24).astype(dtype).reshape(shape)

    def normal(self, tick: Tick, shape: Shape, dtype: Any = np.float32) -> Array:
        """Standard normal numbers; the largest possible magnitude is 6.76."""
        if run := runner_of(tick):
            return on_device.normal(run, self.key, tick, shape, dtype)
        count = math.prod(shape)
        words = self.words(tick, count + count % 2).astype(np.float64)
        radius = np.sqrt(-2 * np.log((words[::2] + 0.5) * 2.0**-32))
        angle = words[1::2] * (2 * np.pi * 2.0**-32)
        pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        return pairs.reshape(-1)[:count].astype(dtype).reshape(shape)

    def integers(self, tick: Tick, high: int, shape: Shape) -> Array:
        """Integers in [0, high); the bias is below high / 2⁶⁴."""
        if not 0 < high <= 2**32:
            raise ValueError(f"high: expected 1 to 2**32, got {high}")
        if run := runner_of(tick):
            return on_device.integers(run, self.key, tick, high, shape)
        words = self.words(tick, 2 * math.prod(shape)).astype(np.uint64)
        # floor(u · high) for the 64-bit fraction u = hi·2⁻³² + lo·2⁻⁶⁴, in integers
        hi, lo, n = words[::2], words[1::2], np.uint64(high)
        scaled = hi * n + ((lo * n) >> np.uint64(32))
        return (scaled >> np.uint64(32)).astype(np.int64).reshape(shape)

    def permutation(self, tick: int, n: int) -> Array:
        """A permutation of range(n): the order of n random 32-bit keys."""
        return np.argsort(self.words(tick, n), kind="stable")
