"""Does what is seen move, and does it stay? Two numbers for a set of videos.

With b the brightness of a pixel, 0 to 1, and p its place, frame t has the mass m_t and
the centre c_t,

    m_t = Σ b      c_t = Σ b p / m_t

*speed* is the mean of ‖c_{t+1} − c_t‖, in pixels a frame. *flicker* is the standard
deviation of m_t over the time of a video, over its mean: 0 where nothing comes or goes.
Both are means over videos. Neither knows what a digit is: a set of videos may have the
real ones' numbers and be of anything. What is almost dark (`DARK`) counts as dark,
since a haze over the whole frame would hold the centre in the middle; a frame without
brightness has no centre, and is left out of the speed.

Two digits move their common centre by less than one moves its own: numbers are compared
with those of real videos of one kind.
"""

from collections.abc import Mapping

import numpy as np

from scratchgan.data import Dataset
from scratchgan.training.samples import generate, latents
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

#: Share of the full brightness below which a pixel is dark.
DARK = 0.1
#: Generated videos, and real ones, that a measurement takes.
COUNT = 128


def brightness(videos: Array, value_range: tuple[float, float]) -> Array:
    """Of every pixel, (N, T, H, W, C) to float64 (N, T, H, W) from 0 to 1."""
    low, high = value_range
    b = (videos.mean(-1, dtype=np.float64) - low) / (high - low)
    return np.where(b < DARK, 0, b).clip(0, 1)


def speed(b: Array) -> float:
    """Mean distance of the centres of one frame and the next, in pixels."""
    mass = b.sum((2, 3))
    centres = (
        np.stack(
            [b.sum(3) @ np.arange(b.shape[2]), b.sum(2) @ np.arange(b.shape[3])],
            axis=-1,
        )
        / np.maximum(mass, np.finfo(float).tiny)[..., None]
    )
    moved = np.linalg.norm(np.diff(centres, axis=1), axis=-1)
    lit = (mass[:, 1:] > 0) & (mass[:, :-1] > 0)
    return float(moved[lit].mean()) if lit.any() else 0.0


def flicker(b: Array) -> float:
    """Variation of the mass over time, relative to its mean; 0 where there is none."""
    mass = b.sum((2, 3))
    mean = mass.mean(1)
    return float(
        np.where(mean > 0, mass.std(1) / np.where(mean > 0, mean, 1), 0).mean()
    )


def measure_motion(
    system: System,
    value_range: tuple[float, float],
    state: TrainingState,
    data: Dataset,
    seed: int,
) -> Mapping[str, float]:
    """Speed and flicker of generated videos, and of as many real ones."""
    made = brightness(
        generate(system, state, latents(system, seed, COUNT)), value_range
    )
    real = brightness(data.batch(seed, 0, COUNT), value_range)
    return {
        "speed": speed(made),
        "flicker": flicker(made),
        "real_speed": speed(real),
        "real_flicker": flicker(real),
    }
