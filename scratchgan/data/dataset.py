"""What a training loop draws real samples from: pure functions of (seed, index).

Batch number `index` of a run with `seed` is always the same batch. So the position in
the data is one integer, and a resumed run reads what it would have read.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np

from scratchgan.backend import like
from scratchgan.rng import Stream
from scratchgan.types import Array, Shape


class Labelled(NamedTuple):
    """Samples ``(N, …)`` and, where they are known, their labels ``(N,)``."""

    samples: Array
    labels: Array | None = None


class Dataset(Protocol):
    """Real samples of one shape."""

    @property
    def name(self) -> str:
        """As asked for."""
        ...

    @property
    def shape(self) -> Any:
        """Shape of one sample; of several parts, the tuple of theirs, () of a label."""
        ...

    @property
    def digest(self) -> str:
        """What tells these samples from others; a resumed run must find the same."""
        ...

    def batch(self, seed: int, index: int, size: int) -> Any:
        """Batch number `index` of a run with `seed`, float32 ``(size, *shape)``.

        Of several parts, the tuple of theirs; labels are integers.
        """
        ...


# eq=False: comparing arrays gives arrays, so a generated == could only raise
@dataclass(frozen=True, eq=False)
class ArrayDataset:
    """Samples held in memory, drawn in epochs (`epoch_indices`).

    Parameters
    ----------
    name : str
        As asked for.
    samples : Array
        ``(N, …)``: uint8 pixels, mapped from 0…255 to `value_range` when a batch is
        drawn, or finite float32 numbers, taken as they are.
    value_range : (float, float)
        What pixel values 0 and 255 become, exactly; floats are not mapped.
    labels : Array or None
        Integers ``(N,)``, or None if unknown. Batches do not have them; those of
        `LabelledDataset` do.

    Raises
    ------
    ValueError
        If the range is empty or infinite, a sample is not finite, or there are not as
        many labels as samples.
    """

    name: str
    samples: Array
    value_range: tuple[float, float] = (0.0, 1.0)
    labels: Array | None = None

    def __post_init__(self) -> None:
        low, high = self.value_range
        if not -math.inf < low < high < math.inf:
            raise ValueError(
                "value_range: expected low < high, both finite, "
                f"received {self.value_range}"
            )
        if self.labels is not None and self.labels.shape != (len(self),):
            raise ValueError(
                f"{self.name}: expected {len(self)} labels, one for each sample, "
                f"received {self.labels.shape}"
            )
        if self.samples.dtype != np.uint8:
            _require_finite(self.name, self.samples)

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def shape(self) -> Shape:
        """Shape of one sample."""
        return self.samples.shape[1:]

    @property
    def digest(self) -> str:
        """BLAKE2b of the samples, 16 hexadecimal digits."""
        content = np.ascontiguousarray(self.samples).data
        return hashlib.blake2b(content, digest_size=8).hexdigest()

    def batch(self, seed: int, index: int, size: int) -> Array:
        """Batch number `index` of a run with `seed`, float32 ``(size, *shape)``.

        Raises
        ------
        ValueError
            If a batch is larger than the data set.
        """
        return self.scaled(self.samples[self.chosen(seed, index, size)])

    def chosen(self, seed: int, index: int, size: int) -> Array:
        """Which samples that batch holds, integers ``(size,)``."""
        return epoch_indices(self.name, len(self), seed, index, size)

    def scaled(self, chosen: Array) -> Array:
        """Samples as batches have them: float32, pixels mapped to `value_range`."""
        if chosen.dtype != np.uint8:
            return chosen.astype(np.float32)
        # a table of the 256 values, since linspace ends exactly at both bounds
        table = np.linspace(*self.value_range, 256).astype(np.float32)
        return like(table, chosen).take(chosen)


@dataclass(frozen=True)
class GeneratedDataset:
    """Points in the plane, fresh in every batch.

    Parameters
    ----------
    name : str
        As asked for.
    points : callable
        ``(stream, tick, size) -> (size, 2)``.
    """

    name: str
    points: Callable[[Stream, int, int], Array]
    shape: Shape = (2,)

    @property
    def digest(self) -> str:
        """The name: what is drawn depends on it and on the seed alone."""
        return self.name

    def batch(self, seed: int, index: int, size: int) -> Array:
        """Batch number `index` of a run with `seed`, float32 ``(size, 2)``."""
        stream = Stream(seed, f"data/{self.name}")
        return self.points(stream, index, size).astype(np.float32)


def epoch_indices(name: str, n: int, seed: int, index: int, size: int) -> Array:
    """Which of the `n` samples of the set `name` are in batch number `index`, (size,).

    Epoch e goes through a permutation of its own; what is left at its end, less than a
    batch, is not used in that epoch.

    Raises
    ------
    ValueError
        If a batch is larger than the set.
    """
    if not 1 <= size <= n:
        raise ValueError(
            f"batch_size: expected 1 to {n}, the number of samples in "
            f"{name}, received {size}"
        )
    epoch, position = divmod(index, n // size)
    return _order(seed, epoch, n)[position * size : (position + 1) * size]


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, n: int) -> Array:
    """The permutation of one epoch; the last few are kept, being asked for n times."""
    return Stream(seed, "data/shuffle").permutation(epoch, n)


def _require_finite(name: str, samples: Array) -> None:
    bad = ~np.isfinite(samples).reshape(len(samples), -1).all(axis=1)
    if bad.any():
        raise ValueError(
            f"{name}: expected finite numbers, received NaN or infinity in "
            f"{bad.sum()} of {len(samples)} samples, first in number {bad.argmax()}"
        )
