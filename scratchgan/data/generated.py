"""Ring, grid and Swiss roll: the toy distributions of the WGAN-GP experiments.

Centres, spreads and scales are those of the authors' gan_toy.py. Their grid is a fixed
set of 100,000 points; here every batch of every set is fresh.
"""

import numpy as np

from scratchgan.data.dataset import GeneratedDataset
from scratchgan.rng import Stream
from scratchgan.types import Array

_angles = np.arange(8) * np.pi / 4
#: Eight centres on a circle of radius 2, and everything over 1.414.
RING_CENTRES = 2 * np.stack([np.cos(_angles), np.sin(_angles)], axis=1) / 1.414
RING_STD = 0.02 / 1.414

_ticks = 2.0 * np.arange(-2, 3)
#: Twenty-five centres 2 apart, and everything over 2.828.
GRID_CENTRES = np.stack(np.meshgrid(_ticks, _ticks), axis=-1).reshape(25, 2) / 2.828
GRID_STD = 0.05 / 2.828

ROLL_NOISE, ROLL_SCALE = 0.25, 7.5


def ring(stream: Stream, tick: int, size: int) -> Array:
    """Points (size, 2) of the mixture of eight Gaussians."""
    return _mixture(stream, tick, size, RING_CENTRES, RING_STD)


def grid(stream: Stream, tick: int, size: int) -> Array:
    """Points (size, 2) of the mixture of twenty-five Gaussians."""
    return _mixture(stream, tick, size, GRID_CENTRES, GRID_STD)


def swissroll(stream: Stream, tick: int, size: int) -> Array:
    """Points (size, 2) of the Swiss roll.

    t = 1.5 π (1 + 2u) for uniform u; (t cos t, t sin t) plus normal noise of 0.25, over
    7.5: columns 0 and 2 of scikit-learn's `make_swiss_roll`.
    """
    u = _part(stream, "u").uniform(tick, (size,), np.float64)
    t = 1.5 * np.pi * (1 + 2 * u)
    noise = ROLL_NOISE * _part(stream, "noise").normal(tick, (size, 2), np.float64)
    return (np.stack([t * np.cos(t), t * np.sin(t)], axis=1) + noise) / ROLL_SCALE


def _mixture(stream: Stream, tick: int, size: int, centres: Array, std: float) -> Array:
    which = _part(stream, "mode").integers(tick, len(centres), (size,))
    noise = _part(stream, "noise").normal(tick, (size, 2), np.float64)
    return centres[which] + std * noise


def _part(stream: Stream, name: str) -> Stream:
    return Stream(stream.seed, f"{stream.name}/{name}")


#: Centres and standard deviation of the sets that are mixtures.
MIXTURES = {"ring": (RING_CENTRES, RING_STD), "grid": (GRID_CENTRES, GRID_STD)}

SETS = {
    "ring": GeneratedDataset("ring", ring),
    "grid": GeneratedDataset("grid", grid),
    "swissroll": GeneratedDataset("swissroll", swissroll),
}
