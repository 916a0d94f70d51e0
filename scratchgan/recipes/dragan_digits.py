"""DRAGAN on embedded digits: Kodali et al. 2017, sized for two cores.

Cross-entropy with the non-saturating generator, and WGAN-GP's penalty λ (‖g‖ − 1)² near
real samples alone (`training.where.Around`): the discriminator may be as steep as it
likes between the two kinds. λ = 10 and the target norm of 1 are the paper's.

Paper against code: the paper moves samples by δ ~ N(0, c I), the code by a product of
uniform numbers with c half the standard deviation of the batch; that is what is here,
with 0.15 for the digits' 0.31 / 2. Different: networks and settings of Adam
(`recipes.digits`); the code has 1e-4 with (0.5, 0.9) for a perceptron.
"""

from dataclasses import dataclass

from scratchgan.losses import BinaryCrossEntropy
from scratchgan.networks import small_discriminator, small_generator
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes import digits
from scratchgan.training.adversarial import Pair
from scratchgan.training.settings import setting
from scratchgan.training.system import System
from scratchgan.training.where import Around
from scratchgan.types import Shape


@dataclass(frozen=True)
class DraganDigitsSettings(digits.DigitsSettings):
    """The penalty, and how far from real samples it looks."""

    gp_weight: float = setting(10.0, "weight λ of the gradient penalty", low=0)
    reach: float = setting(0.15, "how far from real samples it looks, c", low=0)


def build(s: DraganDigitsSettings, shape: Shape) -> System:
    """Players and phases for images of `shape`."""
    pair = Pair(
        generator=small_generator(s.dim, shape),
        discriminator=small_discriminator(s.dim),
        loss=BinaryCrossEntropy(),
        latent_size=s.latent_size,
        batch_size=s.batch_size,
        penalty=GradientPenalty(s.gp_weight),
        where=Around(s.reach),
    )
    return digits.system(pair, s, shape)


SUMMARY = "penalty around real samples on embedded digits (Kodali et al. 2017)"
RECIPE = digits.recipe("dragan-digits", SUMMARY, DraganDigitsSettings, build)
