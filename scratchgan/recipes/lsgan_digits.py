"""LSGAN on embedded digits: Mao et al. 2017, sized for two cores.

The targets are eq. 9's: a = 0 for generated samples, b = 1 for real ones, c = 1 for the
generator; eq. 8 has −1, 1 and 0. Different: networks and batches (`recipes.digits`).
"""

from dataclasses import dataclass

from scratchgan.losses import LeastSquares
from scratchgan.networks import small_discriminator, small_generator
from scratchgan.recipes import digits
from scratchgan.training.adversarial import Pair
from scratchgan.training.settings import setting
from scratchgan.training.system import System
from scratchgan.types import Shape


@dataclass(frozen=True)
class LsganDigitsSettings(digits.DigitsSettings):
    """Targets of the scores."""

    fake_target: float = setting(0.0, "a: for generated samples")
    real_target: float = setting(1.0, "b: for real samples")
    generator_target: float = setting(1.0, "c: what the generator wants")


def build(s: LsganDigitsSettings, shape: Shape) -> System:
    """Players and phases for images of `shape`."""
    pair = Pair(
        generator=small_generator(s.dim, shape),
        discriminator=small_discriminator(s.dim),
        loss=LeastSquares(s.fake_target, s.real_target, s.generator_target),
        latent_size=s.latent_size,
        batch_size=s.batch_size,
    )
    return digits.system(pair, s, shape)


SUMMARY = "least squares GAN on embedded digits (Mao et al. 2017)"
RECIPE = digits.recipe("lsgan-digits", SUMMARY, LsganDigitsSettings, build)
