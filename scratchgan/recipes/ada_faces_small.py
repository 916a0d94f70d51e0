"""Adaptive augmentation on 200 faces: a demonstration sized for two cores.

Karras et al. 2020 ("Training generative adversarial networks with limited data"): a
discriminator that sees real and generated images augmented, with a strength p that
follows the signs of its scores (`training.ada`). `augment=false` trains the same
networks without, to be compared.

The loss is non-saturating, with R1 at real images. As in the authors' code, R1 is taken
on the gradient of D ∘ A in the images *before* augmentation, and with the A that their
scores are taken with.

What differs from the paper, so that faces appear within minutes:

* networks of DCGAN's form for 32 × 32 pixels (`networks.pyramid`), not StyleGAN2
* p can get from 0 to 1 in 20,000 images, not 500,000
* R1 in every step, not in every sixteenth; γ by the rule of the authors' code,
  0.0002 size² / batch size = 0.0128, rounded
* bilinear interpolation, see `layers.augment`

Faces are the middle squares of the photographs, averaged to `size` × `size`. Every
second of the 400 is held out: how the discriminator scores those shows whether it knows
the others by heart (`training.overfitting`).
"""

from dataclasses import dataclass, replace
from functools import partial

from scratchgan.data import ArrayDataset, Dataset, load_array
from scratchgan.data.squares import squares
from scratchgan.layers import Augment, Layer, Sequential
from scratchgan.losses import BinaryCrossEntropy
from scratchgan.networks import pyramid_discriminator, pyramid_generator
from scratchgan.optim import EMA, Adam
from scratchgan.penalties import R1
from scratchgan.recipes.recipe import Recipe
from scratchgan.training.ada import Adaptation, AdaptivePair
from scratchgan.training.adversarial import Pair
from scratchgan.training.overfitting import hold_out, overfitting
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System
from scratchgan.training.where import at_real
from scratchgan.types import Shape

RANGE = (-1.0, 1.0)


@dataclass(frozen=True)
class AdaFacesSettings(Settings):
    """Sized for two cores and a few minutes."""

    steps: int = setting(5000, "training steps, one generator update each", low=1)
    batch_size: int = setting(16, "samples in one update of one player", low=1)
    size: int = setting(32, "pixels a side, 4 times a power of two", low=8)
    hold_out: int = setting(2, "one image in so many is held out", low=2)
    augment: bool = setting(True, "whether the discriminator sees augmented images")
    p: float = setting(0.0, "probability of an augmentation at the start", low=0)
    ada_target: float = setting(0.6, "mean sign of D(x_real)", low=-1, high=1)
    ada_interval: int = setting(4, "minibatches between two moves of p", low=1)
    ada_images: int = setting(20_000, "in which p can get from 0 to 1", low=1)
    r1_gamma: float = setting(0.01, "weight γ of R1", low=0)
    learning_rate: float = setting(1e-3, "of Adam, both players", low=0)
    beta1: float = setting(0.0, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.99, "of Adam", low=0, high=0.99999)
    ema_decay: float = setting(
        0.998, "of the average samples come from", low=0, high=0.99999
    )
    latent_size: int = setting(64, "length of z", low=1)
    dim: int = setting(24, "width of the networks", low=1)


def read(source: str, settings: AdaFacesSettings) -> Dataset:
    """Any images that `load` finds, as squares."""
    data = load_array(source, RANGE)
    small = squares(data.samples, settings.size)
    whole = ArrayDataset(data.name, small, RANGE, data.labels)
    return hold_out(whole, settings.hold_out)


def build(settings: AdaFacesSettings, shape: Shape) -> System:
    """Players and phases for square images."""
    size, _, channels = shape
    layers: list[Layer] = pyramid_discriminator(settings.dim, size)
    if settings.augment:
        layers = [Augment(settings.p), *layers]
    pair = Pair(
        generator=pyramid_generator(settings.dim, size, channels),
        discriminator=Sequential(layers),
        loss=BinaryCrossEntropy(),
        latent_size=settings.latent_size,
        batch_size=settings.batch_size,
        penalty=R1(settings.r1_gamma),
        where=at_real,
    )
    if settings.augment:
        pair = AdaptivePair(**vars(pair), adaptation=_adaptation(settings))
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    system = pair.system(
        discriminator=Player(pair.discriminator, shape, adam),
        generator=Player(
            pair.generator, (settings.latent_size,), adam, EMA(settings.ema_decay)
        ),
    )
    return replace(system, measure=partial(overfitting, system))


def _adaptation(settings: AdaFacesSettings) -> Adaptation:
    return Adaptation(
        settings.batch_size,
        settings.ada_target,
        settings.ada_interval,
        settings.ada_images,
    )


RECIPE = Recipe(
    name="ada-faces-small",
    summary="adaptive augmentation on 200 faces (Karras et al. 2020), on two cores",
    settings=AdaFacesSettings,
    data="orl-faces",
    build=build,
    read=read,
    value_range=RANGE,
    small_shape=(8, 8, 1),
    small={"dim": 2, "latent_size": 3, "batch_size": 3, "p": 0.7},
    shape=(32, 32, 1),
    full={"p": 0.5, "ada_interval": 1},
)
