"""What an optimiser is: a pure function from gradients to new parameters.

Parameters, gradients and moments are trees of one structure. A gradient of ``None`` is
an exact zero of something that is not learned there: parameter and moments stay.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from scratchgan.types import Array, Tree

#: A constant, or a function of the number of updates made so far.
LearningRate = float | Callable[[int], float]


class Optimizer(Protocol):
    """Two functions; whatever is remembered is in `state`."""

    def init(self, params: Tree) -> Any:
        """State before the first update."""
        ...

    def update(self, params: Tree, dparams: Tree, state: Any) -> tuple[Tree, Any]:
        """Parameters and state after one update."""
        ...


def rate(learning_rate: LearningRate, count: Any) -> float:
    """The learning rate of update number `count`, counted from 0."""
    return learning_rate(int(count)) if callable(learning_rate) else learning_rate


def require_share(name: str, value: float) -> None:
    """Raise ValueError unless 0 <= value < 1."""
    if not 0 <= value < 1:
        raise ValueError(f"{name}: expected 0 <= {name} < 1, received {value}")


def start() -> Array:
    """The number of updates made, before the first."""
    return np.asarray(0, np.int64)
