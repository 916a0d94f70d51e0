"""Samples that stay on a device, where batches are gathered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scratchgan.backend import Backend
from scratchgan.data.dataset import ArrayDataset, Dataset
from scratchgan.types import Array, Shape, Tree

LARGEST = 4 << 30  # bytes of samples

#: Makes arrays on the device of a function of the index of a batch.
Made = Callable[[Callable[[int], Tree]], Tree]


@dataclass(frozen=True, eq=False)
class Resident:
    """An `ArrayDataset` with a copy of its samples on a device.

    Parameters
    ----------
    dataset : ArrayDataset
        What is drawn.
    samples : Array
        Its samples, on the device, as they are: pixels in bytes.
    """

    dataset: ArrayDataset
    samples: Array

    @property
    def name(self) -> str:
        """As asked for."""
        return self.dataset.name

    @property
    def shape(self) -> Shape:
        """Shape of one sample."""
        return self.dataset.shape

    @property
    def digest(self) -> str:
        """Of the samples."""
        return self.dataset.digest

    def batch(self, seed: int, index: int, size: int) -> Array:
        """A batch in host memory."""
        return self.dataset.batch(seed, index, size)

    def gathered(self, made: Made, seed: int, size: int) -> Array:
        """A batch on the device, float32 ``(size, *shape)``.

        Parameters
        ----------
        made : callable
            Makes the numbers of its samples there, given how they follow from the
            index of the batch.
        seed : int
            The run's.
        size : int
            Of the batch.
        """
        chosen: Any = made(lambda index: self.dataset.chosen(seed, index, size))
        return self.dataset.scaled(self.samples.take(chosen, axis=0))


def resident(data: Dataset, backend: Backend) -> Dataset:
    """`data` with its samples on the device, if they are one array of few bytes."""
    if type(data) is not ArrayDataset or data.samples.nbytes > LARGEST:
        return data
    return Resident(data, backend.to_device(data.samples))
