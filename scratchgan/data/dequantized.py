"""Pixels spread over the width of their level."""

from dataclasses import dataclass

import numpy as np

from scratchgan.data.dataset import ArrayDataset
from scratchgan.rng import Stream
from scratchgan.types import Array, Shape


# eq=False: comparing arrays gives arrays, so a generated == could only raise
@dataclass(frozen=True, eq=False)
class Dequantized:
    """Pixels plus uniform noise of the width of a level, so that none is a multiple.

    Level v of 256 becomes a number in [v/128 − 1, (v + 1)/128 − 1): all of [−1, 1) is
    met, as by a generator that ends in tanh (the WGAN-GP authors' gan_cifar_resnet.py).

    Parameters
    ----------
    name : str
        As asked for.
    pixels : Array
        uint8 ``(N, …)``.
    """

    name: str
    pixels: Array

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8:
            raise TypeError(
                f"data: expected pixels (uint8), {self.name} has {self.pixels.dtype}"
            )

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def shape(self) -> Shape:
        """Shape of one sample."""
        return self._data.shape

    @property
    def digest(self) -> str:
        """That of the pixels."""
        return self._data.digest

    def batch(self, seed: int, index: int, size: int) -> Array:
        """Batch number `index` of a run with `seed`, float32 ``(size, *shape)``."""
        levels = self._data.batch(seed, index, size)
        u = Stream(seed, "data/dequantize").uniform(index, levels.shape)
        return levels + u / np.float32(128)

    @property
    def _data(self) -> ArrayDataset:
        return ArrayDataset(self.name, self.pixels, (-1.0, 1 - 1 / 128))
