"""Fréchet distance between features: that of the Gaussians with their moments.

For means μ₁, μ₂ and covariances S₁, S₂ (Dowson and Landau 1982; for generated images
Heusel et al. 2017, "GANs trained by a two time-scale update rule"),

    d² = |μ₁ − μ₂|² + Tr S₁ + Tr S₂ − 2 Tr (S₁^½ S₂ S₁^½)^½

which is the square of the Wasserstein-2 distance between N(μ₁, S₁) and N(μ₂, S₂). The
square is what the field reports. The covariances divide by N − 1.

The product S₁ S₂ is not symmetric, and a root of it needs complex numbers, or an ε that
keeps it regular. Neither is needed: with S = L Lᵀ, L = V Λ^½ from the symmetric
eigenproblem S = V Λ Vᵀ,

    Tr (S₁^½ S₂ S₁^½)^½ = ‖S₁^½ S₂^½‖_* = ‖L₁ᵀ L₂‖_*        sum of singular values

A root of an eigenvalue that is zero up to rounding, |λ| ≈ ε λ_max, would be √ε λ_max^½,
1e-8 and not 1e-16, once for every direction that the samples do not span. So
eigenvalues below D ε λ_max are taken as zero, and singular values are not computed as
roots of eigenvalues.

Moments are sums over samples, which batches add to. With δ = mean_b − mean_a and
n = n_a + n_b (Chan, Golub and LeVeque 1983),

    mean    = mean_a + δ n_b / n
    scatter = scatter_a + scatter_b + δ δᵀ n_a n_b / n

exact in any order and grouping up to rounding, where Σ x xᵀ − n μ μᵀ would lose the
digits that the mean has in front of the deviation.

TRAPS. The distance of finite samples is biased upwards, by about 1/N and by an amount
that depends on the model: compare only values of equal N, 10,000 or more, beside the
value between two halves of the data. With N ≤ D the covariance is singular; the
distance is still finite here, and mostly bias. It sees two moments: sets that differ in
all else have distance 0. It depends on the network that computed the features, on its
weights and on how images were resized for it; a score must name that network, and is an
"Inception distance" with that one network's features only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from scratchgan.metrics.samples import features, require_dimensions
from scratchgan.types import Array


@dataclass(frozen=True)
class Moments:
    """Count, mean and scatter of samples, so that ``Moments.of(a) + Moments.of(b)``.

    Parameters
    ----------
    count : int
        N.
    mean : Array
        ``(D,)``.
    scatter : Array
        Σ (x − mean)(x − mean)ᵀ, ``(D, D)``.
    """

    count: int
    mean: Array
    scatter: Array

    @staticmethod
    def of(batch: Array) -> "Moments":
        """Those of features (N, D), N ≥ 1.

        Raises
        ------
        ValueError
            If there is no sample, or a feature is not finite.
        """
        x = features("batch", batch)
        mean = x.mean(axis=0)
        centred = x - mean
        # a mean far from zero is rounded; what it is off is the mean of the deviations
        rest = centred.mean(axis=0)
        scatter = centred.T @ centred - len(x) * np.outer(rest, rest)
        return Moments(len(x), mean + rest, scatter)

    @staticmethod
    def of_batches(batches: Iterable[Array]) -> "Moments":
        """Those of all batches together, of which one at a time is held.

        Raises
        ------
        ValueError
            If there is no batch, their D differ, or `of` refuses one.
        """
        parts = map(Moments.of, batches)
        first = next(parts, None)
        if first is None:
            raise ValueError("batches: expected at least one, received none")
        return reduce(Moments.__add__, parts, first)

    def __add__(self, other: "Moments") -> "Moments":
        require_dimensions("other", len(other.mean), "this", len(self.mean))
        n = self.count + other.count
        delta = other.mean - self.mean
        between = np.outer(delta, delta) * (self.count * other.count / n)
        return Moments(
            n,
            self.mean + delta * (other.count / n),
            self.scatter + other.scatter + between,
        )

    def covariance(self) -> Array:
        """S = scatter / (N − 1), ``(D, D)``.

        Raises
        ------
        ValueError
            If there are fewer than two samples.
        """
        if self.count < 2:
            raise ValueError(
                f"samples: expected at least 2 for a covariance, received {self.count}"
            )
        return self.scatter / (self.count - 1)


def frechet_distance(a: Array | Moments, b: Array | Moments) -> float:
    """d² between two sets of features, not negative.

    Parameters
    ----------
    a, b : Array or Moments
        Features ``(N, D)`` and ``(N′, D)``, or their moments.

    Raises
    ------
    ValueError
        If a set has fewer than two samples or a feature that is not finite, or the
        dimensions differ.
    """
    a, b = _moments("a", a), _moments("b", b)
    require_dimensions("b", len(b.mean), "a", len(a.mean))
    shift = a.mean - b.mean
    s1, s2 = a.covariance(), b.covariance()
    common = np.linalg.svd(_root(s1).T @ _root(s2), compute_uv=False).sum()
    distance = shift @ shift + np.trace(s1) + np.trace(s2) - 2 * common
    return max(0.0, float(distance))  # not negative, but for rounding


def _moments(name: str, x: Array | Moments) -> Moments:
    needed = 2, " for a covariance"
    if not isinstance(x, Moments):
        return Moments.of(features(name, x, *needed))
    if x.count < needed[0]:
        raise ValueError(
            f"{name}: expected at least 2 samples for a covariance, received {x.count}"
        )
    return x


def _root(s: Array) -> Array:
    """L with L Lᵀ = S, ``(D, rank)``."""
    values, vectors = np.linalg.eigh(s)
    kept = values > len(s) * np.finfo(np.float64).eps * max(values[-1], 0.0)
    return vectors[:, kept] * np.sqrt(values[kept])
