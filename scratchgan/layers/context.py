"""What a forward pass depends on besides parameters and input."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scratchgan.layers.group import ALONE, Group
from scratchgan.rng import Stream, Tick
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
    tick : int or Array
        Which of the stream's draws; one number a pass, perhaps on a device.
    first : int
        Index of the first sample, where a batch is computed in parts: a sample's
        numbers do not depend on the part that it is in.
    kinds : tuple of str
        Names of the batches of one size that lie one after the other in the pass, such
        as real and generated samples. Each has numbers of its own, the same whether it
        goes up with others or by itself.
    group : Group
        Who computes the batch together with us, for the layers that couple it.
    """

    training: bool = True
    stream: Stream | None = None
    tick: Tick = 0
    first: int = 0
    kinds: tuple[str, ...] = ()
    group: Group = ALONE

    def at(self, part: str | int) -> "Context":
        """The context of one part of a composite."""
        if self.stream is None:
            return self
        return replace(
            self, stream=replace(self.stream, name=f"{self.stream.name}/{part}")
        )

    def normal(self, layer: Any, shape: Shape, dtype: Any) -> Array:
        """Standard normal numbers, `shape` with the batch axis first."""
        return self._drawn(layer, shape, lambda s, n: s.normal(self.tick, n, dtype))

    def uniform(self, layer: Any, shape: Shape, dtype: Any) -> Array:
        """Uniform numbers in [0, 1), `shape` with the batch axis first."""
        return self._drawn(layer, shape, lambda s, n: s.uniform(self.tick, n, dtype))

    def integers(self, layer: Any, high: int, shape: Shape) -> Array:
        """Integers in [0, high), `shape` with the batch axis first."""
        return self._drawn(layer, shape, lambda s, n: s.integers(self.tick, high, n))

    def shared_integers(self, layer: Any, high: int, rows: int) -> Array:
        """One integer in [0, high) a batch, repeated for all of its samples."""
        each = (max(1, len(self.kinds)),)
        drawn = replace(self, first=0).integers(layer, high, each)
        return np.repeat(drawn, rows // len(drawn))

    def _drawn(
        self, layer: Any, shape: Shape, draw: Callable[[Stream, Shape], Array]
    ) -> Array:
        """Our rows of what the whole batch draws, one kind of samples after another."""
        source = self._source(layer)
        names = [f"{source.name}/{kind}" for kind in self.kinds] or [source.name]
        whole = (self.first + shape[0] // len(names), *shape[1:])
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
