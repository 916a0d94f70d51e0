"""CycleGAN at the published settings (Zhu, Park, Isola and Efros 2017).

Paper section 4 and appendix 7, and the authors' PyTorch code: images of 256 × 256, cut
out of 286 × 286 and mirrored; ResNet-9 generators of width 64, discriminators of
70 × 70 patches; batches of one; λ = 10, identity loss of 0.5 λ, a pool of 50; Adam
2e-4 (0.5, 0.999) for both players; 100 epochs at that rate, and 100 in which it falls
to zero. An epoch is as long as the larger set: horse2zebra's 1,334 zebras make 266,800
steps.

Paper against code: the identity loss is for painting → photo alone in the paper, on by
default in the code, as here; the paper's λ_i is 0.5 λ. Code against ours: the code
lowers the rate once an epoch, we with every update; convolutions before a
normalisation have no bias (`networks.cyclegan`); every row of a batch has a pool of its
own, which for batches of one is the same (`training.image_pool`).

`build` and `read` serve the small recipes too.
"""

from dataclasses import dataclass

from scratchgan.data import Dataset
from scratchgan.data.sides import read_unaligned
from scratchgan.networks import (
    both_ways,
    cyclegan_generator,
    patch_discriminator,
    side_by_side,
)
from scratchgan.optim import Adam
from scratchgan.optim.schedules import LinearDecay
from scratchgan.recipes.recipe import Recipe
from scratchgan.training.cycle import Cycle
from scratchgan.training.settings import Settings, setting
from scratchgan.training.system import Player, System


@dataclass(frozen=True)
class CycleGanSettings(Settings):
    """As in the authors' code."""

    steps: int = setting(266_800, "training steps, one update of each player", low=1)
    batch_size: int = setting(1, "images of each set in one update", low=1)
    size: int = setting(256, "side of the images that the networks see", low=4)
    load_size: int = setting(286, "side that images are fitted to and cut from", low=4)
    flip: bool = setting(True, "mirror every second image")
    margin_a: int = setting(0, "pixels that A's images lose before, all round", low=0)
    margin_b: int = setting(0, "pixels that B's images lose before, all round", low=0)
    cycle_weight: float = setting(10.0, "weight λ of the cycle loss", low=0)
    identity_weight: float = setting(0.5, "of the identity loss, times λ", low=0)
    pool_size: int = setting(50, "older translations kept, a row and set", low=0)
    learning_rate: float = setting(2e-4, "of Adam, both players", low=0)
    beta1: float = setting(0.5, "of Adam", low=0, high=0.999)
    beta2: float = setting(0.999, "of Adam", low=0, high=0.99999)
    constant_steps: int = setting(133_400, "steps before the rate falls", low=0)
    decay_steps: int = setting(133_400, "steps in which it falls to zero", low=1)
    dim: int = setting(64, "width of the generators' first layer", low=1)
    blocks: int = setting(9, "residual blocks of a generator", low=0)
    downs: int = setting(2, "how often a generator halves the image", low=0)
    skip: bool = setting(False, "add the input before the generators' last tanh")
    discriminator_dim: int = setting(64, "width of the discriminators", low=1)
    discriminator_layers: int = setting(3, "their layers of stride 2", low=1)
    log_every: int = setting(100, "steps between lines of metrics.jsonl", low=1)
    sample_every: int = setting(1000, "steps between sheets of samples", low=1)
    checkpoint_every: int = setting(5000, "steps between checkpoints", low=1)


def build(settings: CycleGanSettings, shape: tuple) -> System:
    """Players and phases for pairs of square images of one shape.

    Raises
    ------
    ValueError
        If the shape is another, or does not suit the networks.
    """
    channels = require_pair(shape, 2**settings.downs)
    generator = cyclegan_generator(
        settings.dim, settings.blocks, channels, settings.downs, settings.skip
    )
    discriminator = patch_discriminator(
        settings.discriminator_dim, settings.discriminator_layers
    )
    cycle = Cycle(
        # one description twice: layers hold no arrays
        generators=both_ways(generator, generator),
        discriminators=side_by_side(discriminator, discriminator),
        batch_size=settings.batch_size,
        cycle_weight=settings.cycle_weight,
        identity_weight=settings.identity_weight * settings.cycle_weight,
        pool_size=settings.pool_size,
    )
    start = settings.constant_steps
    rate = LinearDecay(settings.learning_rate, start + settings.decay_steps, start)
    adam = Adam(rate, settings.beta1, settings.beta2)
    return cycle.system(
        generators=Player(cycle.generators, shape, adam),
        discriminators=Player(cycle.discriminators, shape, adam),
    )


def require_pair(shape: tuple, multiple: int) -> int:
    """Channels of a pair of images with sides that are multiples of `multiple`."""
    pair = len(shape) == 2 and all(isinstance(s, tuple) and len(s) == 3 for s in shape)
    if not pair or shape[0] != shape[1] or any(n % multiple for n in shape[0][:2]):
        raise ValueError(
            f"data: expected pairs of images of one shape (H, W, C), H and W multiples "
            f"of {multiple}, received {shape}"
        )
    return shape[0][2]


def read(source: str, settings: CycleGanSettings) -> Dataset:
    """Two unaligned sets, fitted to the networks."""
    margins = settings.margin_a, settings.margin_b
    return read_unaligned(
        source, settings.size, settings.load_size, settings.flip, margins
    )


#: Makes the networks small enough for a gradient check.
SMALL = {
    "dim": 2,
    "blocks": 1,
    "downs": 1,
    "discriminator_dim": 2,
    "discriminator_layers": 1,
    "batch_size": 2,
    "pool_size": 3,
}
SMALL_SHAPE = ((8, 8, 1), (8, 8, 1))

RECIPE = Recipe(
    name="cyclegan",
    summary="CycleGAN at the authors' settings (Zhu et al. 2017), for any two sets",
    settings=CycleGanSettings,
    data="horse2zebra",
    build=build,
    read=read,
    value_range=(-1.0, 1.0),
    small_shape=SMALL_SHAPE,
    # the published networks on smaller images, which they take as well
    shape=((32, 32, 3), (32, 32, 3)),
    small=SMALL,
)
