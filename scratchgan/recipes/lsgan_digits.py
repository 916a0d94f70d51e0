"""LSGAN on embedded digits: Mao et al. 2017, eq. 9, sized for two cores.

Least squares of scores from targets, a = 0 for generated samples, b = 1 for real ones,
and c = 1 for the generator; a = −1, b = 1, c = 0 is eq. 8. Different from the paper:
networks (`recipes.digits`), and Adam. The authors' LSUN experiments took RMSProp with
1e-4.
"""

from dataclasses import dataclass

from scratchgan.losses import LeastSquares
from scratchgan.networks import small_discriminator, small_generator
from scratchgan.recipes import digits
from scratchgan.recipes.recipe import Recipe, require_multiple
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
    """Players and phases for images of `shape`, a multiple of 4 high and wide."""
    require_multiple("lsgan-digits", shape, 4)
    pair = Pair(
        generator=small_generator(s.dim, shape),
        discriminator=small_discriminator(s.dim),
        loss=LeastSquares(s.fake_target, s.real_target, s.generator_target),
        latent_size=s.latent_size,
        batch_size=s.batch_size,
    )
    return digits.digits_system(pair, s, shape)


RECIPE = Recipe(
    name="lsgan-digits",
    summary="least squares GAN on embedded digits (Mao et al. 2017)",
    settings=LsganDigitsSettings,
    data="digits",
    build=build,
    small_shape=digits.SMALL_SHAPE,
    shape=digits.SHAPE,
    small=digits.SMALL,
)
