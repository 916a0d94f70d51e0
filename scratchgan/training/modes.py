"""Which modes of a mixture a run's generator meets, as mode-collapse tables count them.

The counts are those of `scratchgan.metrics.modes`.
"""

import numpy as np

from scratchgan.data import MIXTURES, Dataset
from scratchgan.metrics.modes import mixture_modes
from scratchgan.training.finite import NonFiniteError
from scratchgan.training.samples import generate, latents
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System

POINTS = 2500  #: as many as PacGAN's code scores


def measure_modes(
    system: System, state: TrainingState, data: Dataset, seed: int
) -> dict[str, float]:
    """Modes, share of good points and reverse KL of a run; nothing for other data.

    Raises
    ------
    NonFiniteError
        If a generated point is not finite.
    """
    if data.name not in MIXTURES:
        return {}
    points = generate(system, state, latents(system, seed, POINTS))
    if not np.isfinite(points).all():
        raise NonFiniteError(f"step {int(state.step)}: a generated point is not finite")
    found = mixture_modes(points, *MIXTURES[data.name])
    return {
        "modes": float(found.covered),
        "high_quality": found.quality,
        "reverse_kl": found.reverse_kl,
    }
