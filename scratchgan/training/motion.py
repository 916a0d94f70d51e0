"""Does what is seen move, and does it stay? Three numbers for a set of videos.

With b the brightness of a pixel, 0 to 1, and p its place, frame t has the mass m_t and
the centre c_t,

    m_t = Σ b      c_t = Σ b p / m_t

*speed* is the mean of ‖c_{t+1} − c_t‖, in pixels a frame. *flicker* is the standard
deviation of m_t over the time of a video, over its mean: 0 where nothing comes or goes.
*likeness* is the mean cosine of two frames of a video, each moved so that its centre is
in the middle, to the nearest pixel: 1 where one shape stays. With u_t such a frame over
its norm, over the T (T − 1) ordered pairs of two frames,

    likeness = (‖Σ u_t‖² − Σ ‖u_t‖²) / T (T − 1)

All are means over videos. None knows what a digit is: a set of videos may have the real
ones' numbers and be of anything. What is almost dark (`DARK`) counts as dark,
since a haze over the whole frame would hold the centre in the middle; a frame without
brightness has no centre, is left out of the speed, and is like no other frame.

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
    moved = np.linalg.norm(np.diff(centres(b), axis=1), axis=-1)
    lit = (mass[:, 1:] > 0) & (mass[:, :-1] > 0)
    return float(moved[lit].mean()) if lit.any() else 0.0


def centres(b: Array) -> Array:
    """Row and column of the centre of every frame, (N, T, 2); 0 where it is dark."""
    mass = np.maximum(b.sum((2, 3)), np.finfo(float).tiny)
    rows, columns = np.arange(b.shape[2]), np.arange(b.shape[3])
    return np.stack([b.sum(3) @ rows, b.sum(2) @ columns], axis=-1) / mass[..., None]


def flicker(b: Array) -> float:
    """Variation of the mass over time, relative to its mean; 0 where there is none."""
    mass = b.sum((2, 3))
    mean = mass.mean(1)
    return float(
        np.where(mean > 0, mass.std(1) / np.where(mean > 0, mean, 1), 0).mean()
    )


def likeness(b: Array) -> float:
    """Mean cosine of two frames of a video, their centres in one place."""
    frames = centred(b).reshape(*b.shape[:2], -1)
    norms = np.linalg.norm(frames, axis=2, keepdims=True)
    units = frames / np.where(norms > 0, norms, 1)
    total, own = units.sum(1), (units * units).sum((1, 2))
    pairs = b.shape[1] * (b.shape[1] - 1)
    return float((((total * total).sum(1) - own) / pairs).mean())


def centred(b: Array) -> Array:
    """Frames moved to have their centres in the middle, zeros behind them."""
    n, t, *size = np.ogrid[tuple(map(slice, b.shape))]
    shifts = np.rint(centres(b)).astype(int)
    places = [
        at + shifts[..., axis, None, None] - length // 2
        for axis, (at, length) in enumerate(zip(size, b.shape[2:], strict=True))
    ]
    rows, columns = places
    inside = (rows >= 0) & (rows < b.shape[2]) & (columns >= 0) & (columns < b.shape[3])
    seen = b[n, t, rows.clip(0, b.shape[2] - 1), columns.clip(0, b.shape[3] - 1)]
    return np.where(inside, seen, 0)


def measure_motion(
    system: System,
    value_range: tuple[float, float],
    state: TrainingState,
    data: Dataset,
    seed: int,
) -> Mapping[str, float]:
    """Speed, flicker and likeness of generated videos, and of as many real ones."""
    made = brightness(
        generate(system, state, latents(system, seed, COUNT)), value_range
    )
    real = brightness(data.batch(seed, 0, COUNT), value_range)
    return {
        "speed": speed(made),
        "flicker": flicker(made),
        "likeness": likeness(made),
        "real_speed": speed(real),
        "real_flicker": flicker(real),
        "real_likeness": likeness(real),
    }
