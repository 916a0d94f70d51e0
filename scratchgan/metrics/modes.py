"""Which modes a generator meets, and how evenly: mode count, quality, reverse KL.

For a mixture of K Gaussians with centres cₖ and one standard deviation σ along each
axis (Srivastava et al. 2017; Lin et al. 2018, section 4.1), every generated point
belongs to the nearest centre, and is of high quality if it lies within 3 σ of it.

    modes      how many centres have a point of high quality
    quality    share of points of high quality
    reverse KL Σₖ p̂ₖ ln(p̂ₖ / πₖ),  p̂ₖ the share of points that belong to k, 0 ln 0 = 0

The reverse divergence, from the generated shares p̂ to the real ones π, is finite where
a mode is missed: with π uniform and m of K modes met equally often it is ln(K / m), and
never above ln K. In the other direction one missed mode would make it infinite, as a
generated point does here in a mode with π = 0.

p̂ counts *every* point, as PacGAN's text assigns it. The authors' code logs the entropy
of the points of high quality alone, hence a divergence of ln K less that;
``good_only=True`` counts so. Every point is the default because it is defined for any
sample: an untrained generator may have no point of high quality, and of three such
points the shares are chance. The two agree as quality goes to one. Points far from all
modes, which it counts too, may be spread evenly: read it beside quality.

A perfect generator does not reach a quality of 1: of a Gaussian, 1 − exp(−9/2) = 0.9889
lies within 3 σ in the plane, 0.9973 on the line, and P(χ²_D ≤ 9) in D dimensions, 0.017
for D = 20. A higher quality says that modes are too narrow. Nor does it reach a
divergence of zero: of N points about (K − 1) / 2N is left by chance, 0.0014 for the
ring and 2,500 points, 0.019 for stacked MNIST and 26,000 images. Counts of modes grow
with N too: compare equal N.

Stacked MNIST has three digits in an image's three channels, and 1,000 modes. A
classifier names each digit, and all images count (Metz et al. 2017; Srivastava et al.
2017; Lin et al. 2018). Its errors scatter images over modes that the generator may
never make, so that the modes of *real* images as the same classifier sees them are the
better reference than uniform ones: digits are not equally often, nor equally well told.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.metrics.points import finite_points
from scratchgan.types import Array

WIDTHS = 3.0  #: standard deviations
BLOCK = 4096  # points at a time


class Modes(NamedTuple):
    """What points make of a mixture's modes."""

    covered: int  #: modes with a point of high quality
    quality: float  #: share of points of high quality
    reverse_kl: float  #: from the shares of points to those of the mixture, in nats


class LabelledModes(NamedTuple):
    """What labels make of their kinds."""

    covered: int  #: kinds that were met
    kl: float  #: from the shares of samples to the reference, in nats


def mixture_modes(
    points: Array,
    centres: Array,
    std: float,
    *,
    weights: Array | None = None,
    good_only: bool = False,
) -> Modes:
    """Count the modes that `points` meet, and compare their shares.

    Parameters
    ----------
    points : Array
        Generated, ``(N, D)``.
    centres : Array
        Of the modes, ``(K, D)``.
    std : float
        Of every mode, along each axis.
    weights : Array, optional
        π, ``(K,)``, of any sum; equal ones where left out.
    good_only : bool
        Whether the divergence counts points of high quality alone, as PacGAN's code
        does. Without such a point it is not a number.

    Raises
    ------
    ValueError
        If there are no points or centres, one is not finite, or dimensions differ.
    """
    points, centres = finite_points("points", points), finite_points("centres", centres)
    if points.shape[1] != centres.shape[1]:
        raise ValueError(
            f"points: expected points of dimension {centres.shape[1]} like the "
            f"centres, received {points.shape[1]}"
        )
    if not 0 < std < np.inf:
        raise ValueError(f"std: expected a positive number, received {std}")
    mode, distance = _nearest(points, centres)
    good = distance <= WIDTHS * std
    counted = mode[good] if good_only else mode
    counts = np.bincount(counted, minlength=len(centres))
    return Modes(
        covered=len(np.unique(mode[good])),
        quality=float(good.mean()),
        reverse_kl=share_divergence(counts, weights) if counts.any() else float("nan"),
    )


def labelled_modes(
    labels: Array, kinds: int, *, reference: Array | None = None
) -> LabelledModes:
    """Count the kinds among `labels`, and compare their shares.

    Parameters
    ----------
    labels : Array
        A classifier's, integers from 0 to `kinds` − 1, ``(N,)``; for stacked digits,
        `stacked_labels`.
    kinds : int
        K; 1,000 for stacked MNIST.
    reference : Array, optional
        Weights of the kinds among real samples, ``(K,)``, of any sum, for example
        their counts; equal ones where left out, as published.

    Raises
    ------
    ValueError
        If there are no labels, one is out of range, or the reference does not fit.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels: expected integers (N,), at least one, received {labels.dtype} "
            f"{labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= kinds:
        raise ValueError(
            f"labels: expected 0 to {kinds - 1}, received {labels.min()} to "
            f"{labels.max()}"
        )
    counts = np.bincount(labels, minlength=kinds)
    return LabelledModes(int((counts > 0).sum()), share_divergence(counts, reference))


def stacked_labels(digits: Array, classes: int = 10) -> Array:
    """One label for the digits of all channels, int64 (N,).

    Parameters
    ----------
    digits : Array
        A label for each channel, ``(N, C)``, the first one the most significant.
    classes : int
        Of each channel; labels go from 0 to classes^C − 1.
    """
    digits = np.asarray(digits)
    if digits.ndim != 2 or digits.dtype.kind not in "iu":
        raise ValueError(
            f"digits: expected integers (N, C), received {digits.dtype} {digits.shape}"
        )
    if digits.size and not 0 <= digits.min() <= digits.max() < classes:
        raise ValueError(
            f"digits: expected 0 to {classes - 1}, received {digits.min()} to "
            f"{digits.max()}"
        )
    places = classes ** np.arange(digits.shape[1])[::-1]
    return digits.astype(np.int64) @ places.astype(np.int64)


def share_divergence(counts: Array, weights: Array | None = None) -> float:
    """KL(p ‖ π) in nats, for shares p of `counts` (K,) and π of `weights` (K,).

    Infinite where something was counted in a mode of weight zero.

    Raises
    ------
    ValueError
        If the shapes differ, a value is negative or not finite, or all are zero.
    """
    p = _shares("counts", counts)
    pi = _shares("weights", np.ones_like(p) if weights is None else weights)
    if p.shape != pi.shape:
        raise ValueError(f"weights: expected {p.shape}, received {pi.shape}")
    met = p > 0
    if (pi[met] == 0).any():
        return float("inf")
    # not negative, but for rounding
    return max(0.0, float(np.sum(p[met] * np.log(p[met] / pi[met]))))


def _shares(name: str, values: Array) -> Array:
    values = np.asarray(values, np.float64)
    total = values.sum()
    if values.ndim != 1 or not 0 < total < np.inf or values.min() < 0:
        raise ValueError(
            f"{name}: expected non-negative values (K,) that are not all zero, "
            f"received {values.shape} with the sum {total}"
        )
    return values / total


def _nearest(points: Array, centres: Array) -> tuple[Array, Array]:
    """Index of the nearest centre of every point, and its distance, both (N,)."""
    parts = []
    for i in range(0, len(points), BLOCK):
        distances = np.linalg.norm(points[i : i + BLOCK, None] - centres, axis=-1)
        parts.append((distances.argmin(axis=1), distances.min(axis=1)))
    index, distance = zip(*parts, strict=True)
    return np.concatenate(index), np.concatenate(distance)
