"""Exponential moving average of parameters (for GANs: Yazıcı et al. 2019).

    θ̄ ← d θ̄ + (1 − d) θ     d = min(decay, (1 + t) / (10 + t))

after t earlier updates. The bound lets the average follow early, when the first
parameters are worth little. State that travels with the parameters (running statistics)
is averaged alike.
"""

from dataclasses import dataclass

from scratchgan import tree
from scratchgan.optim.base import require_share
from scratchgan.types import Tree


@dataclass(frozen=True)
class EMA:
    """Average that samples are drawn with.

    Parameters
    ----------
    decay : float
        Share of the old average that one update leaves, 0 to below 1.
    """

    decay: float = 0.999

    def __post_init__(self) -> None:
        require_share("decay", self.decay)

    def update(self, average: Tree, params: Tree, count: int) -> Tree:
        """The average after update number `count`, counted from 0."""
        keep = min(self.decay, (1 + count) / (10 + count))
        return tree.map(lambda a, p: keep * a + (1 - keep) * p, average, params)
