"""Which modes of a mixture a generator meets, as mode-collapse tables count them.

Of so many generated points, one is of high quality if it lies within three standard
deviations of the nearest centre, and a mode is covered if it has a point of high
quality (Srivastava et al. 2017; Lin et al. 2018, section 4.1).
"""

from typing import NamedTuple

import numpy as np

from scratchgan.data import MIXTURES, Dataset
from scratchgan.training.samples import generate, latents
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

POINTS = 2500  #: as many as PacGAN's code scores
WIDTHS = 3.0  #: standard deviations


class Modes(NamedTuple):
    """What points make of a mixture's modes."""

    covered: int  #: modes with a point of high quality
    quality: float  #: share of points of high quality


def modes(points: Array, centres: Array, std: float) -> Modes:
    """Count the modes that `points` (N, D) meet.

    Parameters
    ----------
    points : Array
        Generated, (N, D).
    centres : Array
        Of the modes, (K, D).
    std : float
        Of every mode, along each axis.
    """
    distances = np.linalg.norm(points[:, None] - centres, axis=-1)  # (N, K)
    good = distances.min(axis=1) <= WIDTHS * std
    covered = np.unique(distances.argmin(axis=1)[good])
    return Modes(len(covered), float(good.mean()))


def measure_modes(
    system: System, state: TrainingState, data: Dataset, seed: int
) -> dict[str, float]:
    """Modes covered and share of good points of a run; nothing for other data."""
    if data.name not in MIXTURES:
        return {}
    points = generate(system, state, latents(system, seed, POINTS))
    found = modes(points, *MIXTURES[data.name])
    return {"modes": float(found.covered), "high_quality": found.quality}
