"""WGAN-GP on MNIST: Gulrajani et al. 2017, algorithm 1, as in their gan_mnist.py.

Adam 1e-4, n_critic = 5, λ = 10, batches of 50, z of 128, 200,000 generator updates; no
normalisation in either player. Two-sided penalty; `one_sided=true` is appendix C's.

Paper against code: the paper's algorithm 1 has β₁ = 0, its MNIST code 0.5, as here.
The code's ε weighs the generated sample, the paper's and ours the real one; ε and 1 − ε
have the same distribution.
"""

from dataclasses import dataclass

from scratchgan.losses import Wasserstein
from scratchgan.networks import mnist_discriminator, mnist_generator
from scratchgan.optim import Adam
from scratchgan.penalties import GradientPenalty
from scratchgan.recipes.recipe import Recipe, require_shape
from scratchgan.training.adversarial import Pair
from scratchgan.training.repeats import Times
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class WganGpMnistSettings(Settings):
    """As in the authors' code."""

    steps: int = setting(200_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(50, "samples in one update of one player", low=1)
    n_critic: int = setting(5, "critic updates a step", low=1)
    gp_weight: float = setting(10.0, "weight λ of the gradient penalty", low=0)
    one_sided: bool = setting(False, "punish only norms above one")
    learning_rate: float = setting(1e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.9, "of Adam", low=0, high=0.99999)
    latent_size: int = setting(128, "length of z", low=1)
    dim: int = setting(64, "width of the networks", low=1)


def build(settings: WganGpMnistSettings, shape: Shape) -> System:
    """Players and phases for images of 28 × 28 × 1."""
    require_shape("wgan-gp-mnist", shape, (28, 28, 1))
    pair = Pair(
        generator=mnist_generator(settings.dim),
        discriminator=mnist_discriminator(settings.dim),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        penalty=GradientPenalty(settings.gp_weight, settings.one_sided),
        name="critic",
    )
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam),
        generator=Player(pair.generator, (settings.latent_size,), adam),
        repeats=Times(settings.n_critic),
    )


RECIPE = Recipe(
    name="wgan-gp-mnist",
    summary="WGAN-GP at the authors' settings (Gulrajani et al. 2017)",
    settings=WganGpMnistSettings,
    data="mnist",
    build=build,
    small_shape=(28, 28, 1),
    small={"dim": 2, "latent_size": 3, "batch_size": 3},
)
