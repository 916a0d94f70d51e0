"""CycleGAN between USPS and MNIST digits of 16 × 16: minutes on two cores.

Losses, weights, pool and optimiser are CycleGAN's (`recipes.cyclegan`). What differs,
so that a translation is learned in minutes and keeps what digit it was:

* images of 16 × 16, USPS's own size, neither cut out nor mirrored: a mirrored 2 is none
* MNIST's margin of 4 pixels is cut off: its digits were fitted to a box of 20 × 20, as
  USPS's were to one of 16 × 16. What is left to translate is how strokes are drawn
* generators with one halving and three blocks of 48 channels, and the input added
  before the last tanh (`skip`). They begin near the identity; the published ones begin
  with noise, and may learn to take fives for threes, which no loss of theirs forbids
* discriminators with one layer of stride 2: patches of 16 × 16
* batches of 8, a rate of 4e-4
"""

from dataclasses import dataclass

from scratchgan.recipes.cyclegan import (
    SMALL,
    SMALL_SHAPE,
    CycleGanSettings,
    build,
    read,
)
from scratchgan.recipes.recipe import Recipe
from scratchgan.training.settings import setting


@dataclass(frozen=True)
class DigitsSettings(CycleGanSettings):
    """Sized for two cores."""

    steps: int = setting(2000, "training steps, one update of each player", low=1)
    batch_size: int = setting(8, "images of each set in one update", low=1)
    size: int = setting(16, "side of the images that the networks see", low=4)
    load_size: int = setting(16, "side that images are fitted to and cut from", low=4)
    flip: bool = setting(False, "mirror every second image")
    margin_b: int = setting(4, "pixels that B's images lose before, all round", low=0)
    learning_rate: float = setting(4e-4, "of Adam, both players", low=0)
    constant_steps: int = setting(1000, "steps before the rate falls", low=0)
    decay_steps: int = setting(1000, "steps in which it falls to zero", low=1)
    dim: int = setting(24, "width of the generators' first layer", low=1)
    blocks: int = setting(3, "residual blocks of a generator", low=0)
    downs: int = setting(1, "how often a generator halves the image", low=0)
    skip: bool = setting(True, "add the input before the generators' last tanh")
    discriminator_dim: int = setting(32, "width of the discriminators", low=1)
    discriminator_layers: int = setting(1, "their layers of stride 2", low=1)
    log_every: int = setting(20, "steps between lines of metrics.jsonl", low=1)
    sample_every: int = setting(500, "steps between sheets of samples", low=1)
    checkpoint_every: int = setting(500, "steps between checkpoints", low=1)


RECIPE = Recipe(
    name="cyclegan-digits-small",
    summary="CycleGAN between USPS and MNIST digits, minutes on two cores",
    settings=DigitsSettings,
    data="usps,mnist",
    build=build,
    read=read,
    value_range=(-1.0, 1.0),
    small_shape=SMALL_SHAPE,
    shape=((16, 16, 1), (16, 16, 1)),
    small=SMALL,
)
