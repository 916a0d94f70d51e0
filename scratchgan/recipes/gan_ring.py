"""GAN on a ring of eight Gaussians: what cross-entropy does with separate modes.

Goodfellow et al. 2014 with the non-saturating generator loss, or the minimax one
(`saturating=true`). Networks, batch size and data are those of the WGAN-GP authors'
gan_toy.py, which has no cross-entropy mode: the optimiser, Adam 1e-4 with (0.5, 0.9)
and one discriminator update a step, is its WGAN-GP's, so that the losses alone differ.
"""

from dataclasses import dataclass

from scratchgan.losses import BinaryCrossEntropy
from scratchgan.networks import mlp
from scratchgan.optim import Adam, falling
from scratchgan.recipes.recipe import Recipe, require_shape
from scratchgan.training.adversarial import Pair
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class GanRingSettings(Settings):
    """The WGAN-GP toy experiment, with the original loss."""

    steps: int = setting(100_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(256, "samples in one update of one player", low=1)
    saturating: bool = setting(False, "minimax generator loss")
    learning_rate: float = setting(1e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    decay_steps: int = setting(
        0, "steps until rates are zero, and nothing is learned; 0: they stay", low=0
    )
    latent_size: int = setting(2, "length of z", low=1)
    dim: int = setting(512, "width of the three hidden layers", low=1)


def build(settings: GanRingSettings, shape: Shape) -> System:
    """Players and phases for points in the plane."""
    require_shape("gan-ring", shape, (2,))
    pair = Pair(
        generator=mlp(settings.dim, 3, 2),
        discriminator=mlp(settings.dim, 3, 1),
        loss=BinaryCrossEntropy(settings.saturating),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
    )
    rate = falling(settings.learning_rate, settings.decay_steps)
    adam = Adam(rate, settings.beta1, settings.beta2)
    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam),
        generator=Player(pair.generator, (settings.latent_size,), adam),
    )


RECIPE = Recipe(
    name="gan-ring",
    summary="GAN with binary cross-entropy on eight Gaussians",
    settings=GanRingSettings,
    data="ring",
    build=build,
    small_shape=(2,),
    small={"dim": 5, "batch_size": 4},
)
