"""Maximum mean discrepancy, and the kernel distance of the field's tables (KID).

For a kernel k, x₁ … x_n from P and y₁ … y_m from Q (Gretton et al. 2012, "A kernel
two-sample test"):

    MMD²(P, Q) = E k(x, x′) + E k(y, y′) − 2 E k(x, y)

    biased     Σᵢⱼ k(xᵢ, xⱼ) / n² + Σᵢⱼ k(yᵢ, yⱼ) / m² − 2 Σᵢⱼ k(xᵢ, yⱼ) / (n m)
    unbiased   the same without i = j, over n (n − 1) and m (m − 1)

The biased estimate is the squared distance of the two mean embeddings, never negative,
and zero for equal sets. The unbiased one has the expectation MMD² at any n and m, so it
is zero *on average* where P = Q, and negative about half the time: report it as it is.

The kernel distance of Bińkowski et al. 2018 ("Demystifying MMD GANs") is the unbiased
estimate under (x·y / D + 1)³, its mean over subsets of 1,000 samples of each set. Its
name there, kernel inception distance, belongs to Inception's features: name the network
that computed yours.

TRAPS. The standard deviation over subsets shrinks neither with the number of subsets
nor with that of the samples; it is not the error of the mean, and the subsets overlap.
Tables print values times 100 or 1,000. Features of another scale give other values: a
polynomial kernel is not invariant to it. The diagonal stays in the sum over x and y,
also in sets that are paired.
"""

import numpy as np

from scratchgan.metrics.distances import rows_at_a_time
from scratchgan.metrics.gram import Kernel, Polynomial
from scratchgan.metrics.samples import features, require_dimensions
from scratchgan.metrics.spread import Spread
from scratchgan.rng import Stream
from scratchgan.types import Array

CUBIC = Polynomial(degree=3, constant=1.0)


def mmd2(x: Array, y: Array, kernel: Kernel = CUBIC, unbiased: bool = True) -> float:
    """MMD² between two sets.

    Memory is that of a block of rows of the kernel's matrix.

    Parameters
    ----------
    x, y : Array
        Features, ``(N, D)`` and ``(M, D)``.
    kernel : Kernel
        From two sets of points to the matrix of k; symmetric.
    unbiased : bool
        Which estimate.

    Raises
    ------
    ValueError
        If a set is empty, or for the unbiased estimate has one sample; if a feature is
        not finite, or the dimensions differ.
    """
    least, why = (2, " for an unbiased estimate") if unbiased else (1, "")
    x, y = features("x", x, least, why), features("y", y, least, why)
    require_dimensions("y", y.shape[1], "x", x.shape[1])
    return _mmd2(x, y, kernel, unbiased)


def kernel_distance(
    x: Array,
    y: Array,
    subsets: int = 100,
    subset_size: int = 1000,
    kernel: Kernel = CUBIC,
    seed: int = 0,
) -> Spread:
    """Unbiased MMD² between random subsets: mean and standard deviation.

    Parameters
    ----------
    x, y : Array
        Features, ``(N, D)`` and ``(M, D)``.
    subsets : int
        How many times a subset of each is drawn.
    subset_size : int
        Samples in each, drawn without replacement; with N or M it is the whole set.
    kernel : Kernel
        As for `mmd2`.
    seed : int
        Of the draws.

    Raises
    ------
    ValueError
        If a set has fewer than `subset_size` samples, that is below 2, there are no
        subsets, a feature is not finite, or the dimensions differ.
    """
    if subset_size < 2:
        raise ValueError(f"subset_size: expected 2 or more, received {subset_size}")
    if subsets < 1:
        raise ValueError(f"subsets: expected 1 or more, received {subsets}")
    x = features("x", x, subset_size, " for a subset")
    y = features("y", y, subset_size, " for a subset")
    require_dimensions("y", y.shape[1], "x", x.shape[1])
    stream = Stream(seed, "kernel distance")

    def drawn(z: Array, tick: int) -> Array:
        # in the order of the set, so that a whole set has one sum, to the last bit
        return z[np.sort(stream.permutation(tick, len(z))[:subset_size])]

    return Spread.of(
        [
            _mmd2(drawn(x, 2 * i), drawn(y, 2 * i + 1), kernel, unbiased=True)
            for i in range(subsets)
        ]
    )


def _mmd2(x: Array, y: Array, kernel: Kernel, unbiased: bool) -> float:
    n, m = len(x), len(y)
    (xx, xs), (yy, ys), (xy, _) = (
        _sums(kernel, *pair) for pair in ((x, x), (y, y), (x, y))
    )
    if unbiased:
        within = (xx - xs) / (n * (n - 1)) + (yy - ys) / (m * (m - 1))
    else:
        within = xx / n**2 + yy / m**2
    return within - 2 * xy / (n * m)


def _sums(kernel: Kernel, x: Array, y: Array) -> tuple[float, float]:
    """Σᵢⱼ k(xᵢ, yⱼ), and Σᵢ k(xᵢ, yᵢ)."""
    total = diagonal = 0.0
    for rows in rows_at_a_time(len(x), len(y)):
        block = kernel(x[rows], y)
        total += float(block.sum())
        diagonal += float(np.trace(block, offset=rows.start))
    return total, diagonal
