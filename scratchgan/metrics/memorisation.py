"""Whether a generator has learned its training samples by heart.

Take d(s), the distance of a sample s to the nearest training sample. Held-out samples
of the data say what d should be: generated ones that come nearer are copies, more or
less exact; if they stay further away, the model underfits. With generated samples
y₁ … y_m and held-out ones x₁ … x_n, the three-sample test of Meehan, Chaudhuri and
Dasgupta (2020, "A non-parametric test to detect data-copying in generative models"), in
its global form, is the Mann–Whitney test of the two sets of distances:

    U = Σᵢⱼ 1[d(yⱼ) > d(xᵢ)] + ½ 1[d(yⱼ) = d(xᵢ)]
    z = (U − m n / 2) / σ,    σ² = m n / 12 · ((N + 1) − Σ (t³ − t) / (N (N − 1)))

with N = m + n, and a sum over groups of t equal distances. z ≪ 0: copying. z ≫ 0:
underfitting. Where generated and held-out samples have one distribution, z is standard
normal for large m and n, whatever that distribution is. U / (m n) is the chance that a
generated sample lies further from the training set than a held-out one.

TRAPS. Held-out samples must come from where the training samples do, and be none of
them: frames of one video, or duplicates in a data set, make copying look like the norm.
The global test averages: a model that copies one region and underfits another can have
z near 0 (the paper's own test divides the space into cells for that). |z| grows with
√N for any fixed difference, so that its size is no effect size: read it beside the
ratios. Flips and shifts of training samples are far from them in pixels; use features,
and name their network. All is relative to *this* training set: use the whole of it.
"""

import math
from dataclasses import dataclass

import numpy as np

from scratchgan.metrics.neighbours import nearest_distances
from scratchgan.metrics.samples import features, require_dimensions
from scratchgan.types import Array


@dataclass(frozen=True)
class Memorisation:
    """How far generated samples are from training samples, held-out ones being 1.

    Parameters
    ----------
    mean_ratio, median_ratio : float
        Mean and median distance of generated samples to the nearest training sample,
        over that of held-out samples. Below 1: nearer than new data.
    further : float
        U / (m n), from 0 to 1; ½ where neither is nearer.
    z : float
        Of the test; far below 0 for copies.
    """

    mean_ratio: float
    median_ratio: float
    further: float
    z: float

    @property
    def p_value(self) -> float:
        """Chance of this z or a lower one if nothing is copied: Φ(z)."""
        return math.erfc(-self.z / math.sqrt(2)) / 2


def memorisation(generated: Array, training: Array, held_out: Array) -> Memorisation:
    """Whether generated samples are nearer to training samples than new data are.

    Parameters
    ----------
    generated, training, held_out : Array
        Features, ``(M, D)``, ``(T, D)`` and ``(N, D)``.

    Raises
    ------
    ValueError
        If a set is empty, a feature is not finite, the dimensions differ, or half of
        the held-out samples are training samples.
    """
    training = features("training", training)
    near = _to_nearest("generated", generated, training)
    usual = _to_nearest("held_out", held_out, training)
    if not np.median(usual):
        raise ValueError(
            "held_out: expected samples outside the training set, received "
            f"{int((usual == 0).sum())} of {len(usual)} that are in it"
        )
    further, z = mann_whitney(near, usual)
    return Memorisation(
        float(near.mean() / usual.mean()),
        float(np.median(near) / np.median(usual)),
        further,
        z,
    )


def _to_nearest(name: str, x: Array, training: Array) -> Array:
    x = features(name, x)
    require_dimensions(name, x.shape[1], "training", training.shape[1])
    return nearest_distances(x, training)


def mann_whitney(a: Array, b: Array) -> tuple[float, float]:
    """U / (m n) and z of a against b: above ½ and above 0 where a is larger.

    Parameters
    ----------
    a, b : Array
        Numbers, ``(m,)`` and ``(n,)``, at least one each.

    Returns
    -------
    tuple of float
        Ties count half, and narrow σ; z is 0 where all numbers are equal.
    """
    m, n = len(a), len(b)
    ordered = np.sort(b)
    below, upto = (np.searchsorted(ordered, a, side) for side in ("left", "right"))
    u = float((below + upto).sum()) / 2
    ties = np.unique(np.concatenate([a, b]), return_counts=True)[1].astype(np.float64)
    total = m + n
    correction = float((ties**3 - ties).sum()) / (total * (total - 1))
    variance = m * n / 12 * (total + 1 - correction)
    z = (u - m * n / 2) / math.sqrt(variance) if variance > 0 else 0.0
    return u / (m * n), z
