"""The hinge loss with spectral normalisation: Miyato et al. 2018, on embedded digits.

Lim and Ye's hinge (eqs. 16 and 17) on a discriminator whose every layer is divided by
its largest singular value (eq. 8), which bounds its Lipschitz constant without a
penalty. Adam with (0, 0.9), as their ResNets have it. Different from the paper:
networks and learning rate (`recipes.digits`), and one discriminator update a step, not
five.
"""

from dataclasses import dataclass

from scratchgan.losses import Hinge
from scratchgan.networks import small_discriminator, small_generator
from scratchgan.recipes import digits
from scratchgan.training.adversarial import Pair
from scratchgan.training.settings import setting
from scratchgan.training.system import System
from scratchgan.types import Shape


@dataclass(frozen=True)
class HingeDigitsSettings(digits.DigitsSettings):
    """Adam as in the paper's ResNets."""

    beta1: float = setting(0.0, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)


def build(s: HingeDigitsSettings, shape: Shape) -> System:
    """Players and phases for images of `shape`."""
    pair = Pair(
        generator=small_generator(s.dim, shape),
        discriminator=small_discriminator(s.dim, spectral=True),
        loss=Hinge(),
        latent_size=s.latent_size,
        batch_size=s.batch_size,
    )
    return digits.system(pair, s, shape)


SUMMARY = "hinge loss and spectral normalisation on digits (Miyato et al. 2018)"
RECIPE = digits.recipe("hinge-digits", SUMMARY, HingeDigitsSettings, build)
