"""DCGAN on CIFAR-10: gan_cifar.py by the WGAN-GP authors in its mode "dcgan".

The form of Radford et al. 2016 for 32 × 32: z of 128 to 4 × 4 × 512 and three
transposed convolutions of 5 × 5, batch normalisation in both players, cross-entropy
with the non-saturating generator. Adam 2e-4 with β₁ = 0.5, batches of 64, one update of
each player a step, 200,000 steps. Pixels from −1 to 1.

Paper against code: Radford et al. have 64 × 64, z ~ U(−1, 1)¹⁰⁰ and batches of 128. The
code halves the discriminator's loss, which Adam does not notice; here it is whole.
"""

from dataclasses import dataclass

from scratchgan.losses import BinaryCrossEntropy
from scratchgan.networks import cifar_discriminator, cifar_generator
from scratchgan.optim import Adam
from scratchgan.recipes.recipe import Recipe, require_multiple
from scratchgan.training.adversarial import Pair
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class DcganCifar10Settings(Settings):
    """As in the code of the WGAN-GP authors."""

    steps: int = setting(200_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(64, "samples in one update of one player", low=2)
    learning_rate: float = setting(2e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.999, "of Adam", low=0, high=0.99999)
    batch_norm: bool = setting(True, "normalise the discriminator over the batch")
    latent_size: int = setting(128, "length of z", low=1)
    dim: int = setting(128, "width of the networks", low=1)


def build(settings: DcganCifar10Settings, shape: Shape) -> System:
    """Players and phases for images of `shape`, such as 32 × 32 × 3."""
    require_multiple("dcgan-cifar10", shape, 8)
    pair = Pair(
        generator=cifar_generator(settings.dim, shape),
        discriminator=cifar_discriminator(settings.dim, settings.batch_norm),
        loss=BinaryCrossEntropy(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
    )
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam),
        generator=Player(pair.generator, (settings.latent_size,), adam),
    )


RECIPE = Recipe(
    name="dcgan-cifar10",
    summary="DCGAN at 32 × 32 (Radford et al. 2016)",
    settings=DcganCifar10Settings,
    data="cifar10",
    build=build,
    value_range=(-1.0, 1.0),
    small_shape=(16, 16, 3),
    shape=(32, 32, 3),
    small={"dim": 2, "latent_size": 3, "batch_size": 3},
    full={"batch_size": 4},
)
