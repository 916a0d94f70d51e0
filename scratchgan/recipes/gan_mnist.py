"""GAN on MNIST: Goodfellow et al. 2014, on the networks of the WGAN-GP authors' code.

Binary cross-entropy on logits with the non-saturating generator loss (section 3), or
the minimax one (`saturating=true`). Settings of gan_mnist.py in its mode "dcgan":
Adam 2e-4 with β₁ = 0.5, batches of 50, one discriminator update a step, z of 128; β₂ is
TensorFlow's default, 0.999.

Paper against code: the 2014 paper used maxout and momentum; nothing of that is left in
practice. Different here: batch normalisation in both players, as in the same authors'
CIFAR script (gan_cifar.py, the same mode). Their MNIST script has none; without it
(`batch_norm=false`) our generator had fallen to black by step 600, with seed 0.
"""

from dataclasses import dataclass

from scratchgan.losses import BinaryCrossEntropy
from scratchgan.networks import mnist_discriminator, mnist_generator
from scratchgan.optim import Adam
from scratchgan.recipes.recipe import Recipe, require_shape
from scratchgan.training.adversarial import Pair
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.types import Shape


@dataclass(frozen=True)
class GanMnistSettings(Settings):
    """As in the code of the WGAN-GP authors."""

    steps: int = setting(200_000, "training steps, one generator update each", low=1)
    batch_size: int = setting(50, "samples in one update of one player", low=2)
    saturating: bool = setting(False, "minimax generator loss")
    learning_rate: float = setting(2e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.999, "of Adam", low=0, high=0.99999)
    batch_norm: bool = setting(True, "normalise both players over the batch")
    latent_size: int = setting(128, "length of z", low=1)
    dim: int = setting(64, "width of the networks", low=1)


def build(settings: GanMnistSettings, shape: Shape) -> System:
    """Players and phases for images of 28 × 28 × 1."""
    require_shape("gan-mnist", shape, (28, 28, 1))
    pair = Pair(
        generator=mnist_generator(settings.dim, settings.batch_norm),
        discriminator=mnist_discriminator(settings.dim, settings.batch_norm),
        loss=BinaryCrossEntropy(settings.saturating),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
    )
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    return pair.system(
        discriminator=Player(pair.discriminator, shape, adam),
        generator=Player(pair.generator, (settings.latent_size,), adam),
    )


RECIPE = Recipe(
    name="gan-mnist",
    summary="GAN with binary cross-entropy (Goodfellow et al. 2014)",
    settings=GanMnistSettings,
    data="mnist",
    build=build,
    small_shape=(28, 28, 1),
    small={"dim": 2, "latent_size": 3, "batch_size": 3},
)
