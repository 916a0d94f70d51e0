"""TGAN on one moving digit in 32 × 32 pixels: a demonstration sized for two cores.

Networks and penalty are those of `tgan_moving_mnist`. What differs, so that digits move
within twenty minutes:

* data: the middle 20 × 20 pixels of one digit, in 16 frames of 32 × 32
* networks: a quarter as wide, the temporal generator an eighth, one doubling fewer,
  weights with He's variance
* updates: n_critic = 1, Adam with β₁ = 0 and a learning rate that falls from 1e-3 to
  zero, batches of 16; samples are drawn with a moving average of the generator
* z is standard normal, of 32 numbers, as many as each frame's latent has
"""

from dataclasses import dataclass, replace

from scratchgan.data.moving_mnist import NAME
from scratchgan.layers.initializers import he_normal
from scratchgan.losses import Wasserstein
from scratchgan.networks import tgan_critic, tgan_generator
from scratchgan.networks.tgan import FRAMES
from scratchgan.optim import EMA, Adam, falling
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes.recipe import Recipe
from scratchgan.recipes.tgan_moving_mnist import (
    RANGE,
    read,
    require_videos,
    shown_and_measured,
)
from scratchgan.training.adversarial import Pair
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class SmallTganSettings(Settings):
    """Sized for two cores and twenty minutes."""

    steps: int = setting(1800, "training steps, one generator update each", low=1)
    batch_size: int = setting(16, "videos in one update of one player", low=2)
    n_critic: int = setting(1, "critic updates a step", low=1)
    gp_weight: float = setting(10.0, "weight λ of the gradient penalty", low=0)
    learning_rate: float = setting(1e-3, "of Adam, both players", low=0)
    decay_steps: int = setting(
        1800, "steps until rates are zero, and nothing is learned; 0: they stay", low=0
    )
    beta1: float = setting(0.0, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    ema_decay: float = setting(
        0.998, "of the average samples come from", low=0, high=0.99999
    )
    latent_size: int = setting(32, "length of z, which says what stays", low=1)
    fast_size: int = setting(32, "length of each frame's latent", low=1)
    dim: int = setting(128, "channels of the frame generator's 4 × 4 image", low=2)
    time_dim: int = setting(64, "channels of the temporal generator", low=4)
    critic_dim: int = setting(16, "channels of the critic's first layer", low=1)
    digits: int = setting(1, "digits a video of moving-mnist", low=1)
    digit_size: int = setting(
        20, "pixels of a digit's middle; 0: whole, shrunk with the frame", low=0
    )
    size: int = setting(32, "height and width of moving-mnist's frames", low=16)


def build(settings: SmallTganSettings, shape: Shape) -> System:
    """Players and phases for videos of 16 square frames."""
    require_videos("tgan-moving-mnist-small", shape)
    pair = Pair(
        generator=tgan_generator(
            shape,
            settings.dim,
            settings.time_dim,
            settings.latent_size,
            settings.fast_size,
            he_normal,
        ),
        discriminator=tgan_critic(settings.critic_dim),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        penalty=GradientPenalty(settings.gp_weight),
        name="critic",
    )
    updates = settings.decay_steps * settings.n_critic
    critic_rate = falling(settings.learning_rate, updates)
    rate = falling(settings.learning_rate, settings.decay_steps)
    adam = Adam(rate, settings.beta1, settings.beta2)
    latent, average = (settings.latent_size,), EMA(settings.ema_decay)
    system = pair.system(
        discriminator=Player(
            pair.discriminator, shape, replace(adam, learning_rate=critic_rate)
        ),
        generator=Player(pair.generator, latent, adam, average),
        repeats=Times(settings.n_critic),
    )
    return shown_and_measured(system)


RECIPE = Recipe(
    name="tgan-moving-mnist-small",
    summary="TGAN: one moving digit in 32 × 32, in twenty minutes on two cores",
    settings=SmallTganSettings,
    data=NAME,
    build=build,
    value_range=RANGE,
    small_shape=(16, 16, 16, 1),
    small={
        "dim": 2,
        "time_dim": 4,
        "critic_dim": 1,
        "latent_size": 3,
        "fast_size": 2,
        "batch_size": 3,
    },
    shape=(FRAMES, 32, 32, 1),
    read=read,
)
