"""What a profile writes down: one row for each layer and sweep."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree

SWEEPS = ("forward", "backward", "jvp", "backward_jvp")


class Key(NamedTuple):
    """A sweep of a layer: the player's name, the path in its network, the verb."""

    player: str
    path: str
    layer: str
    sweep: str


@dataclass
class Row:
    """Sums over the calls of one sweep of one layer."""

    calls: int = 0
    seconds: float = 0.0
    flop: float = 0.0
    kept: int = 0  # bytes of the largest trace that a call left


@dataclass
class Record:
    """Rows by layer and sweep, in the order in which they were first met.

    Parameters
    ----------
    rows : dict of Key to Row
        What was written so far.
    """

    rows: dict[Key, Row] = field(default_factory=dict)

    def add(self, key: Key, seconds: float, flop: float, trace: Any) -> None:
        """One call, and the trace that it left."""
        row = self.rows.setdefault(key, Row())
        row.calls += 1
        row.seconds += seconds
        row.flop += flop
        row.kept = max(row.kept, held_bytes(trace))


def held_bytes(trace: Any) -> int:
    """Bytes of the memory below the arrays of a trace, shared memory counted once."""
    below = {}
    for leaf in tree.leaves(trace):
        if isinstance(leaf, np.ndarray):
            whole = leaf
            while isinstance(whole.base, np.ndarray):
                whole = whole.base
            below[id(whole)] = whole.nbytes
    return sum(below.values())
