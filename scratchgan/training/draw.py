"""What one execution of a phase draws: real samples and random numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.data import Dataset
from scratchgan.data.resident import Resident
from scratchgan.later import Later
from scratchgan.layers import Context
from scratchgan.rng import Stream
from scratchgan.types import Array, Shape, Tree


def on_the_host(drawn: Tree) -> Tree:
    """Leave arrays in host memory."""
    return drawn


@dataclass(frozen=True)
class Draw:
    """Data and random numbers of one execution of a phase: functions of three values.

    Parameters
    ----------
    seed : int
        The run's.
    phase : str
        Name of the phase; every phase has streams of its own.
    count : int or Later
        How often the phase ran before.
    data : Dataset
        Real samples.
    dtype : numpy dtype
        Of everything drawn.
    memory : mapping of str to Tree
        What phases remembered so far.
    place : callable
        Puts what was drawn, trees of arrays in host memory, where the parameters are.
    kernels : bool
        Whether random numbers are drawn there, by kernels.
    """

    seed: int
    phase: str
    count: Any
    data: Dataset
    dtype: Any = np.float32
    memory: Mapping[str, Tree] = field(default_factory=dict)
    place: Callable[[Tree], Tree] = on_the_host
    kernels: bool = False

    def real(self, size: int) -> Any:
        """The next `size` real samples, ``(size, *data.shape)``; a tuple of two sets'.

        Integers, such as labels, stay what they are.
        """
        if isinstance(self.data, Resident):
            drawn = self.data.gathered(self._made, self.seed, size)
            return tree.floats_astype(drawn, self.dtype)

        def batch(count: int) -> Tree:
            drawn = self.data.batch(self.seed, count, size)
            return tree.floats_astype(drawn, self.dtype)

        return self._made(batch)

    def normal(self, name: str, shape: Shape) -> Array:
        """Standard normal numbers from the stream `name` of this phase."""
        stream = Stream(self.seed, f"{self.phase}/{name}")
        return self._drawn(stream.normal(self.tick, shape, self.dtype))

    def uniform(self, name: str, shape: Shape) -> Array:
        """Uniform numbers in [0, 1) from the stream `name` of this phase."""
        stream = Stream(self.seed, f"{self.phase}/{name}")
        return self._drawn(stream.uniform(self.tick, shape, self.dtype))

    def integers(self, name: str, high: int, shape: Shape) -> Array:
        """Integers in [0, high) from the stream `name` of this phase."""
        stream = Stream(self.seed, f"{self.phase}/{name}")
        return self._drawn(stream.integers(self.tick, high, shape))

    def context(self, name: str, each: int = 1) -> Context:
        """For a forward pass in training, with random numbers of the stream `name`.

        Every pass of a phase has a name of its own; two of one name would share their
        numbers. It has `each` samples for each one of the phase's batch.
        """
        return Context(stream=Stream(self.seed, f"{self.phase}/{name}"), tick=self.tick)

    @cached_property
    def tick(self) -> Any:
        """The count as streams take it: a number, or where kernels find it."""
        if not self.kernels:
            return self.count
        return self._made(lambda count: np.array([count], np.uint64))

    def _made(self, make: Callable[[int], Tree]) -> Tree:
        """What the host makes from the count, where the parameters are."""
        if isinstance(self.count, Later):
            return self.count.made(make)
        return self.place(make(self.count))

    def _drawn(self, numbers: Array) -> Array:
        return numbers if self.kernels else self.place(numbers)
