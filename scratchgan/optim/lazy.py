"""Lazy regularisation (Karras et al. 2020, appendix B): Adam for more updates a step.

Where a penalty is taken once in k steps, by an update of its own, the optimiser makes
k + 1 updates in the time of k. With c = k / (k + 1), its learning rate becomes c lr,
and its β become β₁ᶜ and β₂ᶜ, so that k steps move and forget as k updates did. One
state serves both kinds of updates. Whoever takes the penalty multiplies it by k.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from scratchgan.optim.adam import Adam


@dataclass(frozen=True)
class _Scaled:
    """A schedule of learning rates times a constant."""

    schedule: Callable[[int], float]
    factor: float

    def __call__(self, count: int) -> float:
        return self.factor * self.schedule(count)


def lazy(adam: Adam, interval: int) -> Adam:
    """`adam`, corrected for a penalty that is taken once in `interval` steps.

    Raises
    ------
    ValueError
        If `interval` is below one.
    """
    if interval < 1:
        raise ValueError(f"interval: expected at least 1, received {interval}")
    c = interval / (interval + 1)
    lr = adam.learning_rate
    return replace(
        adam,
        learning_rate=_Scaled(lr, c) if callable(lr) else c * lr,
        beta1=adam.beta1**c,
        beta2=adam.beta2**c,
    )
