"""WGAN-GP on stacked MNIST: the networks of `dcgan-stacked-mnist`, another loss.

Settings of Gulrajani et al. 2017 (algorithm 1; Adam 1e-4 and β₁ = 0.5 as in their MNIST
code, n_critic = 5, λ = 10) on the networks of Lin et al. 2018, the critic without its
batch normalisation. Steps such that the critic sees as many images as the discriminator
of `dcgan-stacked-mnist`. There is no published protocol for this pair.
"""

from dataclasses import dataclass

from scratchgan.losses import Wasserstein
from scratchgan.networks import stacked_discriminator, stacked_generator
from scratchgan.optim import Adam
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes.dcgan_stacked_mnist import SHAPE
from scratchgan.recipes.recipe import Recipe, require_shape
from scratchgan.training.adversarial import Pair
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class WganGpStackedSettings(Settings):
    """Those of WGAN-GP on MNIST, with PacGAN's batch, latent and width."""

    steps: int = setting(20_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(64, "images in one update of one player", low=2)
    n_critic: int = setting(5, "critic updates a step", low=1)
    gp_weight: float = setting(10.0, "weight λ of the gradient penalty", low=0)
    learning_rate: float = setting(1e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    latent_size: int = setting(100, "length of z, uniform on (−1, 1)", low=1)
    dim: int = setting(64, "width of the networks", low=1)


def build(settings: WganGpStackedSettings, shape: Shape) -> System:
    """Players and phases for images of 28 × 28 × 3."""
    require_shape("wgan-gp-stacked-mnist", shape, SHAPE)
    pair = Pair(
        generator=stacked_generator(settings.dim),
        discriminator=stacked_discriminator(settings.dim, batch_norm=False),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        penalty=GradientPenalty(settings.gp_weight),
        name="critic",
        prior="uniform",
    )
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam),
        generator=Player(pair.generator, (settings.latent_size,), adam),
        repeats=Times(settings.n_critic),
    )


RECIPE = Recipe(
    name="wgan-gp-stacked-mnist",
    summary="WGAN-GP on 1,000 modes, the same networks",
    settings=WganGpStackedSettings,
    data="stacked-mnist",
    build=build,
    value_range=(-1.0, 1.0),
    small_shape=SHAPE,
    small={"dim": 1, "latent_size": 3, "batch_size": 2, "n_critic": 1},
    full={"batch_size": 4, "n_critic": 1},
)
