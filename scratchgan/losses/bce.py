"""The GAN of Goodfellow et al. 2014: binary cross-entropy, on logits.

With s = D(x) a logit, N of them, σ the logistic function and ζ(s) = log(1 + eˢ) the
softplus, −log σ(s) = ζ(−s) and −log(1 − σ(s)) = ζ(s). Equation 1, as losses:

    discriminator            L = E ζ(−s_real) + E ζ(s_fake)
        ∂L/∂s_real = −σ(−s_real) / N              ∂L/∂s_fake = σ(s_fake) / N

    generator, minimax       L = E log(1 − σ(s_fake)) = −E ζ(s_fake)
        ∂L/∂s_fake = −σ(s_fake) / N               vanishes where D is sure of itself

    generator, non-saturating (section 3)       L = −E log σ(s_fake) = E ζ(−s_fake)
        ∂L/∂s_fake = −σ(−s_fake) / N              the same fixed point, live gradients

No logarithm of a sigmoid is formed, so values and gradients are finite at any logit.
"""

from dataclasses import dataclass

from scratchgan.layers.activations import sigmoid, softplus
from scratchgan.losses.base import DiscriminatorLoss, GeneratorLoss, mean
from scratchgan.types import Array


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """Loss of the original GAN.

    Parameters
    ----------
    saturating : bool
        True for the minimax generator, False for the non-saturating one.
    """

    saturating: bool = False

    def discriminator(self, real: Array, fake: Array) -> DiscriminatorLoss:
        """Cross-entropy of real as 1 and generated as 0."""
        loss = mean(softplus(-real)) + mean(softplus(fake))
        return DiscriminatorLoss(
            loss, -sigmoid(-real) / real.size, sigmoid(fake) / fake.size
        )

    def generator(self, fake: Array) -> GeneratorLoss:
        """Minimax or non-saturating loss."""
        if self.saturating:
            return GeneratorLoss(-mean(softplus(fake)), -sigmoid(fake) / fake.size)
        return GeneratorLoss(mean(softplus(-fake)), -sigmoid(-fake) / fake.size)
