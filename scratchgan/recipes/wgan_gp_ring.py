"""WGAN-GP on a ring of eight Gaussians: gan_toy.py in mode "wgan-gp".

Adam 1e-4 with (0.5, 0.9), n_critic = 5, batches of 256, three hidden layers of 512
(Gulrajani et al. 2017, section 3.1 and figure 1b).

Paper against code: "all experiments in this paper use λ = 10", the toy code has 0.1, as
here; β₁ is 0 in the paper's algorithm 1, 0.5 in the code, as here.
"""

from dataclasses import dataclass

from scratchgan.losses import Wasserstein
from scratchgan.networks import mlp
from scratchgan.networks.mlp import ACTIVATIONS, NORMS
from scratchgan.optim import Adam, falling
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes.recipe import Recipe, require_shape
from scratchgan.training.adversarial import Pair
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class WganGpRingSettings(Settings):
    """As in the authors' toy code."""

    steps: int = setting(100_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(256, "samples in one update of one player", low=1)
    n_critic: int = setting(5, "critic updates a step", low=1)
    gp_weight: float = setting(0.1, "weight λ of the gradient penalty", low=0)
    one_sided: bool = setting(False, "punish only norms above one")
    learning_rate: float = setting(1e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    decay_steps: int = setting(
        0, "steps until rates are zero, and nothing is learned; 0: they stay", low=0
    )
    latent_size: int = setting(2, "length of z", low=1)
    dim: int = setting(512, "width of the three hidden layers", low=1)
    activation: str = setting("relu", f"of the critic: {', '.join(ACTIVATIONS)}")
    critic_norm: str = setting("none", f"of the critic: {', '.join(NORMS)}")


def build(settings: WganGpRingSettings, shape: Shape) -> System:
    """Players and phases for points in the plane."""
    require_shape("wgan-gp-ring", shape, (2,))
    pair = Pair(
        generator=mlp(settings.dim, 3, 2),
        discriminator=mlp(
            settings.dim, 3, 1, settings.activation, settings.critic_norm
        ),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        penalty=GradientPenalty(settings.gp_weight, settings.one_sided),
        name="critic",
    )

    def adam(updates_a_step: int) -> Adam:
        rate = falling(settings.learning_rate, settings.decay_steps * updates_a_step)
        return Adam(rate, settings.beta1, settings.beta2)

    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam(settings.n_critic)),
        generator=Player(pair.generator, (settings.latent_size,), adam(1)),
        repeats=Times(settings.n_critic),
    )


RECIPE = Recipe(
    name="wgan-gp-ring",
    summary="WGAN-GP on eight Gaussians",
    settings=WganGpRingSettings,
    data="ring",
    build=build,
    small_shape=(2,),
    small={"dim": 5, "batch_size": 4},
)
