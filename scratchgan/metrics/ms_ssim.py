"""MS-SSIM, and how alike the samples of a generator are to each other.

MS-SSIM (Wang, Simoncelli and Bovik 2003) multiplies SSIM's factors over M scales. Scale
1 is the image, each next one the means of 2 × 2 pixels of the last:

    MS-SSIM = l_M^α_M ∏ⱼ (cs_j)^βⱼ        β = 0.0448, 0.2856, 0.3001, 0.2363, 0.1333

cs_j is the mean contrast-structure factor of scale j; on the last scale it is the mean
of the whole SSIM, luminance times cs, as in the authors' code, with α_M = β_M. The
weights are the published ones, whose sum is 1.0001.

The window of 11 × 11 pixels must fit on the last scale: five scales want 176 pixels.
Smaller images have fewer scales, as many as fit, and the first M weights over their
sum: 28 × 28 digits have two, with 0.1356 and 0.8644; 64 × 64 pixels three. With one
scale it is SSIM. Values of different M do not compare, nor do those of code that
shrinks its window or pads the image instead.

A mean cs may be negative, which has no real power. It counts as zero, so that MS-SSIM
is 0 there; raw values may be complex or missing elsewhere. Colours are scored apart,
and averaged. Odd rows and columns at the end are dropped in halving.

The mean over random pairs of one set says how alike its images are (Odena, Olah and
Shlens 2017, section 4.2: pairs of one class): *higher is less diverse*. It says nothing
of quality: noise is near 0. Read it beside the mean over real images of the same size,
with as many pairs and the same scales (MNIST's digits: 0.14, of one class 0.33); only a
value above that of the real images is a sign of collapse.
"""

import numpy as np

from scratchgan.metrics.points import require_finite
from scratchgan.metrics.similarity import WINDOW, require_alike, similarity_terms
from scratchgan.rng import Stream
from scratchgan.types import Array

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
PAIRS = 1000
BATCH = 64  # pairs at a time


def ms_ssim(x: Array, y: Array, width: float, *, scales: int | None = None) -> Array:
    """Multi-scale structural similarity of every image, (N,), from 0 to 1.

    Parameters
    ----------
    x, y : Array
        Images, ``(N, H, W, C)``.
    width : float
        L: the largest possible pixel value less the smallest one.
    scales : int, optional
        M, from 1 to 5; as many as fit where left out.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not finite, or the window does not fit.
    """
    require_alike(x, y)
    require_finite("x", x)
    require_finite("y", y)
    if not 0 < width < np.inf:
        raise ValueError(f"width: expected a positive number, received {width}")
    weights = scale_weights(x.shape[1:3], scales)
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    score = np.ones((len(x), x.shape[3]))
    for j, weight in enumerate(weights):
        luminance, structure = similarity_terms(x, y, width)
        last = j == len(weights) - 1
        factor = luminance * structure if last else structure
        score *= np.maximum(factor.mean(axis=(1, 2)), 0) ** weight
        if not last:
            x, y = _halved(x), _halved(y)
    return score.mean(axis=1)


def scale_weights(size: tuple[int, ...], scales: int | None = None) -> Array:
    """Weights of the scales of images `size` (H, W), from the finest one, (M,).

    Raises
    ------
    ValueError
        If the window does not fit on the last scale.
    """
    most = 0
    while most < len(WEIGHTS) and min(size) >> most >= WINDOW:
        most += 1
    if not most:
        raise ValueError(
            f"x: expected images of at least {WINDOW} × {WINDOW} pixels, "
            f"received {size[0]} × {size[1]}"
        )
    scales = most if scales is None else scales
    if not 1 <= scales <= most:
        raise ValueError(
            f"scales: expected 1 to {most} for images of {size[0]} × {size[1]} pixels, "
            f"received {scales}"
        )
    weights = np.array(WEIGHTS[:scales])
    return weights if scales == len(WEIGHTS) else weights / weights.sum()


def pairwise_ms_ssim(
    images: Array,
    width: float,
    *,
    pairs: int = PAIRS,
    seed: int = 0,
    labels: Array | None = None,
    scales: int | None = None,
) -> float:
    """Mean MS-SSIM of random pairs of `images`; higher is less diverse.

    Parameters
    ----------
    images : Array
        ``(N, H, W, C)``, at least two.
    width : float
        L: the largest possible pixel value less the smallest one.
    pairs : int
        How many to draw. The standard error is that of a mean of so many values, or a
        little more, since pairs share images.
    seed : int
        Of the pairs.
    labels : Array, optional
        Integers ``(N,)``: both images of a pair have the same one.
    scales : int, optional
        M, from 1 to 5; as many as fit where left out.

    Raises
    ------
    ValueError
        If there is no pair, a value is not finite, or the window does not fit.
    """
    images = np.asarray(images)
    one, other = random_pairs(len(images), pairs, seed, labels=labels).T
    parts = [
        ms_ssim(images[one[i:j]], images[other[i:j]], width, scales=scales)
        for i, j in ((i, i + BATCH) for i in range(0, pairs, BATCH))
    ]
    return float(np.concatenate(parts).mean())


def random_pairs(
    n: int, pairs: int, seed: int, *, labels: Array | None = None
) -> Array:
    """Indices of `pairs` pairs of different members of n, int64 (P, 2).

    The first is uniform over those that have a partner, the second over its partners.
    Pairs may repeat.
    """
    labels = np.zeros(n, np.int64) if labels is None else np.asarray(labels)
    if labels.shape != (n,):
        raise ValueError(f"labels: expected shape ({n},), received {labels.shape}")
    if pairs < 1:
        raise ValueError(f"pairs: expected at least 1, received {pairs}")
    order = np.argsort(labels, kind="stable")  # classes side by side
    _, first, inverse, count = np.unique(
        labels[order], return_index=True, return_inverse=True, return_counts=True
    )
    partnered = np.flatnonzero(count[inverse] > 1)
    if not len(partnered):
        raise ValueError(f"images: expected two of one label, received {n} images")
    stream = Stream(seed, "ms_ssim/pairs")
    one = partnered[stream.integers(0, len(partnered), (pairs,))]
    size, start = count[inverse[one]], first[inverse[one]]
    step = 1 + stream.integers(1, 2**32, (pairs,)) % (size - 1)
    other = start + (one - start + step) % size
    return order[np.stack([one, other], axis=1)]


def _halved(x: Array) -> Array:
    """Means of 2 × 2 pixels, (N, H // 2, W // 2, C)."""
    n, height, width, channels = x.shape
    x = x[:, : height // 2 * 2, : width // 2 * 2]
    blocks = x.reshape(n, height // 2, 2, width // 2, 2, channels)
    return blocks.mean(axis=(2, 4))
