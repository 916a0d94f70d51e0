"""What metrics ask of point sets, and the lines they answer with."""

import numpy as np

from scratchgan.types import Array


def finite_points(name: str, points: Array) -> Array:
    """`points` (N, D) as float64.

    Raises
    ------
    ValueError
        If there are none, they have another number of axes, or one is not finite.
    """
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or 0 in points.shape:
        raise ValueError(
            f"{name}: expected points (N, D), at least one, received {points.shape}"
        )
    require_finite(name, points)
    return points


def two_point_sets(x: Array, y: Array) -> tuple[Array, Array]:
    """Both as float64, (N, D) and (M, D).

    Raises
    ------
    ValueError
        If one of them is no set of finite points, or their dimensions differ.
    """
    x, y = finite_points("x", x), finite_points("y", y)
    if x.shape[1] != y.shape[1]:
        raise ValueError(
            f"y: expected points of dimension {x.shape[1]} like x, "
            f"received {y.shape[1]}"
        )
    return x, y


def require_finite(name: str, values: Array) -> None:
    """Raise ValueError where a value is infinite or not a number."""
    bad = values.size - int(np.isfinite(values).sum())
    if bad:
        raise ValueError(f"{name}: expected finite values, received {bad} others")


def require_order(p: float) -> None:
    """Raise ValueError where p is not an order of a Wasserstein distance."""
    if not 1 <= p < np.inf:
        raise ValueError(f"p: expected a finite order of at least 1, received {p}")
