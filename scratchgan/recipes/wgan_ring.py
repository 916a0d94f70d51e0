"""WGAN with weight clipping on a ring of eight Gaussians: gan_toy.py in mode "wgan".

RMSProp 5e-5, every weight of the critic clipped to ±0.01, n_critic = 5, batches of 256,
three hidden layers of 512 (Arjovsky et al. 2017, algorithm 1; Gulrajani et al. 2017,
section 3.1 and figure 1b show what clipping does to such a critic: it is too simple).
Different here: RMSProp is PyTorch's (α = 0.99), not TensorFlow's.
"""

from dataclasses import dataclass

from scratchgan.losses import Wasserstein
from scratchgan.networks import mlp
from scratchgan.optim import RMSProp, falling
from scratchgan.recipes.recipe import Recipe, require_shape
from scratchgan.training.adversarial import Pair, WeightClipping
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class WganRingSettings(Settings):
    """As in the toy experiment of the WGAN-GP authors."""

    steps: int = setting(100_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(256, "samples in one update of one player", low=1)
    n_critic: int = setting(5, "critic updates a step", low=1)
    clip: float = setting(0.01, "weights of the critic stay within ± this", low=0)
    learning_rate: float = setting(5e-5, "of RMSProp, both players", low=0)
    decay_steps: int = setting(
        0, "steps until rates are zero, and nothing is learned; 0: they stay", low=0
    )
    latent_size: int = setting(2, "length of z", low=1)
    dim: int = setting(512, "width of the three hidden layers", low=1)


def build(settings: WganRingSettings, shape: Shape) -> System:
    """Players and phases for points in the plane."""
    require_shape("wgan-ring", shape, (2,))
    pair = Pair(
        generator=mlp(settings.dim, 3, 2),
        discriminator=mlp(settings.dim, 3, 1),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        name="critic",
    )

    def rmsprop(updates_a_step: int) -> RMSProp:
        steps = settings.decay_steps * updates_a_step
        return RMSProp(falling(settings.learning_rate, steps))

    clip = WeightClipping(settings.clip)
    return pair.system(
        discriminator=Player(
            pair.discriminator, shape, rmsprop(settings.n_critic), constrain=clip
        ),
        generator=Player(pair.generator, (settings.latent_size,), rmsprop(1)),
        repeats=Times(settings.n_critic),
    )


RECIPE = Recipe(
    name="wgan-ring",
    summary="WGAN with weight clipping on eight Gaussians",
    settings=WganRingSettings,
    data="ring",
    build=build,
    small_shape=(2,),
    small={"dim": 5, "batch_size": 4},
)
