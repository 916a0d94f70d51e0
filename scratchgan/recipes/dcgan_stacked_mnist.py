"""DCGAN and PacDCGAN on stacked MNIST: Lin et al. 2018, section 4.2, as in their code.

`packing` is how many images the discriminator judges at a time: 1 is their DCGAN, 2
PacDCGAN2. Networks of width 64, z ~ U(−1, 1)¹⁰⁰, non-saturating cross-entropy, Adam
2e-4 with β₁ = 0.5, batches of 64 packs, 100,000 steps (50 epochs of 128,000 images).
Pixels from −1 to 1.

Different: stacks are fresh in every batch, where theirs are drawn once; digits are
the training set's, where theirs are the test set's too; one update of the generator a
step, on latents of its own, where the code makes two on the discriminator's.
"""

from dataclasses import dataclass

from scratchgan.losses import BinaryCrossEntropy
from scratchgan.networks import stacked_discriminator, stacked_generator
from scratchgan.optim import Adam
from scratchgan.recipes.recipe import Recipe, require_shape
from scratchgan.training.adversarial import Pair
from scratchgan.training.packing import Packing
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape

SHAPE = (28, 28, 3)


@dataclass(frozen=True)
class DcganStackedSettings(Settings):
    """As in PacGAN's experiment."""

    steps: int = setting(100_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(64, "packs in one update of one player", low=2)
    packing: int = setting(1, "images in a pack", low=1)
    learning_rate: float = setting(2e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.999, "of Adam", low=0, high=0.99999)
    latent_size: int = setting(100, "length of z, uniform on (−1, 1)", low=1)
    dim: int = setting(64, "width of the networks", low=1)


def build(settings: DcganStackedSettings, shape: Shape) -> System:
    """Players and phases for images of 28 × 28 × 3."""
    require_shape("dcgan-stacked-mnist", shape, SHAPE)
    packing = Packing(settings.packing)
    pair = Pair(
        generator=stacked_generator(settings.dim),
        discriminator=stacked_discriminator(settings.dim),
        loss=BinaryCrossEntropy(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size * settings.packing,
        packing=packing,
        prior="uniform",
    )
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    return pair.system(
        discriminator=Player(pair.discriminator, packing.shape(shape), adam),
        generator=Player(pair.generator, (settings.latent_size,), adam),
    )


RECIPE = Recipe(
    name="dcgan-stacked-mnist",
    summary="DCGAN, or packs, on 1,000 modes (Lin et al. 2018)",
    settings=DcganStackedSettings,
    data="stacked-mnist",
    build=build,
    value_range=(-1.0, 1.0),
    small_shape=SHAPE,
    small={"dim": 2, "latent_size": 3, "batch_size": 3, "packing": 2},
    full={"batch_size": 4},
)
