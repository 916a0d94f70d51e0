"""Perceptual path length: how far images move for a small step in the latents.

For random latents s and e and t uniform on [0, 1) (Karras, Laine and Aila 2019, eq. 2
on great circles in Z, eq. 3 on straight lines in W),

    PPL = E d(G(path(s, e; t)), G(path(s, e; t + ε))) / ε²           ε = 10⁻⁴

d is quadratic in a small change of the image. Theirs is LPIPS, a weighted sum of
squared differences of VGG features. Here it is ‖φ(x) − φ(y)‖² for any feature map φ,
the square of the Euclidean distance, so that PPL is the mean squared speed of the
features and goes to E ‖d/dt φ(G(path))‖² as ε → 0. A distance that is *not* squared,
over ε², would give a number that grows as 1 / ε.

    slerp   sin((1 − t) Ω) / sin Ω s + sin(t Ω) / sin Ω e,  Ω the angle of s and e
    lerp    (1 − t) s + t e

The slerp is Shoemake's (1985). StyleGAN's code scales s and e to unit length first: do
so where the generator normalises its latents.

``sampling="end"`` takes t = 0, where the path leaves a latent that the generator was
trained on; between two of them, lines in W pass through others. StyleGAN2 reports that
in W (Karras et al. 2020). StyleGAN's code leaves out the lengths below the 1 % and
above the 99 % quantile: ``crop=0.01``.

Traps. Values of different φ, scales of φ or ε do not compare, and none of them with
LPIPS. A generator that makes one image has the length 0. Noise inputs must be the same
at both ends: the generator is called twice, with batches of one shape. In float32, a
step of 10⁻⁴ leaves three digits of each change of z, whose errors average out over a
sum (a small network's mean was right to 10⁻⁵), and rounding of φ adds about
(6·10⁻⁸ ‖φ‖ / ε)², which matters where samples hardly move.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from scratchgan.metrics.points import require_finite
from scratchgan.rng import Stream
from scratchgan.types import Array

STEP = 1e-4
BATCH = 64  # paths at a time


def perceptual_path_length(
    generator: Callable[[Array], Array],
    starts: Array,
    ends: Array,
    *,
    features: Callable[[Array], Array] | None = None,
    path: Literal["slerp", "lerp"] = "slerp",
    step: float = STEP,
    sampling: Literal["full", "end"] = "full",
    seed: int = 0,
    crop: float = 0.0,
    batch: int = BATCH,
) -> float:
    """Mean of `path_lengths`, whose arguments it takes.

    Parameters
    ----------
    crop : float
        Share of lengths to leave out at either end: 0.01 in StyleGAN, 0 in StyleGAN2.
        Lengths equal to a quantile stay, so that of fewer than 101 none is left out
        at 0.01.
    """
    if not 0 <= crop < 0.5:
        raise ValueError(f"crop: expected 0 to below 0.5, received {crop}")
    lengths = path_lengths(
        generator,
        starts,
        ends,
        features=features,
        path=path,
        step=step,
        sampling=sampling,
        seed=seed,
        batch=batch,
    )
    low = np.quantile(lengths, crop, method="lower")
    high = np.quantile(lengths, 1 - crop, method="higher")
    return float(lengths[(low <= lengths) & (lengths <= high)].mean())


def path_lengths(
    generator: Callable[[Array], Array],
    starts: Array,
    ends: Array,
    *,
    features: Callable[[Array], Array] | None = None,
    path: Literal["slerp", "lerp"] = "slerp",
    step: float = STEP,
    sampling: Literal["full", "end"] = "full",
    seed: int = 0,
    batch: int = BATCH,
) -> Array:
    """Squared speed of the features along every path, (N,).

    Parameters
    ----------
    generator : callable
        Latents ``(B, …)`` to samples ``(B, …)``.
    starts, ends : Array
        Latents z for slerp, mapped latents w for lerp, ``(N, …)``. Points between them
        are computed in float64, and given to the generator in the dtype of `starts`.
    features : callable, optional
        Samples to features ``(B, …)``; the samples themselves where left out.
    path : {"slerp", "lerp"}
        Great circles (over the last axis), or straight lines.
    step : float
        ε.
    sampling : {"full", "end"}
        t uniform on [0, 1), or 0.
    seed : int
        Of t.
    batch : int
        Paths at a time.

    Raises
    ------
    ValueError
        If latents do not fit, or features are not finite or not one row for a sample.
    """
    starts, ends = _latents(starts, ends)
    if not 0 < step < np.inf:
        raise ValueError(f"step: expected a positive number, received {step}")
    if path not in PATHS:
        raise ValueError(f"path: expected {' or '.join(PATHS)}, received {path!r}")
    if sampling not in ("full", "end"):
        raise ValueError(f"sampling: expected full or end, received {sampling!r}")
    t = Stream(seed, "path_length/t").uniform(0, (len(starts),), np.float64)
    if sampling == "end":
        t = np.zeros_like(t)

    def featured(rows: slice, ahead: float) -> Array:
        z = PATHS[path](starts[rows], ends[rows], t[rows] + ahead)
        samples = generator(z.astype(starts.dtype))
        found = np.asarray(samples if features is None else features(samples))
        return _rows(found, len(z))

    parts = []
    for i in range(0, len(starts), batch):
        rows = slice(i, i + batch)
        change = (featured(rows, step) - featured(rows, 0.0)) / step
        parts.append((change * change).sum(axis=1))
    return np.concatenate(parts)


def lerp(start: Array, end: Array, t: Array) -> Array:
    """Points ``(N, …)`` at `t` (N,) on the lines from `start` to `end`, float64."""
    start, end, t = _aligned(start, end, t)
    return start + t * (end - start)


def slerp(start: Array, end: Array, t: Array) -> Array:
    """Points ``(N, …, D)`` at `t` (N,) on the great circles from `start` to `end`.

    Where both point in one direction, or in opposite ones, no great circle is the
    shortest path, and the points are those of `lerp`. Float64.
    """
    line = lerp(start, end, t)
    start, end, t = _aligned(start, end, t)
    lengths = [np.linalg.norm(v, axis=-1, keepdims=True) for v in (start, end)]
    units = [
        v / np.where(length > 0, length, 1)
        for v, length in zip((start, end), lengths, strict=True)
    ]
    # the angle keeps its digits where it is small, which that from a cosine would not
    apart, together = units[1] - units[0], units[1] + units[0]
    angle = 2 * np.arctan2(
        np.linalg.norm(apart, axis=-1, keepdims=True),
        np.linalg.norm(together, axis=-1, keepdims=True),
    )
    sine = np.sin(angle)
    flat = (np.abs(sine) < 1e-7) | (lengths[0] == 0) | (lengths[1] == 0)
    sine = np.where(flat, 1, sine)
    circle = (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / sine
    return np.where(flat, line, circle)


#: By name.
PATHS = {"slerp": slerp, "lerp": lerp}


def _aligned(start: Array, end: Array, t: Array) -> tuple[Array, Array, Array]:
    """All three as float64, t with as many axes as the points."""
    start, end = np.asarray(start, np.float64), np.asarray(end, np.float64)
    t = np.asarray(t, np.float64)
    return start, end, t.reshape(-1, *[1] * (start.ndim - 1))


def _latents(starts: Array, ends: Array) -> tuple[Array, Array]:
    starts, ends = np.asarray(starts), np.asarray(ends)
    if starts.ndim < 2 or not len(starts) or starts.dtype.kind != "f":
        raise ValueError(
            f"starts: expected latents (N, …) of floats, at least one, received "
            f"{starts.dtype} {starts.shape}"
        )
    if ends.shape != starts.shape:
        raise ValueError(
            f"ends: expected the shape of starts {starts.shape}, received {ends.shape}"
        )
    require_finite("starts", starts)
    require_finite("ends", ends)
    return starts, ends


def _rows(found: Array, n: int) -> Array:
    """Features as float64 rows, (N, F)."""
    if len(found) != n:
        raise ValueError(f"features: expected {n} rows, received {found.shape}")
    require_finite("features", found)
    return found.reshape(n, -1).astype(np.float64)
