"""Exponential moving average of parameters (for GANs: Yazıcı et al. 2019).

    θ̄ ← d θ̄ + (1 − d) θ     d = min(decay, (1 + t) / (10 + t))

after t earlier updates. The bound lets the average follow early, when the first
parameters are worth little; a schedule of decays, such as `HalfLife`, is taken as it
is. State that travels with the parameters (running statistics) is averaged alike.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scratchgan import tree
from scratchgan.kernels.cuda.device import runner
from scratchgan.kernels.cuda.optimizers import follow as on_device
from scratchgan.later import made
from scratchgan.optim.base import require_share
from scratchgan.types import Array, Tree


@dataclass(frozen=True)
class EMA:
    """Average that samples are drawn with.

    Parameters
    ----------
    decay : float or callable
        Share of the old average that one update leaves, 0 to below 1; or a function
        from the number of updates made so far to it.
    """

    decay: float | Callable[[int], float] = 0.999

    def __post_init__(self) -> None:
        if not callable(self.decay):
            require_share("decay", self.decay)

    def update(self, average: Tree, params: Tree, count: int) -> Tree:
        """The average after update number `count`, counted from 0."""
        leaves = tree.leaves(average)
        if leaves and (run := runner(leaves[0])):
            pairs = list(zip(leaves, tree.leaves(params), strict=True))
            found = iter(on_device(run, pairs, made(count, self._keep, leaves[0])))
            return tree.map(lambda a: next(found), average)
        keep = float(self._keep(count)[0])

        def follow(a: Array, p: Array) -> Array:
            found = keep * a
            found += (1 - keep) * p
            return found

        return tree.map(follow, average, params)

    def _keep(self, count: int) -> Array:
        """D."""
        if callable(self.decay):
            return np.array([self.decay(count)], np.float64)
        return np.array([min(self.decay, (1 + count) / (10 + count))])
