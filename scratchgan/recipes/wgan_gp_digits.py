"""WGAN-GP on 10,000 embedded digits: a demonstration sized for two cores.

Loss and penalty are those of Gulrajani et al. 2017 (algorithm 1, eq. 3). What differs
from the paper, so that digits appear within two minutes:

* networks: two convolutions a side (`networks.small_dcgan`), not three, the generator
  with LayerNorm
* updates: n_critic = 1, not 5, a learning rate of 1e-3, not 1e-4, and batches of 32: a
  critic further from its optimum than the paper's, and many more generator updates
* z of 32; samples are drawn with an exponential moving average of the generator
"""

from dataclasses import dataclass

from scratchgan.losses import Wasserstein
from scratchgan.networks import small_discriminator, small_generator
from scratchgan.optim import EMA, Adam
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes.recipe import Recipe, require_multiple
from scratchgan.training.adversarial import Pair
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class DigitsSettings(Settings):
    """Sized for two cores and two minutes."""

    steps: int = setting(3600, "training steps, one generator update each", low=1)
    batch_size: int = setting(32, "samples in one update of one player", low=1)
    n_critic: int = setting(1, "critic updates a step", low=1)
    gp_weight: float = setting(10.0, "weight λ of the gradient penalty", low=0)
    one_sided: bool = setting(False, "punish only norms above one")
    learning_rate: float = setting(1e-3, "of Adam, both players", low=0)
    beta1: float = setting(0.0, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    ema_decay: float = setting(
        0.998, "of the average samples come from", low=0, high=0.99999
    )
    latent_size: int = setting(32, "length of z", low=1)
    dim: int = setting(32, "width of the networks", low=1)


def build(settings: DigitsSettings, shape: Shape) -> System:
    """Players and phases for images of `shape`, a multiple of 4 high and wide."""
    require_multiple("wgan-gp-digits", shape, 4)
    pair = Pair(
        generator=small_generator(settings.dim, shape),
        discriminator=small_discriminator(settings.dim),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        penalty=GradientPenalty(settings.gp_weight, settings.one_sided),
        name="critic",
    )
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam),
        generator=Player(
            pair.generator, (settings.latent_size,), adam, EMA(settings.ema_decay)
        ),
        repeats=Times(settings.n_critic),
    )


RECIPE = Recipe(
    name="wgan-gp-digits",
    summary="WGAN-GP on embedded digits, in about two minutes on two cores",
    settings=DigitsSettings,
    data="digits",
    build=build,
    small_shape=(8, 8, 1),
    shape=(28, 28, 1),
    small={"dim": 3, "latent_size": 3, "batch_size": 3},
)
