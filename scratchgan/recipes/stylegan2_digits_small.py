"""StyleGAN2 on digits of 32 × 32 pixels: a demonstration sized for two cores.

Everything of `stylegan2` but its size, so that digits appear within a quarter of an
hour: min(512 / r, 64) features at r pixels, z and w of 64, a mapping of 3 layers,
batches of 16, and a shorter average that grows with the run. The embedded digits,
28 × 28, get a border of two dark pixels.

A run of thousands of steps, not hundreds of thousands, wants other weights too: Adam
0.003; γ = 5 every 4 steps, since D learns the few strokes of a digit fast; and λ = 0.5
with a target that follows at β = 0.1. A short run with the paper's λ = 2 and β = 0.01,
and γ = 0.1, had digits that were all alike; the target starts at zero, which may have
held the lengths there.

`--set architecture=stylegan` takes the first StyleGAN's synthesis network (Karras et
al. 2019), with AdaIN.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from scratchgan.data import ArrayDataset, Dataset, load
from scratchgan.recipes.recipe import Recipe
from scratchgan.recipes.stylegan2 import SMALL, StyleGan2Settings
from scratchgan.recipes.stylegan2 import build as build_stylegan2
from scratchgan.training.nearest import measure_nearest
from scratchgan.training.settings import setting
from scratchgan.training.system import System
from scratchgan.types import Shape

VALUE_RANGE = (-1.0, 1.0)


@dataclass(frozen=True)
class DigitsSettings(StyleGan2Settings):
    """Sized for two cores."""

    steps: int = setting(4000, "training steps, one generator update each", low=1)
    batch_size: int = setting(16, "samples in one update of one player", low=1)
    sample_every: int = setting(512, "steps between sheets of samples", low=1)
    checkpoint_every: int = setting(512, "steps between checkpoints", low=1)
    resolution: int = setting(32, "pixels a side, a power of two", low=8)
    channel_base: int = setting(512, "features times pixels a side", low=1)
    channel_max: int = setting(64, "most features of a layer", low=1)
    latent_size: int = setting(64, "length of z and of w", low=1)
    mapping_layers: int = setting(3, "dense layers from z to w", low=1)
    learning_rate: float = setting(0.003, "of Adam, both players", low=0)
    r1_gamma: float = setting(5.0, "weight γ of R1", low=0)
    r1_every: int = setting(4, "steps between two updates by R1", low=1)
    pl_weight: float = setting(0.5, "weight λ of the path length", low=0)
    pl_decay: float = setting(0.1, "how fast its target follows", low=0, high=1)
    ema_images: float = setting(5_000.0, "half-life of the average", low=1)
    ema_ramp_up: float = setting(0.05, "its most, in images seen; 0: any", low=0)


def build(settings: DigitsSettings, shape: Shape) -> System:
    """Players and phases, and what nearest neighbours say of the samples."""
    system = build_stylegan2(settings, shape)
    return replace(system, measure=partial(measure_nearest, system))


def read(source: str, settings: DigitsSettings) -> Dataset:
    """Images with a border of the darkest value, up to the resolution."""
    data = load(source, value_range=VALUE_RANGE)
    if not isinstance(data, ArrayDataset) or data.samples.ndim != 4:
        return data
    sides = [settings.resolution - n for n in data.shape[:2]]
    if min(sides) < 0 or max(sides) == 0:
        return data
    border = [(0, 0), *((n // 2, n - n // 2) for n in sides), (0, 0)]
    dark = 0 if data.samples.dtype == np.uint8 else VALUE_RANGE[0]
    samples = np.pad(data.samples, border, constant_values=dark)
    return ArrayDataset(data.name, samples, VALUE_RANGE, data.labels)


RECIPE = Recipe(
    name="stylegan2-digits-small",
    summary="StyleGAN2 on digits of 32 × 32, in a quarter of an hour on two cores",
    settings=DigitsSettings,
    data="digits",
    build=build,
    value_range=VALUE_RANGE,
    small=SMALL | {"architecture": "stylegan", "augment": True, "augment_p": 0.7},
    small_shape=(8, 8, 1),
    shape=(32, 32, 1),
    full={"r1_every": 2, "pl_every": 2},
    read=read,
)
