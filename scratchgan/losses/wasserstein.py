"""The Wasserstein loss of Arjovsky, Chintala and Bottou 2017 (algorithm 1).

The dual of the Wasserstein-1 distance is a supremum over 1-Lipschitz critics f,

    W(P_r, P_g) = sup E f(x_real) − E f(x_fake)                              (eq. 2)

so that the critic, which minimises, and the generator have

    critic       L = E f(x_fake) − E f(x_real)   ∂L/∂f_real = −1/N   ∂L/∂f_fake = 1/N
    generator    L = −E f(x_fake)                ∂L/∂f_fake = −1/N

−L of the critic estimates the distance as far as f is 1-Lipschitz. Nothing here makes
it so: weight clipping or a gradient penalty does.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.losses.base import DiscriminatorLoss, GeneratorLoss, mean
from scratchgan.types import Array


@dataclass(frozen=True)
class Wasserstein:
    """Difference of the critic's means."""

    def discriminator(self, real: Array, fake: Array) -> DiscriminatorLoss:
        """Loss of the critic: E f(x_fake) − E f(x_real)."""
        return DiscriminatorLoss(
            mean(fake) - mean(real),
            np.full_like(real, -1 / max(1, real.size)),
            np.full_like(fake, 1 / max(1, fake.size)),
        )

    def generator(self, fake: Array) -> GeneratorLoss:
        """Loss of the generator: −E f(x_fake)."""
        return GeneratorLoss(-mean(fake), np.full_like(fake, -1 / max(1, fake.size)))
