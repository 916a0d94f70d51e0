"""Adam (Kingma and Ba 2015, algorithm 1).

    m ← β₁ m + (1 − β₁) g                    m̂ = m / (1 − β₁ᵗ)
    s ← β₂ s + (1 − β₂) g²                   ŝ = s / (1 − β₂ᵗ)
    θ ← θ − lr m̂ / (√ŝ + eps)

With β₁ = 0, as in WGAN-GP, m̂ = g: no first moment is kept.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.optim.base import LearningRate, rate, require_share, start
from scratchgan.types import Array, Tree


class AdamState(NamedTuple):
    """Number of updates made, and the two running moments."""

    updates: Array
    first: Tree  # None where β₁ = 0
    second: Tree


@dataclass(frozen=True)
class Adam:
    """Adaptive moments, bias-corrected.

    Parameters
    ----------
    learning_rate : float or callable
        Step size, or its schedule.
    beta1, beta2 : float
        Shares of the old moments that one update leaves, 0 to below 1.
    eps : float
        Stabiliser added to the root.
    """

    learning_rate: LearningRate
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        require_share("beta1", self.beta1)
        require_share("beta2", self.beta2)

    def init(self, params: Tree) -> AdamState:
        """State before the first update."""
        zeros = tree.zeros_like(tree.learned(params))
        return AdamState(start(), zeros if self.beta1 else None, zeros)

    def update(
        self, params: Tree, dparams: Tree, state: AdamState
    ) -> tuple[Tree, AdamState]:
        """Parameters and state after one update."""
        count = state.updates + 1
        lr, (b1, b2) = rate(self.learning_rate, state.updates), (self.beta1, self.beta2)
        lr_hat = lr / (1 - b1 ** int(count))
        correction = 1 / math.sqrt(1 - b2 ** int(count))

        def step(p: Array, m: Array | None, s: Array) -> Array:
            if m is None:
                return p
            denominator = np.sqrt(s)
            denominator *= correction
            denominator += self.eps
            np.divide(m, denominator, out=denominator)
            denominator *= lr_hat
            return np.subtract(p, denominator, out=denominator)

        first = _decay(state.first, dparams, b1) if b1 else None
        second = _decay(state.second, tree.map(np.square, dparams), b2)
        moment = _where_learned(first, dparams) if b1 else dparams
        params = tree.map_learned(step, params, moment, second)
        return params, AdamState(count, first, second)


def _decay(moment: Tree, value: Tree, beta: float) -> Tree:
    """β moment + (1 − β) value; unchanged where value is None."""

    def blend(m: Array, v: Array | None) -> Array:
        return m if v is None else beta * m + (1 - beta) * v

    return tree.map(blend, moment, value)


def _where_learned(moment: Tree, dparams: Tree) -> Tree:
    """The moment, and None where the gradient is None: nothing moves there."""
    return tree.map(lambda m, g: None if g is None else m, moment, dparams)
