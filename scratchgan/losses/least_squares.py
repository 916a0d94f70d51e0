"""The least squares GAN of Mao et al. 2017.

With s = D(x) a score without a squashing, targets a for generated and b for real
samples, and c what the generator wants its own samples to score (eq. 2), N scores,

    discriminator     L = ½ E (s_real − b)² + ½ E (s_fake − a)²
        ∂L/∂s_real = (s_real − b) / N           ∂L/∂s_fake = (s_fake − a) / N

    generator         L = ½ E (s_fake − c)²
        ∂L/∂s_fake = (s_fake − c) / N

A sample on the right side of the decision boundary still pulls, if it is far from its
target: there the cross-entropy's gradient has vanished. With b − c = 1 and b − a = 2,
such as (a, b, c) = (−1, 1, 0), the generator minimises the Pearson χ² divergence of
p_data + p_g and 2 p_g; (0, 1, 1) is the 0-1 coding (eq. 9) of their experiments. A map
of scores, one for each patch (PatchGAN), is as many scores as it has pixels.

CycleGAN's code has the ½ in the discriminator's loss, and not in the generator's.
"""

from dataclasses import dataclass

from scratchgan.losses.base import DiscriminatorLoss, GeneratorLoss, mean
from scratchgan.types import Array


@dataclass(frozen=True)
class LeastSquares:
    """Half the squared distances of scores from their targets.

    Parameters
    ----------
    fake_target, real_target : float
        a and b: what the discriminator wants generated and real samples to score.
    generator_target : float
        c: what the generator wants its samples to score.
    """

    fake_target: float = 0.0
    real_target: float = 1.0
    generator_target: float = 1.0

    def discriminator(self, real: Array, fake: Array) -> DiscriminatorLoss:
        """Distances of real scores from b and of generated ones from a."""
        of_real, d_real = _half_square(real - self.real_target)
        of_fake, d_fake = _half_square(fake - self.fake_target)
        return DiscriminatorLoss(of_real + of_fake, d_real, d_fake)

    def generator(self, fake: Array) -> GeneratorLoss:
        """Distance of generated scores from c."""
        return GeneratorLoss(*_half_square(fake - self.generator_target))


def _half_square(gap: Array) -> tuple[float, Array]:
    """½ E gap², and its gradient."""
    return 0.5 * mean(gap * gap), gap / max(1, gap.size)
