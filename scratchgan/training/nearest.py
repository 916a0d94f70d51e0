"""What the nearest real images say of generated ones, where there is no better judge.

Every sample looks for the nearest of so many real images, in Euclidean distance, and
takes its label. Two figures come of it:

* the entropy of these labels in bits: log₂ 10 = 3.32 where ten classes are equally
  often, 0 where a generator makes one and the same
* the mean distance to the nearest, over that of as many other real images: below 1
  where samples copy, about 1 where they are as near as real images are to each other,
  above it where they are unlike them

Neither proves quality: a blurred mean of a class has a near neighbour too.
"""

import numpy as np

from scratchgan.data import ArrayDataset, Dataset
from scratchgan.training.samples import generate, latents
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

REAL, GENERATED = 2000, 500


def nearest(x: Array, x_real: Array) -> tuple[Array, Array]:
    """Index of every sample's nearest real one, and its distance, both (N,)."""
    a, b = (v.reshape(len(v), -1).astype(np.float64) for v in (x, x_real))
    squares = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * (a @ b.T)
    index = squares.argmin(axis=1)
    return index, np.sqrt(np.maximum(squares[np.arange(len(a)), index], 0))


def entropy(labels: Array) -> float:
    """Of the shares of integer labels, in bits."""
    share = np.bincount(labels) / len(labels)
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def measure_nearest(
    system: System, state: TrainingState, data: Dataset, seed: int
) -> dict[str, float]:
    """Both figures for 500 samples, by 2,000 real images; for a set too small, none."""
    size = REAL + GENERATED
    if not isinstance(data, ArrayDataset) or len(data) < size:
        return {}
    x_real, others = np.split(data.batch(seed, 0, size), [REAL])
    x = generate(system, state, latents(system, seed, GENERATED))
    found, distance = nearest(x, x_real)
    _, usual = nearest(others, x_real)
    values = {"nearest_distance": float(distance.mean() / usual.mean())}
    if data.labels is not None:
        labels = data.labels[data.chosen(seed, 0, size)]
        values["label_entropy"] = entropy(labels[found])
    return values
