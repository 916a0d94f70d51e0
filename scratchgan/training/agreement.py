"""Whether a conditional generator draws what it was told: by its nearest neighbours.

A generated sample agrees with its label if the nearest of so many real samples, in
Euclidean distance, has that label: the simplest classifier there is.
"""

from collections.abc import Sized

from scratchgan.data import Dataset
from scratchgan.training.samples import generate, latents
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

REAL, GENERATED = 2000, 500


def agreement(x: Array, labels: Array, x_real: Array, real_labels: Array) -> float:
    """Share of samples whose nearest real one has their label.

    Parameters
    ----------
    x, labels : Array
        Samples ``(N, …)`` and what they should be, (N,).
    x_real, real_labels : Array
        Real samples ``(M, …)`` and what they are, (M,).
    """
    a, b = x.reshape(len(x), -1), x_real.reshape(len(x_real), -1)
    # ‖a − b‖² but for ‖a‖², which is the same for every b
    distances = (b * b).sum(axis=1) - 2 * (a @ b.T)
    nearest = real_labels[distances.argmin(axis=1)]
    return float((nearest == labels).mean())


def measure_agreement(
    system: System, state: TrainingState, data: Dataset, seed: int
) -> dict[str, float]:
    """What `agreement` says of the samples of a run."""
    size = min(REAL, len(data)) if isinstance(data, Sized) else REAL
    real = data.batch(seed, 0, size)
    z = latents(system, seed, GENERATED)
    return {"label_agreement": agreement(generate(system, state, z), z[1], *real)}
