"""Samples with their labels, for networks that are told a class."""

import hashlib
from dataclasses import dataclass

import numpy as np

from scratchgan.data.dataset import ArrayDataset
from scratchgan.types import Array, Shape


# eq=False: comparing arrays gives arrays, so a generated == could only raise
@dataclass(frozen=True, eq=False)
class LabelledDataset:
    """Samples held in memory, and the label of each.

    Parameters
    ----------
    data : ArrayDataset
        Samples, with labels.
    classes : int
        How many there are; labels are 0 to `classes` − 1.

    Raises
    ------
    ValueError
        If there are no labels, or one is out of range.
    """

    data: ArrayDataset
    classes: int

    def __post_init__(self) -> None:
        labels = self.data.labels
        if labels is None:
            raise ValueError(f"data: expected labelled samples, {self.name} has none")
        if not 0 <= labels.min() <= labels.max() < self.classes:
            raise ValueError(
                f"data: expected labels 0 to {self.classes - 1}, "
                f"received {labels.min()} to {labels.max()} in {self.name}"
            )

    def __len__(self) -> int:
        return len(self.data)

    @property
    def name(self) -> str:
        """As asked for."""
        return self.data.name

    @property
    def shape(self) -> tuple[Shape, Shape]:
        """Shapes of a sample and of its label, ()."""
        return self.data.shape, ()

    @property
    def digest(self) -> str:
        """BLAKE2b of the digest of the samples and of the labels."""
        content = self.data.digest.encode() + self._labels.tobytes()
        return hashlib.blake2b(content, digest_size=8).hexdigest()

    def batch(self, seed: int, index: int, size: int) -> tuple[Array, Array]:
        """Batch number `index`: samples ``(size, …)`` and integers ``(size,)``."""
        chosen = self.data.chosen(seed, index, size)
        return self.data.batch(seed, index, size), self._labels[chosen]

    @property
    def _labels(self) -> Array:
        assert self.data.labels is not None  # seen to at the start
        return self.data.labels.astype(np.int64)
