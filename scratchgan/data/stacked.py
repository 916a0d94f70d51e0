"""Stacked MNIST: three digits in the three channels of an image, and so 1,000 modes.

Metz, Poole, Pfau and Sohl-Dickstein 2017; Srivastava et al. 2017; Lin et al. 2018. The
digits of an image are drawn independently, each from all of a set. Here every batch is
fresh, where the published protocols draw 128,000 images once.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scratchgan.data.dataset import Labelled
from scratchgan.data.fetch import local_folder
from scratchgan.data.named import read_digits, read_mnist, read_mnist_test
from scratchgan.rng import Stream
from scratchgan.types import Array, Shape

CHANNELS = 3


@dataclass(frozen=True, eq=False)
class StackedDigits:
    """Stacks of digits, a pure function of (seed, index).

    Parameters
    ----------
    name : str
        As asked for.
    images : Array
        Digits, uint8 (K, H, W, 1).
    value_range : (float, float)
        What pixel values 0 and 255 become.
    """

    name: str
    images: Array
    value_range: tuple[float, float] = (0.0, 1.0)

    @property
    def shape(self) -> Shape:
        """(H, W, 3)."""
        return (*self.images.shape[1:3], CHANNELS)

    @property
    def digest(self) -> str:
        """BLAKE2b of the digits, 16 hexadecimal digits."""
        content = np.ascontiguousarray(self.images).data
        return hashlib.blake2b(content, digest_size=8).hexdigest()

    def batch(self, seed: int, index: int, size: int) -> Array:
        """Batch number `index` of a run with `seed`, float32 ``(size, H, W, 3)``."""
        chosen = self.chosen(seed, index, size)
        scale = np.linspace(*self.value_range, 256).astype(np.float32)
        digits = np.moveaxis(self.images[chosen, ..., 0], 1, -1)
        return scale[np.ascontiguousarray(digits)]

    def chosen(self, seed: int, index: int, size: int) -> Array:
        """Which digits that batch shows, integers ``(size, 3)``."""
        stream = Stream(seed, f"data/{self.name}")
        return stream.integers(index, len(self.images), (size, CHANNELS))


def _training_digits() -> Labelled:
    """MNIST's, where SCRATCHGAN_DATA has them, or the embedded ones."""
    return read_digits() if local_folder("mnist") is None else read_mnist()


#: What the digits of each set are.
STACKED: dict[str, Callable[[], Labelled]] = {
    "stacked-mnist": _training_digits,
    "stacked-mnist-test": read_mnist_test,
}


def stacked_digits(
    name: str, value_range: tuple[float, float] = (0.0, 1.0)
) -> StackedDigits:
    """The set called `name`.

    Training digits are MNIST's where the folder in SCRATCHGAN_DATA has them, and else
    the 10,000 embedded ones; test digits are read there, or downloaded.
    """
    return StackedDigits(name, STACKED[name]().samples, value_range)
