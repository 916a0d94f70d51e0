"""Adam (Kingma and Ba 2015, algorithm 1).

    m ← β₁ m + (1 − β₁) g                    m̂ = m / (1 − β₁ᵗ)
    s ← β₂ s + (1 − β₂) g²                   ŝ = s / (1 − β₂ᵗ)
    θ ← θ − lr m̂ / (√ŝ + eps)

With β₁ = 0, as in WGAN-GP, m̂ = g: no first moment is kept.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.kernels.adam import adam
from scratchgan.kernels.cuda import optimizers
from scratchgan.kernels.cuda.device import runner
from scratchgan.later import made
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
        tensors: list[tuple] = []
        tree.map_learned(
            lambda *of_leaf: tensors.append(of_leaf),
            *(params, dparams, state.first, state.second),
        )
        moved = [each for each in tensors if each[1] is not None]
        found = iter(self._updated(moved, state.updates))

        def after(p: Array, g: Array | None, m: Array | None, s: Array) -> _Updated:
            return _Updated(p, m, s) if g is None else _Updated(*next(found))

        done = tree.map_learned(after, params, dparams, state.first, state.second)
        learned = tree.learned(done)
        first = tree.map(lambda u: u.m, learned) if self.beta1 else None
        second = tree.map(lambda u: u.s, learned)
        params = tree.map_learned(lambda u: u.p, done)
        return params, AdamState(state.updates + 1, first, second)

    def _updated(self, tensors: list[tuple], updates: Array) -> Iterable[tuple]:
        """The new p, m and s for every p, g, m and s."""
        shares = {"beta1": self.beta1, "beta2": self.beta2, "eps": self.eps}
        if tensors and (run := runner(tensors[0][0])):
            constants = made(updates, self._constants, tensors[0][0])
            return optimizers.adam(run, tensors, constants, **shares)
        lr, correction = map(float, self._constants(int(updates)))
        shares |= {"lr": lr, "correction": correction}
        return [adam(*each, **shares) for each in tensors]

    def _constants(self, updates: int) -> Array:
        """The factors lr / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ) after so many updates."""
        lr, t = rate(self.learning_rate, updates), updates + 1
        correction = 1 / math.sqrt(1 - self.beta2**t)
        return np.array([lr / (1 - self.beta1**t), correction])
