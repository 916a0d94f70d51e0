"""WGAN with weight clipping on MNIST: Arjovsky, Chintala and Bottou 2017, algorithm 1.

RMSProp with a learning rate of 5e-5, every weight of the critic clipped to ±0.01 after
each of its n_critic = 5 updates. Networks, batch size of 50 and z of 128 are those of
gan_mnist.py by the WGAN-GP authors in its mode "wgan", which is also the only one with
batch normalisation, in both players. Biases and normalisation gains are clipped too, as
in that code.

Paper against code: the WGAN authors' own code makes 100 critic updates in each of the
first 25 steps and in every 500th; neither paper nor the MNIST code does, nor does this
unless it is told to (`often_at_first=true`).
Different here: RMSProp is PyTorch's (α = 0.99, as the WGAN authors used), not
TensorFlow's; samples are drawn with running statistics instead of their own batch's.
"""

from dataclasses import dataclass

from scratchgan.losses import Wasserstein
from scratchgan.networks import mnist_discriminator, mnist_generator
from scratchgan.optim import RMSProp
from scratchgan.recipes.recipe import Recipe, require_shape
from scratchgan.training.adversarial import Pair, WeightClipping
from scratchgan.training.repeats import Times, WganTimes
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class WganMnistSettings(Settings):
    """As in the paper, and in the code of the WGAN-GP authors."""

    steps: int = setting(200_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(50, "samples in one update of one player", low=2)
    n_critic: int = setting(5, "critic updates a step", low=1)
    often_at_first: bool = setting(
        False, "100 critic updates in steps 1 to 25 and every 500th"
    )
    clip: float = setting(0.01, "weights of the critic stay within ± this", low=0)
    learning_rate: float = setting(5e-5, "of RMSProp, both players", low=0)
    latent_size: int = setting(128, "length of z", low=1)
    dim: int = setting(64, "width of the networks", low=1)


def build(settings: WganMnistSettings, shape: Shape) -> System:
    """Players and phases for images of 28 × 28 × 1."""
    require_shape("wgan-mnist", shape, (28, 28, 1))
    pair = Pair(
        generator=mnist_generator(settings.dim, batch_norm=True),
        discriminator=mnist_discriminator(settings.dim, batch_norm=True),
        loss=Wasserstein(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        name="critic",
    )
    rmsprop = RMSProp(settings.learning_rate)
    clip = WeightClipping(settings.clip)
    repeats = WganTimes if settings.often_at_first else Times
    return pair.system(
        discriminator=Player(pair.discriminator, shape, rmsprop, constrain=clip),
        generator=Player(pair.generator, (settings.latent_size,), rmsprop),
        repeats=repeats(settings.n_critic),
    )


RECIPE = Recipe(
    name="wgan-mnist",
    summary="WGAN with weight clipping (Arjovsky et al. 2017)",
    settings=WganMnistSettings,
    data="mnist",
    build=build,
    small_shape=(28, 28, 1),
    small={"dim": 2, "latent_size": 3, "batch_size": 3},
)
