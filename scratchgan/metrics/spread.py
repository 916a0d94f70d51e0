"""A measure taken on several parts of the samples: its mean, and how it varies.

The standard deviation divides by the number of parts (ddof = 0), as in the published
scores. It says how the measure of *one part* varies. It is not the standard error of
the mean, nor an interval for the model: another seed of the training is not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over parts.

    Parameters
    ----------
    mean, std : float
        In the measure's unit.
    """

    mean: float
    std: float

    @staticmethod
    def of(values: Sequence[float]) -> "Spread":
        """That of one value a part."""
        return Spread(float(np.mean(values)), float(np.std(values)))
