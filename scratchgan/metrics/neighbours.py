"""Precision and recall, density and coverage: whose samples lie in whose balls.

Around every sample of a set stands a ball that reaches to its k-th nearest *other*
sample; the balls together stand for the support of the set's distribution. For N real
samples X, M generated ones Y, and B the ball,

    precision = share of Y in any B(Xᵢ)          (Kynkäänniemi et al. 2019, k = 3)
    recall    = share of X in any B(Yⱼ)
    density   = Σⱼ Σᵢ 1[Yⱼ ∈ B(Xᵢ)] / (k M)      (Naeem et al. 2020, k = 5)
    coverage  = share of Xᵢ with any Yⱼ in B(Xᵢ)

Recall alone has balls around *generated* samples, so that one outlier among them can
cover much of the data; density and coverage look only into real balls.

Kynkäänniemi's balls are closed, |x − y| ≤ r. The authors' code of density and coverage
has open ones, |x − y| < r, for precision and recall as well. It matters where distances
tie: on integers, in sets with repeated samples (whose balls have radius 0, and open
hold nothing), and for copies of real samples.

Where both sets come from one continuous distribution, whatever it is, density has the
expectation 1, and coverage

    1 − (N − 1) ⋯ (N − k) / ((N + M − 1) ⋯ (N + M − k))        → 1 − 2⁻ᵏ for N = M

since Xᵢ is missed when the k nearest of all other samples are real. Precision and
recall have no such value: measure them between two halves of the real data.

TRAPS. All four depend on N, M and k: compare equal ones. Precision rises with outliers
among real samples, recall with outliers among generated ones. In a space of many
dimensions features, not pixels, have meaningful neighbours; name their network. Density
may exceed 1. Copies of the training set score perfectly: see `memorisation`.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.metrics.distances import Distances
from scratchgan.metrics.samples import features, require_dimensions
from scratchgan.types import Array


@dataclass(frozen=True)
class PrecisionRecall:
    """Shares, each from 0 to 1."""

    precision: float
    recall: float


@dataclass(frozen=True)
class DensityCoverage:
    """Density, from 0 to N / k, and coverage, a share from 0 to 1."""

    density: float
    coverage: float


def nearest_distances(x: Array, to: Array, k: int = 1) -> Array:
    """Distance of every row of x to the k-th nearest row of `to`, ``(N,)``.

    Parameters
    ----------
    x, to : Array
        Features, ``(N, D)`` and ``(M, D)``. Equal rows are at distance 0.
    k : int
        From 1 to M.

    Raises
    ------
    ValueError
        If k is out of range, a feature is not finite, or the dimensions differ.
    """
    x, to = features("x", x), features("to", to, _at_least_one(k), f" for k = {k}")
    require_dimensions("to", to.shape[1], "x", x.shape[1])
    pairs = Distances(x, to)
    return np.sqrt(np.concatenate([pairs.nearest(b, k) for b in pairs.blocks()]))


def neighbour_radii(x: Array, k: int = 1) -> Array:
    """Distance of every sample to its k-th nearest other sample, ``(N,)``.

    A sample is left out of its own neighbours by its place, so that a second sample
    with the same features is a neighbour at distance 0.

    Parameters
    ----------
    x : Array
        Features, ``(N, D)``.
    k : int
        From 1 to N − 1.

    Raises
    ------
    ValueError
        If k is out of range, or a feature is not finite.
    """
    return np.sqrt(_squared_radii(_set("x", x, k), k))


def precision_recall(
    real: Array, generated: Array, k: int = 3, closed: bool = True
) -> PrecisionRecall:
    """Share of generated samples in real balls, and of real ones in generated balls.

    Parameters
    ----------
    real, generated : Array
        Features, ``(N, D)`` and ``(M, D)``.
    k : int
        Balls reach to the k-th nearest other sample of their set.
    closed : bool
        Whether the surface of a ball belongs to it.

    Raises
    ------
    ValueError
        If a set has fewer than k + 1 samples, a feature is not finite, or the
        dimensions differ.
    """
    x, y = _sets(real, generated, k, k + 1)
    rx, ry = _squared_radii(x, k), _squared_radii(y, k)
    pairs, precise, recalled = Distances(x, y), np.zeros(len(y), bool), []
    for block in pairs.blocks():
        own = rx[block.first :][: len(block.squared), None]
        precise |= pairs.within(block, own, closed).any(axis=0)
        recalled.append(pairs.within(block, ry[None], closed).any(axis=1))
    return PrecisionRecall(
        float(precise.mean()), float(np.concatenate(recalled).mean())
    )


def density_coverage(
    real: Array, generated: Array, k: int = 5, closed: bool = False
) -> DensityCoverage:
    """How many real balls hold a generated sample, and how many balls hold any.

    Parameters
    ----------
    real, generated : Array
        Features, ``(N, D)`` and ``(M, D)``.
    k : int
        Balls reach to the k-th nearest other real sample.
    closed : bool
        Whether the surface of a ball belongs to it.

    Raises
    ------
    ValueError
        If there are fewer than k + 1 real samples, a feature is not finite, or the
        dimensions differ.
    """
    x, y = _sets(real, generated, k, 1)
    rx, pairs = _squared_radii(x, k), Distances(x, y)
    held = np.concatenate(
        [
            pairs.within(b, rx[b.first :][: len(b.squared), None], closed).sum(axis=1)
            for b in pairs.blocks()
        ]
    )
    return DensityCoverage(float(held.sum() / (k * len(y))), float((held > 0).mean()))


def _squared_radii(x: Array, k: int) -> Array:
    pairs, found = Distances(x, x), []
    for block in pairs.blocks():
        own = np.arange(len(block.squared))
        block.squared[own, block.first + own] = np.inf
        found.append(pairs.nearest(block, k))
    return np.concatenate(found)


def _sets(real: Array, generated: Array, k: int, at_least: int) -> tuple[Array, Array]:
    x, y = _set("real", real, k), features("generated", generated, at_least)
    require_dimensions("generated", y.shape[1], "real", x.shape[1])
    return x, y


def _set(name: str, x: Array, k: int) -> Array:
    return features(name, x, _at_least_one(k) + 1, f" for k = {k}")


def _at_least_one(k: int) -> int:
    if k < 1:
        raise ValueError(f"k: expected 1 or more, received {k}")
    return k
