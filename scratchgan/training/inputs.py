"""What a captured step takes from the host: functions of its counts, in one block.

Whatever is made from a count while a step is captured gets a place in a block of the
device's memory. Before the step runs again, the host makes all of it anew from the
counts of the day, in the same block of its own memory, and copies that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.backend import Backend, on_host
from scratchgan.later import Later
from scratchgan.types import Array, Tree

BLOCK = 1 << 20  # bytes of a block, or as many as one value needs
ALIGNMENT = 256  # bytes


class Block:
    """Bytes on both sides, of which the first `used` are taken."""

    def __init__(self, size: int, backend: Backend) -> None:
        assert backend.memory is not None
        self.here, self.there = np.zeros(size, np.uint8), backend.memory(size)
        self.used = 0


class Value(NamedTuple):
    """A value that is made in every step, and the host's side of its places."""

    counter: str
    more: int
    make: Callable[[int], Tree]
    places: list[Array]


@dataclass(frozen=True)
class Counted(Later):
    """The counter of a state called `counter`, and `more`."""

    inputs: "Inputs"
    counter: str
    more: int = 0

    def made(self, make: Callable[[int], Tree]) -> Tree:
        """Where ``make(count)`` will lie."""
        return self.inputs.placed(self.counter, self.more, make)

    def __add__(self, more: int) -> "Counted":
        return Counted(self.inputs, self.counter, self.more + more)


class Inputs:
    """Of one captured step.

    Parameters
    ----------
    state : Tree
        Counters are its arrays in host memory.
    backend : Backend
        Of the device.
    """

    def __init__(self, state: Tree, backend: Backend) -> None:
        self.backend = backend
        self._counts = counts_of(state)
        self._blocks: list[Block] = []
        self._values: list[Value] = []

    def later(self, state: Tree) -> Tree:
        """The state with its counters as the step will find them."""
        names = iter([name for name, leaf in tree.named(state) if on_host(leaf)])
        return tree.map(
            lambda x: Counted(self, next(names)) if on_host(x) else x, state
        )

    def placed(self, counter: str, more: int, make: Callable[[int], Tree]) -> Tree:
        """Arrays on the device that hold what `make` gives in each step."""
        places: list[Array] = []

        def place(x: Any) -> Array:
            here, there = self._carved(np.asarray(x))
            places.append(here)
            return there

        found: Tree = tree.map(place, make(self._counts[counter] + more))
        self._values.append(Value(counter, more, make, places))
        return found

    def upload(self, state: Tree) -> None:
        """Make all values anew from the counters of `state`, and copy them."""
        counts = counts_of(state)
        for counter, more, make, places in self._values:
            made = tree.leaves(make(counts[counter] + more))
            for here, x in zip(places, made, strict=True):
                here[...] = x
        for block in self._blocks:
            sent = self.backend.to_device(block.here[: block.used])
            block.there[: block.used] = sent

    def _carved(self, x: Array) -> tuple[Array, Array]:
        """A place for an array like `x` on both sides."""
        blocks = self._blocks
        start = -(-blocks[-1].used // ALIGNMENT) * ALIGNMENT if blocks else 0
        if not blocks or start + x.nbytes > blocks[-1].here.size:
            blocks.append(Block(max(BLOCK, x.nbytes), self.backend))
            start = 0
        block, stop = blocks[-1], start + x.nbytes
        block.used = stop
        here, there = block.here[start:stop], block.there[start:stop]
        return _seen(here, x), _seen(there, x)


def _seen(part: Array, x: Array) -> Array:
    """Bytes as an array like `x`."""
    return part.view(x.dtype).reshape(x.shape)


def counts_of(state: Tree) -> dict[str, int]:
    """The counters of a state by name: its arrays in host memory."""
    return {name: int(x) for name, x in tree.named(state) if on_host(x)}
