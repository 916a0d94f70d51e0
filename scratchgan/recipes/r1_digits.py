"""R1 on embedded digits: Mescheder, Geiger and Nowozin 2018, sized for two cores.

The non-saturating GAN with γ/2 E ‖∇D(x)‖² at real samples (eq. 9), or at generated
ones, which is R2 (eq. 10, `at_generated=true`).

Paper against code: γ = 10 in the paper, as here; the authors' code has 10 E ‖∇D(x)‖²,
without the half. Different: networks and Adam (`recipes.digits`); the code's
configuration has RMSProp with 1e-4.
"""

from dataclasses import dataclass

from scratchgan.losses import BinaryCrossEntropy
from scratchgan.networks import small_discriminator, small_generator
from scratchgan.penalties import R1
from scratchgan.recipes import digits
from scratchgan.training.adversarial import Pair
from scratchgan.training.settings import setting
from scratchgan.training.system import System
from scratchgan.training.where import at_fake, at_real
from scratchgan.types import Shape


@dataclass(frozen=True)
class R1DigitsSettings(digits.DigitsSettings):
    """The penalty, and at which samples it is taken."""

    r1_gamma: float = setting(10.0, "weight γ of the penalty", low=0)
    at_generated: bool = setting(False, "R2: at generated samples, not real ones")


def build(s: R1DigitsSettings, shape: Shape) -> System:
    """Players and phases for images of `shape`."""
    pair = Pair(
        generator=small_generator(s.dim, shape),
        discriminator=small_discriminator(s.dim),
        loss=BinaryCrossEntropy(),
        latent_size=s.latent_size,
        batch_size=s.batch_size,
        penalty=R1(s.r1_gamma),
        where=at_fake if s.at_generated else at_real,
    )
    return digits.system(pair, s, shape)


SUMMARY = "penalty at real samples on embedded digits (Mescheder et al. 2018)"
RECIPE = digits.recipe("r1-digits", SUMMARY, R1DigitsSettings, build)
