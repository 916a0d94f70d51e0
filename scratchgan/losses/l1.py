"""The L1 distance: CycleGAN's cycle and identity losses (Zhu et al. 2017, eq. 2).

For n numbers y, all pixels of all samples, and what they should be, t:

    L = Σ |y − t| / n
    ∂L/∂y = sign(y − t) / n

At y = t the gradient is 0, one of the subgradients there. The published losses are
means over pixels too, as in the authors' code; the paper writes ‖·‖₁.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.losses.base import mean
from scratchgan.types import Array


class DistanceLoss(NamedTuple):
    """Value and gradient of a distance to a target."""

    loss: float
    dy: Array  #: ∂loss/∂y, the shape of y


@dataclass(frozen=True)
class L1:
    """Mean absolute difference."""

    def __call__(self, y: Array, target: Array) -> DistanceLoss:
        """Distance of `y` from `target`, which is a constant.

        Raises
        ------
        ValueError
            If their shapes differ: broadcasting would hide it.
        """
        if y.shape != target.shape:
            raise ValueError(
                f"target: expected the shape of y {y.shape}, received {target.shape}"
            )
        gap = y - target
        return DistanceLoss(mean(np.abs(gap)), np.sign(gap) / max(1, gap.size))
