"""RMSProp (Tieleman and Hinton 2012).

    s ← α s + (1 − α) g²          θ ← θ − lr g / (√s + eps)

eps outside the root and α = 0.99 as in PyTorch, which the WGAN authors used.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.kernels.cuda import optimizers
from scratchgan.kernels.cuda.device import runner
from scratchgan.later import made
from scratchgan.optim.base import LearningRate, rate, require_share, start
from scratchgan.types import Array, Tree


class RMSPropState(NamedTuple):
    """Number of updates made, and the running mean square."""

    updates: Array
    square: Tree


@dataclass(frozen=True)
class _Updated:
    """One leaf after an update; not a tuple, so that it is a leaf itself."""

    p: Array
    s: Array


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
        tensors: list[tuple] = []
        tree.map_learned(
            lambda *of_leaf: tensors.append(of_leaf), params, dparams, state.square
        )
        moved = [each for each in tensors if each[1] is not None]
        found = iter(self._updated(moved, state.updates))

        def after(p: Array, g: Array | None, s: Array) -> _Updated:
            return _Updated(p, s) if g is None else _Updated(*next(found))

        done = tree.map_learned(after, params, dparams, state.square)
        square = tree.map(lambda u: u.s, tree.learned(done))
        params = tree.map_learned(lambda u: u.p, done)
        return params, RMSPropState(state.updates + 1, square)

    def _updated(self, tensors: list[tuple], updates: Array) -> Iterable[tuple]:
        """The new p and s for every p, g and s."""
        alpha, eps = self.alpha, self.eps
        if tensors and (run := runner(tensors[0][0])):
            lr = made(updates, self._rate, tensors[0][0])
            return optimizers.rmsprop(run, tensors, lr, alpha=alpha, eps=eps)
        now = float(self._rate(int(updates))[0])
        return [_updated(*each, lr=now, alpha=alpha, eps=eps) for each in tensors]

    def _rate(self, updates: int) -> Array:
        return np.array([rate(self.learning_rate, updates)], np.float64)


def _updated(
    p: Array, g: Array, s: Array, *, lr: float, alpha: float, eps: float
) -> tuple[Array, Array]:
    s = alpha * s + (1 - alpha) * (g * g)
    return p - lr * g / (np.sqrt(s) + eps), s
