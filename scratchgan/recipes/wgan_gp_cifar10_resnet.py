"""WGAN-GP with residual networks on CIFAR-10: Gulrajani et al. 2017, appendix F.

As in their gan_cifar_resnet.py, without labels: Adam 2e-4 with (0, 0.9) and a rate that
falls linearly to zero over 100,000 steps, n_critic = 5, λ = 10, critic batches of 64
and generator batches of 128, z of 128, networks of width 128. Pixels are spread over
the width of their level (`data.Dequantized`).

Paper against code: the paper's table 3 has an unsupervised and a supervised model; the
code's default is the latter, with an auxiliary classifier, which is not here.
Different: a critic update has the rate of its own count, not that of the step it is in.
"""

from dataclasses import dataclass

from scratchgan.data import Dequantized, load_array
from scratchgan.losses import Wasserstein
from scratchgan.networks import cifar_resnet_critic, cifar_resnet_generator
from scratchgan.optim import Adam, LinearDecay
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes.recipe import Recipe, require_multiple
from scratchgan.training.adversarial import Pair
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class WganGpCifar10ResnetSettings(Settings):
    """As in the authors' code."""

    steps: int = setting(100_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(64, "samples in one update of the critic", low=1)
    generator_batch: int = setting(128, "samples in one generator update", low=2)
    n_critic: int = setting(5, "critic updates a step", low=1)
    gp_weight: float = setting(10.0, "weight λ of the gradient penalty", low=0)
    learning_rate: float = setting(2e-4, "of Adam at the start, both players", low=0)
    decay_steps: int = setting(100_000, "steps until the rate is zero", low=1)
    beta1: float = setting(0.0, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    layer_norm: bool = setting(False, "normalise the critic by sample")
    latent_size: int = setting(128, "length of z", low=1)
    dim: int = setting(128, "width of the networks", low=1)


def read(source: str, settings: Settings) -> Dequantized:
    """Pixels from −1 to 1, none of them a multiple of 1/128."""
    data = load_array(source)
    return Dequantized(data.name, data.samples)


def build(settings: WganGpCifar10ResnetSettings, shape: Shape) -> System:
    """Players and phases for images of `shape`, such as 32 × 32 × 3."""
    require_multiple("wgan-gp-cifar10-resnet", shape, 8)
    pair = Pair(
        generator=cifar_resnet_generator(settings.dim, shape),
        discriminator=cifar_resnet_critic(settings.dim, settings.layer_norm),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        generator_batch=settings.generator_batch,
        penalty=GradientPenalty(settings.gp_weight),
        name="critic",
    )

    def adam(updates_a_step: int) -> Adam:
        stop = settings.decay_steps * updates_a_step
        rate = LinearDecay(settings.learning_rate, stop)
        return Adam(rate, settings.beta1, settings.beta2)

    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam(settings.n_critic)),
        generator=Player(pair.generator, (settings.latent_size,), adam(1)),
        repeats=Times(settings.n_critic),
    )


RECIPE = Recipe(
    name="wgan-gp-cifar10-resnet",
    summary="WGAN-GP with residual networks (Gulrajani et al. 2017)",
    settings=WganGpCifar10ResnetSettings,
    data="cifar10",
    build=build,
    value_range=(-1.0, 1.0),
    small_shape=(8, 8, 3),
    shape=(32, 32, 3),
    small={"dim": 2, "latent_size": 3, "batch_size": 2, "generator_batch": 4},
    full={"batch_size": 4, "generator_batch": 4, "n_critic": 1},
    read=read,
)
