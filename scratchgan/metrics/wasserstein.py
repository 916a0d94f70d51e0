"""Exact Wasserstein distances: on the line, of Gaussians, of equally many points.

    W_p(P, Q) = (inf E ‖x − y‖^p)^(1/p)       over all couplings of x ~ P and y ~ Q

Three cases can be computed.

On the line, the best coupling is monotone. With quantile functions F⁻¹ and G⁻¹,

    W_p^p = ∫₀¹ |F⁻¹(u) − G⁻¹(u)|^p du

Those of weighted samples are steps, so that the integral is a sum over the levels at
which either of them steps.

For two Gaussians (Dowson and Landau 1982),

    W₂² = ‖m₁ − m₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)

The second term is the least ‖Σ₁^½ − Σ₂^½ U‖² over orthogonal U (Bhatia, Jain and Lim
2019), which is at the polar factor of Σ₂^½ Σ₁^½. It is computed so: the trace is a
difference of nearly equal numbers where Gaussians are close, and its square root would
keep half the digits.

For two sets of N points of equal weight, some best coupling is a permutation
(Birkhoff), and is found by linear assignment.

All functions return the distance W_p, not its power. FID is the *square* of W₂.

Two samples of one distribution are not at distance zero. The empirical W₁ between them
falls as N^(−1/D) in D > 2 dimensions (Dudley 1969; Fournier and Guillin 2015): to halve
it takes 2^D times as many points. Report beside every value the floor, the distance
from as many held-out real points to the real points of the comparison; a perfect
generator reaches that, and one that copies its training points may fall below it.
Between two samples of 2,000 points of the ring, W₁ is 0.06 and W₂ 0.25, most of it from
chance in how many points each mode has. Values of different N do not compare.
"""

import numpy as np

from scratchgan.metrics.points import require_finite, require_order, two_point_sets
from scratchgan.types import Array

#: Share of the largest entry by which a covariance may miss symmetry and positivity.
COVARIANCE_TOLERANCE = 1e-6


def wasserstein_1d(
    x: Array,
    y: Array,
    p: float = 1.0,
    *,
    x_weights: Array | None = None,
    y_weights: Array | None = None,
) -> float:
    """Distance W_p between two weighted samples on the line.

    Parameters
    ----------
    x, y : Array
        Samples, ``(N,)`` and ``(M,)``.
    p : float
        Order, at least 1.
    x_weights, y_weights : Array, optional
        Non-negative, ``(N,)`` and ``(M,)``, of any sum. Equal ones where left out.

    Raises
    ------
    ValueError
        If a sample is empty or not finite, or weights do not fit.
    """
    require_order(p)
    x, x_levels = _quantiles("x", x, x_weights)
    y, y_levels = _quantiles("y", y, y_weights)
    i, j, mass = monotone_coupling(x_levels, y_levels)
    return float((mass @ np.abs(x[i] - y[j]) ** p) ** (1 / p))


def monotone_coupling(x_levels: Array, y_levels: Array) -> tuple[Array, Array, Array]:
    """Which ordered samples of two meet, and with what mass.

    Parameters
    ----------
    x_levels, y_levels : Array
        Distribution functions at the ordered samples: rising to 1, ``(N,)``, ``(M,)``.

    Returns
    -------
    i, j, mass : Array
        Indices into both, and the mass of each pair, ``(≤ N + M,)``; the sum is 1.
    """
    levels = np.union1d(x_levels, y_levels)
    mass = np.diff(levels, prepend=0.0)
    # F⁻¹(u) is the first sample at which F reaches u
    return np.searchsorted(x_levels, levels), np.searchsorted(y_levels, levels), mass


def equal_levels(n: int) -> Array:
    """Distribution function of `n` samples of equal weight, at each of them, (n,)."""
    return np.arange(1, n + 1) / n


def gaussian_wasserstein(
    mean_x: Array, cov_x: Array, mean_y: Array, cov_y: Array
) -> float:
    """Distance W₂ between two Gaussians; not its square.

    Parameters
    ----------
    mean_x, mean_y : Array
        ``(D,)``.
    cov_x, cov_y : Array
        Covariances, ``(D, D)``, symmetric and positive semi-definite.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, or a matrix is no covariance.
    """
    mean_x, root_x = _gaussian("x", mean_x, cov_x)
    mean_y, root_y = _gaussian("y", mean_y, cov_y)
    if mean_x.shape != mean_y.shape:
        raise ValueError(
            f"mean_y: expected the shape of mean_x {mean_x.shape}, "
            f"received {mean_y.shape}"
        )
    left, _, right = np.linalg.svd(root_y @ root_x)
    rest = root_x - root_y @ (left @ right)
    return float(np.hypot(np.linalg.norm(mean_x - mean_y), np.linalg.norm(rest)))


def assignment_wasserstein(x: Array, y: Array, p: float = 1.0) -> float:
    """Distance W_p between two sets of equally many points, Euclidean in D dimensions.

    Memory grows as N², time faster: 1,000 points in the plane take 0.1 s, 2,000 take
    0.7 s, 4,000 take 3.5 s; 2,000 points in 784 dimensions 3.7 s (one core).

    Parameters
    ----------
    x, y : Array
        Points, ``(N, D)`` both.
    p : float
        Order, at least 1.

    Raises
    ------
    ValueError
        If a set is empty or not finite, or sizes or dimensions differ.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    require_order(p)
    x, y = two_point_sets(x, y)
    if len(x) != len(y):
        raise ValueError(f"y: expected as many points as x {len(x)}, received {len(y)}")
    # differences, not ‖x‖² + ‖y‖² − 2⟨x, y⟩, which loses the small distances
    cost = cdist(x, y) ** p
    return float(cost[linear_sum_assignment(cost)].mean() ** (1 / p))


def _quantiles(name: str, x: Array, weights: Array | None) -> tuple[Array, Array]:
    """Ordered samples, and the distribution function at each of them."""
    x = np.asarray(x, np.float64)
    if x.ndim != 1 or not len(x):
        raise ValueError(
            f"{name}: expected a sample (N,), at least one value, received {x.shape}"
        )
    require_finite(name, x)
    if weights is None:
        return np.sort(x), equal_levels(len(x))
    weights = np.asarray(weights, np.float64)
    total = weights.sum()
    if weights.shape != x.shape or not 0 < total < np.inf or weights.min() < 0:
        raise ValueError(
            f"{name}_weights: expected non-negative weights {x.shape} that are not all "
            f"zero, received {weights.shape} with the sum {total}"
        )
    order = np.argsort(x, kind="stable")
    levels = np.cumsum(weights[order])
    return x[order], levels / levels[-1]


def _gaussian(name: str, mean: Array, cov: Array) -> tuple[Array, Array]:
    """The mean, and the symmetric root of the covariance."""
    mean, cov = np.asarray(mean, np.float64), np.asarray(cov, np.float64)
    if mean.ndim != 1 or not len(mean) or cov.shape != (len(mean), len(mean)):
        raise ValueError(
            f"cov_{name}: expected a mean (D,) and a covariance (D, D), "
            f"received {mean.shape} and {cov.shape}"
        )
    require_finite(f"mean_{name}", mean)
    require_finite(f"cov_{name}", cov)
    values, vectors = np.linalg.eigh((cov + cov.T) / 2)
    margin = COVARIANCE_TOLERANCE * np.abs(cov).max()
    skew = np.abs(cov - cov.T).max()
    if skew > margin or values[0] < -margin:
        raise ValueError(
            f"cov_{name}: expected a symmetric positive semi-definite matrix, received "
            f"one {skew:.3g} from its transpose, of least eigenvalue {values[0]:.3g}"
        )
    return mean, (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
