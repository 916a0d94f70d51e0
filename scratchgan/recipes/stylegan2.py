"""StyleGAN2 (Karras et al. 2020), with StyleGAN's generator (2019) as an option.

Networks, losses and settings of the paper's configuration F, at 256 × 256 pixels:

* generator: z of 512, mapping of 8 layers at 0.01 of the learning rate, w of 512; skip
  generator, min(32768 / r, 512) features at r pixels, at most 512
* discriminator: residual, the same widths, minibatch standard deviation in groups of 4
* non-saturating logistic loss; R1 with γ = 10 every 16 steps; path length with λ = 2
  every 4 steps, on half a batch; style mixing for 0.9 of the samples
* Adam 0.002, β = (0, 0.99), corrected for the lazy penalties; batches of 32; the
  average of the generator has a half-life of 10,000 images; 25 million images in all

Paper against code: the authors' later code (stylegan2-ada) reproduces 256 pixels with
γ = 1, batches of 64, Adam 0.0025, a half-life of 20,000 images and half the features
(`channel_base=16384`). Not here: 16-bit numbers, mirrored images, several devices.
`architecture=stylegan` takes the first StyleGAN's synthesis network, with AdaIN (Karras
et al. 2019); all else stays StyleGAN2's. `augment=true` adds adaptive augmentation
(`training.ada`), as stylegan2-ada does.

Data: a folder of square images of the resolution, such as ./images.
"""

from collections.abc import Callable
from dataclasses import dataclass

from scratchgan.layers import Augment, Graph, Sequential
from scratchgan.networks.adain_synthesis import adain_synthesis
from scratchgan.networks.style_discriminator import style_discriminator
from scratchgan.networks.style_generator import (
    layers_of,
    mapping_network,
    skip_synthesis,
    style_generator,
)
from scratchgan.optim import EMA, Adam, HalfLife
from scratchgan.recipes.recipe import Recipe
from scratchgan.training.ada import Adaptation
from scratchgan.training.settings import Settings, setting
from scratchgan.training.style import StyleGAN
from scratchgan.training.style_mixing import StyleMixing
from scratchgan.training.style_system import style_system
from scratchgan.training.system import System
from scratchgan.types import Shape

SYNTHESIS = {"stylegan2": skip_synthesis, "stylegan": adain_synthesis}


@dataclass(frozen=True)
class StyleGan2Settings(Settings):
    """Configuration F at 256 pixels."""

    steps: int = setting(781_250, "training steps, 25 million images", low=1)
    batch_size: int = setting(32, "samples in one update of one player", low=1)
    log_every: int = setting(16, "steps between lines of metrics.jsonl", low=1)
    sample_every: int = setting(4096, "steps between sheets of samples", low=1)
    checkpoint_every: int = setting(4096, "steps between checkpoints", low=1)
    architecture: str = setting("stylegan2", "synthesis: stylegan2 or stylegan")
    resolution: int = setting(256, "pixels a side, a power of two", low=8)
    channel_base: int = setting(32768, "features times pixels a side", low=1)
    channel_max: int = setting(512, "most features of a layer", low=1)
    latent_size: int = setting(512, "length of z and of w", low=1)
    mapping_layers: int = setting(8, "dense layers from z to w", low=1)
    mapping_rate: float = setting(0.01, "their share of the learning rate", low=1e-6)
    stddev_group: int = setting(4, "samples that share a deviation", low=1)
    learning_rate: float = setting(0.002, "of Adam, both players", low=0)
    beta1: float = setting(0.0, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.99, "of Adam", low=0, high=0.99999)
    mixing: float = setting(0.9, "share of samples with two latents", low=0, high=1)
    r1_gamma: float = setting(10.0, "weight γ of R1", low=0)
    r1_every: int = setting(16, "steps between two updates by R1", low=1)
    pl_weight: float = setting(2.0, "weight λ of the path length", low=0)
    pl_every: int = setting(4, "steps between two updates by it", low=1)
    pl_decay: float = setting(0.01, "how fast its target follows", low=0, high=1)
    augment: bool = setting(False, "whether the discriminator sees augmented images")
    augment_p: float = setting(0.0, "probability of it at the start", low=0)
    ada_target: float = setting(0.6, "mean sign of D(x_real)", low=-1, high=1)
    ada_interval: int = setting(4, "minibatches between two moves of it", low=1)
    ada_images: int = setting(500_000, "in which it can get from 0 to 1", low=1)
    ema_images: float = setting(10_000.0, "half-life of the average", low=1)
    ema_ramp_up: float = setting(0.0, "its most, in images seen; 0: any", low=0)


def build(settings: StyleGan2Settings, shape: Shape) -> System:
    """Players and phases for square images of the resolution."""
    size = settings.resolution
    if shape[:2] != (size, size) or len(shape) != 3:
        raise ValueError(
            f"data: stylegan2 with resolution={size} takes images of shape "
            f"({size}, {size}, C), received {shape}"
        )
    widths = settings.channel_base, settings.channel_max
    mapping = mapping_network(
        settings.mapping_layers, settings.latent_size, settings.mapping_rate
    )
    synthesis = synthesis_of(settings.architecture)(size, *widths, shape[2])
    style = StyleGAN(
        generator=style_generator(mapping, synthesis, size),
        discriminator=_discriminator(settings),
        mixing=StyleMixing(layers_of(size), settings.latent_size, settings.mixing),
        batch_size=settings.batch_size,
        r1_gamma=settings.r1_gamma,
        r1_every=settings.r1_every,
        pl_weight=settings.pl_weight,
        pl_every=settings.pl_every,
        pl_decay=settings.pl_decay,
        adaptation=_adaptation(settings) if settings.augment else None,
    )
    adam = Adam(settings.learning_rate, settings.beta1, settings.beta2)
    life = HalfLife(settings.ema_images, settings.batch_size, settings.ema_ramp_up)
    return style_system(style, shape, adam, EMA(life))


def _discriminator(settings: StyleGan2Settings) -> Sequential:
    net = style_discriminator(
        settings.resolution,
        settings.channel_base,
        settings.channel_max,
        settings.stddev_group,
    )
    if not settings.augment:
        return net
    return Sequential([Augment(settings.augment_p), *net.layers])


def _adaptation(settings: StyleGan2Settings) -> Adaptation:
    return Adaptation(
        settings.batch_size,
        settings.ada_target,
        settings.ada_interval,
        settings.ada_images,
    )


def synthesis_of(architecture: str) -> Callable[..., Graph]:
    """The function that builds it.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if architecture not in SYNTHESIS:
        raise ValueError(
            f"architecture: expected {' or '.join(SYNTHESIS)}, "
            f"received {architecture!r}"
        )
    return SYNTHESIS[architecture]


#: Networks small enough for a gradient check.
SMALL = {
    "resolution": 8,
    "channel_base": 24,
    "channel_max": 3,
    "latent_size": 3,
    "mapping_layers": 1,
    "batch_size": 4,
    "r1_every": 2,
    "pl_every": 2,
}

RECIPE = Recipe(
    name="stylegan2",
    summary="StyleGAN2 at 256 pixels, from a folder of images (Karras et al. 2020)",
    settings=StyleGan2Settings,
    data="./images",
    build=build,
    value_range=(-1.0, 1.0),
    small=SMALL,
    small_shape=(8, 8, 3),
    # the published widths; at 256 pixels a step takes minutes
    shape=(8, 8, 3),
    full={"resolution": 8, "batch_size": 2, "r1_every": 2, "pl_every": 2},
)
