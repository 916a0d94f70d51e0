"""CycleGAN between two styles of emoji, Twitter's and Google's, at 32 × 32.

Losses, weights, pool and optimiser are CycleGAN's (`recipes.cyclegan`). What differs,
so that a translation is learned in minutes on two cores:

* images of 32 × 32, neither cut out nor mirrored: flags and letters have a direction
* generators with one halving and three blocks, and the input added before the last tanh
  (`skip`), so that they begin near the identity
* discriminators with two layers of stride 2: patches of 34 × 34
* batches of 4

The two sets show the same emoji, so that a translation can be compared with the truth;
training never sees which belong together, and every fifth emoji not at all.
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
class EmojiSettings(CycleGanSettings):
    """Sized for two cores."""

    steps: int = setting(4000, "training steps, one update of each player", low=1)
    batch_size: int = setting(4, "images of each set in one update", low=1)
    size: int = setting(32, "side of the images that the networks see", low=4)
    load_size: int = setting(32, "side that images are fitted to and cut from", low=4)
    flip: bool = setting(False, "mirror every second image")
    constant_steps: int = setting(2000, "steps before the rate falls", low=0)
    decay_steps: int = setting(2000, "steps in which it falls to zero", low=1)
    dim: int = setting(24, "width of the generators' first layer", low=1)
    blocks: int = setting(3, "residual blocks of a generator", low=0)
    downs: int = setting(1, "how often a generator halves the image", low=0)
    skip: bool = setting(True, "add the input before the generators' last tanh")
    discriminator_dim: int = setting(32, "width of the discriminators", low=1)
    discriminator_layers: int = setting(2, "their layers of stride 2", low=1)
    log_every: int = setting(20, "steps between lines of metrics.jsonl", low=1)
    sample_every: int = setting(500, "steps between sheets of samples", low=1)
    checkpoint_every: int = setting(500, "steps between checkpoints", low=1)


RECIPE = Recipe(
    name="cyclegan-emoji-small",
    summary="CycleGAN between Twemoji and Noto emoji, minutes on two cores",
    settings=EmojiSettings,
    data="emoji-twitter,emoji-google",
    build=build,
    read=read,
    value_range=(-1.0, 1.0),
    small_shape=SMALL_SHAPE,
    shape=((32, 32, 3), (32, 32, 3)),
    small=SMALL,
)
