"""Sliced Wasserstein distance: the average distance of shadows on lines.

Projected on a direction θ, points are samples on the line, whose distance is exact and
takes a sort (Rabin, Peyré, Delon and Bernot 2012; Bonneel, Rabin, Peyré and Pfister
2015). With θ uniform on the sphere,

    SW_p(P, Q) = (E_θ W_p^p(θᵀP, θᵀQ))^(1/p)          max-SW_p = max_θ W_p(θᵀP, θᵀQ)

Here E and max go over P directions, drawn from a seed. For a shift, the relative error
of SW₂² is up to √(2 / P). The largest of P directions is only a lower bound of max-SW,
and far below it in many dimensions.

A shift by a has SW₂ = ‖a‖ / √D: of two distributions, SW is smaller than W by about √D,
and values of different dimensions do not compare. Unlike that of W, its floor between
two samples of one distribution falls as N^(−1/2) in every dimension for p = 1. It is
not zero: report it.

Compare values of the same directions only. Two seeds differ.
"""

import numpy as np

from scratchgan.metrics.points import finite_points, require_order, two_point_sets
from scratchgan.metrics.wasserstein import equal_levels, monotone_coupling
from scratchgan.rng import Stream
from scratchgan.types import Array

DIRECTIONS = 128
BLOCK = 32  # directions at a time: N × BLOCK numbers are held


def sliced_wasserstein(
    x: Array,
    y: Array,
    p: float = 2.0,
    *,
    projections: int | Array = DIRECTIONS,
    seed: int = 0,
) -> float:
    """Distance SW_p between two sets of points, not its power.

    Parameters
    ----------
    x, y : Array
        Points, ``(N, D)`` and ``(M, D)``.
    p : float
        Order, at least 1.
    projections : int or Array
        How many directions to draw, or unit columns ``(D, P)``.
    seed : int
        Of the directions; not used where they are given.

    Raises
    ------
    ValueError
        If a set is empty or not finite, dimensions differ, or columns are not units.
    """
    distances = projected_wasserstein(x, y, p, projections=projections, seed=seed)
    return float(np.mean(distances**p) ** (1 / p))


def max_sliced_wasserstein(
    x: Array,
    y: Array,
    p: float = 2.0,
    *,
    projections: int | Array = DIRECTIONS,
    seed: int = 0,
) -> float:
    """Largest W_p of the directions; arguments as in `sliced_wasserstein`."""
    distances = projected_wasserstein(x, y, p, projections=projections, seed=seed)
    return float(distances.max())


def projected_wasserstein(
    x: Array,
    y: Array,
    p: float = 2.0,
    *,
    projections: int | Array = DIRECTIONS,
    seed: int = 0,
) -> Array:
    """W_p along every direction, (P,); arguments as in `sliced_wasserstein`."""
    require_order(p)
    x, y = two_point_sets(x, y)
    if isinstance(projections, int | np.integer):
        directions = random_directions(x.shape[1], int(projections), seed)
    else:
        directions = _units(projections, x.shape[1])
    i, j, mass = monotone_coupling(equal_levels(len(x)), equal_levels(len(y)))
    found = []
    for start in range(0, directions.shape[1], BLOCK):
        block = directions[:, start : start + BLOCK]
        a, b = np.sort(x @ block, axis=0), np.sort(y @ block, axis=0)
        found.append(mass @ np.abs(a[i] - b[j]) ** p)
    return np.concatenate(found) ** (1 / p)


def random_directions(dimension: int, count: int, seed: int) -> Array:
    """`count` directions uniform on the sphere, as unit columns ``(D, P)``.

    Equal seeds give equal directions, and the first ones do not depend on `count`.
    """
    if count < 1:
        raise ValueError(f"projections: expected at least 1, received {count}")
    # a direction is a normal vector over its length
    normal = Stream(seed, "sliced/directions").normal(0, (count, dimension), np.float64)
    return (normal / np.linalg.norm(normal, axis=1, keepdims=True)).T


def _units(projections: Array, dimension: int) -> Array:
    projections = finite_points("projections", projections)
    if len(projections) != dimension:
        raise ValueError(
            f"projections: expected columns ({dimension}, P), "
            f"received {projections.shape}"
        )
    lengths = np.linalg.norm(projections, axis=0)
    if np.abs(lengths - 1).max() > 1e-5:  # float32 columns pass
        raise ValueError(
            f"projections: expected unit columns, received lengths from "
            f"{lengths.min():.6g} to {lengths.max():.6g}"
        )
    return projections
