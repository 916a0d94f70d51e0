"""RMSProp (Tieleman and Hinton 2012).

    s ← α s + (1 − α) g²          θ ← θ − lr g / (√s + eps)

eps outside the root and α = 0.99 as in PyTorch, which the WGAN authors used.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.optim.base import LearningRate, rate, require_share, start
from scratchgan.types import Array, Tree


class RMSPropState(NamedTuple):
    """Number of updates made, and the running mean square."""

    updates: Array
    square: Tree


@dataclass(frozen=True)
class RMSProp:
    """Gradient descent scaled by the running root mean square.

    Parameters
    ----------
    learning_rate : float or callable
        Step size, or its schedule.
    alpha : float
        Share of the old mean square that one update leaves.
    eps : float
        Stabiliser added to the root.
    """

    learning_rate: LearningRate
    alpha: float = 0.99
    eps: float = 1e-8

    def __post_init__(self) -> None:
        require_share("alpha", self.alpha)

    def init(self, params: Tree) -> RMSPropState:
        """State before the first update."""
        return RMSPropState(start(), tree.zeros_like(tree.learned(params)))

    def update(
        self, params: Tree, dparams: Tree, state: RMSPropState
    ) -> tuple[Tree, RMSPropState]:
        """Parameters and state after one update."""
        lr, alpha = rate(self.learning_rate, state.updates), self.alpha

        def accumulate(s: Array, g: Array | None) -> Array:
            return s if g is None else alpha * s + (1 - alpha) * (g * g)

        def step(p: Array, g: Array | None, s: Array) -> Array:
            return p if g is None else p - lr * g / (np.sqrt(s) + self.eps)

        square = tree.map(accumulate, state.square, dparams)
        params = tree.map_learned(step, params, dparams, square)
        return params, RMSPropState(state.updates + 1, square)
