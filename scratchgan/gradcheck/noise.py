"""Random samples of any shape, as a data set for gradient checks and tests."""

from dataclasses import dataclass
from typing import Any

from scratchgan.rng import Stream
from scratchgan.types import Array


@dataclass(frozen=True)
class Noise:
    """Uniform numbers in [0, 1), fresh in every batch.

    Parameters
    ----------
    shape : tuple
        Of one sample, or the tuple of the shapes of its parts; () is a label.
    labels : int
        Number of classes.
    """

    shape: Any
    labels: int = 1
    name: str = "noise"
    digest: str = "noise"

    def batch(self, seed: int, index: int, size: int) -> Any:
        """Batch number `index` of a run with `seed`, ``(size, *shape)``."""
        if not self.shape or not isinstance(self.shape[0], tuple):
            return self._part(Stream(seed, "data"), index, (size, *self.shape))
        return tuple(
            self._part(Stream(seed, f"data/{i}"), index, (size, *shape))
            for i, shape in enumerate(self.shape)
        )

    def _part(self, stream: Stream, index: int, shape: tuple[int, ...]) -> Array:
        if len(shape) == 1:
            return stream.integers(index, self.labels, shape)
        return stream.uniform(index, shape)
