"""What a forward pass depends on besides parameters and input."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scratchgan.layers.group import ALONE, Group
from scratchgan.rng import Stream
from scratchgan.types import Array, Shape


@dataclass(frozen=True)
class Context:
    """Mode and random numbers of a forward pass.

    Random layers draw from `stream`, which composites pass on under a name of its own
    to each part. Equal contexts give equal numbers, so that a pass can be repeated.

    Parameters
    ----------
    training : bool
        Whether normalisation uses the statistics of the batch (True) or the running
        statistics in `params` (False), and whether dropout drops.
    stream : rng.Stream, optional
        Source of noise, masks and shifts; a random layer that needs one and finds none
        raises ValueError.
    tick : int
        Which of the stream's draws; one number a pass.
    first : int
        Index of the first sample, where a batch is computed in parts: a sample's
        numbers do not depend on the part that it is in.
    joined : int
        How many batches of one size lie one after the other in the pass, such as real,
        generated and interpolated samples; each has streams of its own.
    group : Group
        Who computes the batch together with us, for the layers that couple it.
    """

    training: bool = True
    stream: Stream | None = None
    tick: int = 0
    first: int = 0
    joined: int = 1
    group: Group = ALONE

    def at(self, part: str | int) -> "Context":
        """The context of one part of a composite."""
        if self.stream is None:
            return self
        return replace(
            self, stream=replace(self.stream, name=f"{self.stream.name}/{part}")
        )

    def whole(self) -> "Context":
        """The context for a number that all parts of a batch share."""
        return replace(self, first=0, joined=1)

    def normal(self, layer: Any, shape: Shape, dtype: Any) -> Array:
        """Standard normal numbers, `shape` with the batch axis first."""
        return self._drawn(layer, shape, lambda s, n: s.normal(self.tick, n, dtype))

    def uniform(self, layer: Any, shape: Shape, dtype: Any) -> Array:
        """Uniform numbers in [0, 1), `shape` with the batch axis first."""
        return self._drawn(layer, shape, lambda s, n: s.uniform(self.tick, n, dtype))

    def integers(self, layer: Any, high: int, shape: Shape) -> Array:
        """Integers in [0, high), `shape` with the batch axis first."""
        return self._drawn(layer, shape, lambda s, n: s.integers(self.tick, high, n))

    def _drawn(
        self, layer: Any, shape: Shape, draw: Callable[[Stream, Shape], Array]
    ) -> Array:
        """Our rows of what the whole batch draws, batch by joined batch."""
        source = self._source(layer)
        if self.joined == 1:
            return draw(source, (self.first + shape[0], *shape[1:]))[self.first :]
        whole = (self.first + shape[0] // self.joined, *shape[1:])
        names = [f"{source.name}/{kind}" for kind in range(self.joined)]
        parts = [draw(replace(source, name=name), whole) for name in names]
        return np.concatenate([part[self.first :] for part in parts])

    def _source(self, layer: Any) -> Stream:
        if self.stream is None:
            raise ValueError(
                f"{type(layer).__name__}: ctx: expected a Context with a random "
                "stream, received one without"
            )
        return self.stream


TRAINING = Context(training=True)
INFERENCE = Context(training=False)
