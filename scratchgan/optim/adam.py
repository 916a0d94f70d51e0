"""Adam (Kingma and Ba 2015, algorithm 1).

    m ← β₁ m + (1 − β₁) g                    m̂ = m / (1 − β₁ᵗ)
    s ← β₂ s + (1 − β₂) g²                   ŝ = s / (1 − β₂ᵗ)
    θ ← θ − lr m̂ / (√ŝ + eps)

With β₁ = 0, as in WGAN-GP, m̂ = g: no first moment is kept.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from scratchgan import tree
from scratchgan.kernels.adam import adam
from scratchgan.optim.base import LearningRate, rate, require_share, start
from scratchgan.types import Array, Tree


class AdamState(NamedTuple):
    """Number of updates made, and the two running moments."""

    updates: Array
    first: Tree  # None where β₁ = 0
    second: Tree


@dataclass(frozen=True)
class _Updated:
    """One leaf after an update; not a tuple, so that it is a leaf itself."""

    p: Array
    m: Array | None
    s: Array


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
        constants = {
            "lr": lr / (1 - b1 ** int(count)),
            "beta1": b1,
            "beta2": b2,
            "eps": self.eps,
            "correction": 1 / math.sqrt(1 - b2 ** int(count)),
        }

        def step(p: Array, g: Array | None, m: Array | None, s: Array) -> _Updated:
            if g is None:
                return _Updated(p, m, s)
            return _Updated(*adam(p, g, m, s, **constants))

        done = tree.map_learned(step, params, dparams, state.first, state.second)
        learned = tree.learned(done)
        first = tree.map(lambda u: u.m, learned) if b1 else None
        second = tree.map(lambda u: u.s, learned)
        params = tree.map_learned(lambda u: u.p, done)
        return params, AdamState(count, first, second)
