"""Stochastic gradient descent with momentum (Polyak 1964; Nesterov 1983).

With the velocity u, zero at first,

    u ← μ u + g          θ ← θ − lr u
    Nesterov             θ ← θ − lr (g + μ u)
"""

from dataclasses import dataclass
from typing import NamedTuple

from scratchgan import tree
from scratchgan.optim.base import LearningRate, rate, require_share, start
from scratchgan.types import Array, Tree


class SGDState(NamedTuple):
    """Number of updates made, and the velocity (None without momentum)."""

    updates: Array
    velocity: Tree


@dataclass(frozen=True)
class SGD:
    """Gradient descent.

    Parameters
    ----------
    learning_rate : float or callable
        Step size, or its schedule.
    momentum : float
        μ, 0 to below 1.
    nesterov : bool
        Whether to look ahead along the velocity.
    """

    learning_rate: LearningRate
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        require_share("momentum", self.momentum)

    def init(self, params: Tree) -> SGDState:
        """State before the first update."""
        velocity = tree.zeros_like(tree.learned(params)) if self.momentum else None
        return SGDState(start(), velocity)

    def update(
        self, params: Tree, dparams: Tree, state: SGDState
    ) -> tuple[Tree, SGDState]:
        """Parameters and state after one update."""
        lr, mu = rate(self.learning_rate, state.updates), self.momentum
        velocity, ahead = None, dparams
        if mu:
            velocity = tree.map(
                lambda u, g: u if g is None else mu * u + g, state.velocity, dparams
            )
            ahead = velocity
            if self.nesterov:
                ahead = tree.map(lambda g, u: g + mu * u, dparams, velocity)
        params = tree.map_learned(
            lambda p, u: p if u is None else p - lr * u, params, ahead
        )
        return params, SGDState(state.updates + 1, velocity)
