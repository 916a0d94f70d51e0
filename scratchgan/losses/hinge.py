"""The hinge loss of Lim and Ye 2017, as in Miyato et al. 2018 (eqs. 16 and 17).

With s = D(x) a score, N scores, and [p] one where p holds and zero elsewhere,

    discriminator     L = E max(0, 1 − s_real) + E max(0, 1 + s_fake)
        ∂L/∂s_real = −[s_real < 1] / N          ∂L/∂s_fake = [s_fake > −1] / N

    generator         L = −E s_fake
        ∂L/∂s_fake = −1 / N

The discriminator learns from samples within the margin alone, as a support vector
machine does. At the corners ±1 the derivative is taken to be zero.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.losses.base import DiscriminatorLoss, GeneratorLoss, mean
from scratchgan.types import Array


@dataclass(frozen=True)
class Hinge:
    """A margin of one on each side of zero."""

    def discriminator(self, real: Array, fake: Array) -> DiscriminatorLoss:
        """How far real scores fall short of 1, and generated ones exceed −1."""
        of_real, d_real = _hinge(real, -1)
        of_fake, d_fake = _hinge(fake, 1)
        return DiscriminatorLoss(of_real + of_fake, d_real, d_fake)

    def generator(self, fake: Array) -> GeneratorLoss:
        """Minus the mean score."""
        return GeneratorLoss(-mean(fake), np.full_like(fake, -1 / max(1, fake.size)))


def _hinge(scores: Array, sign: int) -> tuple[float, Array]:
    """E max(0, 1 + sign · s), and its gradient."""
    excess = 1 + sign * scores
    within = (excess > 0).astype(scores.dtype)
    return mean(excess * within), within * (sign / max(1, scores.size))
