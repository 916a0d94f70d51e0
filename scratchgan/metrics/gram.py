"""Positive semi-definite kernels k(x, y), as callables from two sets to a matrix.

    polynomial    k(x, y) = (γ x·y + c)^p              γ = 1 / D where none is given
    RBF           k(x, y) = exp(−|x − y|² / (2 σ²))    Gaussian radial basis

(γ, c, p) = (1 / D, 1, 3) is the kernel of the kernel inception distance (Bińkowski et
al. 2018). It is not characteristic: a distance of 0 says that moments up to the third
agree. The RBF kernel is, but sees nothing finer or coarser than σ by much.

The median heuristic takes for σ the median distance between two different points of
all sets together (Gretton et al. 2012, "A kernel two-sample test").

TRAPS. Conventions for σ differ: exp(−|x − y|² / σ²), or 1 / (2 σ²) = γ, and a median of
*squared* distances, are other bandwidths. A σ taken from the samples makes values of
two pairs of sets incomparable: choose it once, from the real data.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from scratchgan.metrics.distances import Distances
from scratchgan.metrics.samples import features, require_dimensions
from scratchgan.rng import Stream
from scratchgan.types import Array

#: (N, D) and (M, D) to k(x_i, y_j), (N, M)
Kernel: TypeAlias = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Polynomial:
    """(γ x·y + c)^p.

    Parameters
    ----------
    degree : int
        p, at least 1.
    constant : float
        c, not negative.
    scale : float, optional
        γ, above zero; 1 / D if left out.
    """

    degree: int = 3
    constant: float = 1.0
    scale: float | None = None

    def __post_init__(self) -> None:
        if self.degree < 1:
            raise ValueError(f"degree: expected 1 or more, received {self.degree}")
        if not self.constant >= 0:
            raise ValueError(f"constant: expected 0 or more, received {self.constant}")
        if self.scale is not None and not self.scale > 0:
            raise ValueError(f"scale: expected above 0, received {self.scale}")

    def __call__(self, x: Array, y: Array) -> Array:
        """Its matrix, ``(N, M)``."""
        base = x @ y.T
        base *= 1 / x.shape[1] if self.scale is None else self.scale
        base += self.constant
        power = base.copy()
        for _ in range(self.degree - 1):  # np.power takes several times as long
            power *= base
        return power


@dataclass(frozen=True)
class RBF:
    """exp(−|x − y|² / (2 σ²)).

    Parameters
    ----------
    bandwidth : float
        σ, above zero, in the unit of the features.
    """

    bandwidth: float

    def __post_init__(self) -> None:
        if not self.bandwidth > 0:
            raise ValueError(f"bandwidth: expected above 0, received {self.bandwidth}")

    def __call__(self, x: Array, y: Array) -> Array:
        """Its matrix, ``(N, M)``."""
        squared = np.concatenate([b.squared for b in Distances(x, y).blocks()])
        np.maximum(squared, 0, out=squared)  # rounding can take equal points below 0
        squared *= -1 / (2 * self.bandwidth**2)
        return np.exp(squared, out=squared)


def median_bandwidth(*sets: Array, at_most: int = 2000, seed: int = 0) -> float:
    """Median distance between two points of all sets together.

    Parameters
    ----------
    *sets : Array
        Features, ``(N, D)`` each.
    at_most : int
        Of more points than this, so many are drawn: all their distances are held.
    seed : int
        Of that draw.

    Raises
    ------
    ValueError
        If there are fewer than two points, D or values are refused, or the median is
        zero, since more than half of the pairs are equal.
    """
    parts = [features(f"set {i}", each) for i, each in enumerate(sets)]
    for number, part in enumerate(parts):
        require_dimensions(f"set {number}", part.shape[1], "set 0", parts[0].shape[1])
    n = sum(map(len, parts))
    if min(n, at_most) < 2:
        raise ValueError(f"sets: expected at least 2 points, received {n}")
    points = np.concatenate(parts)
    if n > at_most:
        points = points[Stream(seed, "median bandwidth").permutation(0, n)[:at_most]]
    i, j = np.triu_indices(len(points), 1)
    found = float(np.median(np.sqrt(Distances(points, points).exact(i, j))))
    if not found:
        raise ValueError("sets: expected distinct points, received equal ones mostly")
    return found
