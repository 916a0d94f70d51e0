"""What the nearest real images say of generated ones, where there is no better judge.

Every sample looks for the nearest of so many real images, in Euclidean distance, and
takes its label. Two figures come of it:

* the entropy of these labels in bits: log₂ 10 = 3.32 where ten classes are equally
  often, 0 where a generator makes one and the same
* the mean distance to the nearest, over that of as many other real images: below 1
  where samples copy, about 1 where they are as near as real images are to each other,
  above it where they are unlike them

Neither proves quality: a blurred mean of a class has a near neighbour too. Nor does a
near neighbour prove a copy, or a far one that there is none: a shift by one pixel moves
an image further than many a change of what it shows.

The nearest are looked for by ‖b‖² − 2⟨a, b⟩, one product for all pairs, which is
‖a − b‖² but for ‖a‖². Where a is close to b that subtraction loses half of the digits:
a copy would be 1e-8 ‖a‖ away, not 0. So the distances of the few that are found are
taken again, from their differences.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from scratchgan.data import ArrayDataset, Dataset
from scratchgan.training.samples import generate, latents
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

REAL, GENERATED = 2000, 500
BLOCK = 2**25  # bytes of a block of real samples in float64


def nearest(x: Array, x_real: Array) -> tuple[Array, Array]:
    """Index of every sample's nearest real one, and its distance, both (N,)."""
    index, distance = neighbours(x, (x_real,), 1)
    return index[:, 0], distance[:, 0]


def neighbours(x: Array, blocks: Iterable[Array], k: int) -> tuple[Array, Array]:
    """The k nearest real samples of every sample, the nearest first.

    Parameters
    ----------
    x : Array
        Samples, ``(N, …)``.
    blocks : iterable of Array
        Real samples, ``(B, …)`` at a time: as many as there is memory for.
    k : int
        How many.

    Returns
    -------
    index, distance : Array
        Place among all real samples, and Euclidean distance, ``(N, k)``.

    Raises
    ------
    ValueError
        If `k` is below 1, there are fewer real samples, or they have another shape.
    """
    if k < 1:
        raise ValueError(f"k: expected at least 1, received {k}")
    size = int(np.prod(x.shape[1:]))
    a = x.reshape(-1, size).astype(np.float64)
    index: Array = np.zeros((len(a), 0), np.int64)
    distance: Array = np.zeros((len(a), 0))
    seen = 0
    for block in blocks:
        if block.shape[1:] != x.shape[1:]:
            raise ValueError(
                f"x: expected the shape of real samples {block.shape[1:]}, "
                f"received {x.shape[1:]}"
            )
        found, apart = _in_block(a, block.reshape(-1, size), k)
        index = np.concatenate([index, seen + found], axis=1)
        distance = np.concatenate([distance, apart], axis=1)
        best = distance.argsort(axis=1, kind="stable")[:, :k]
        index, distance = (np.take_along_axis(v, best, 1) for v in (index, distance))
        seen += len(block)
    if k > seen:
        raise ValueError(f"k: expected at most {seen}, the real samples, received {k}")
    return index, distance


def blocks_of(data: ArrayDataset) -> Iterator[Array]:
    """All samples of a set in order, as its batches have them, a block at a time."""
    rows = max(1, BLOCK // (8 * int(np.prod(data.shape))))
    for start in range(0, len(data), rows):
        yield data.scaled(data.samples[start : start + rows])


def _in_block(a: Array, block: Array, k: int) -> tuple[Array, Array]:
    """Places in the block and distances of every sample's k nearest, (N, k)."""
    b = block.astype(np.float64)
    k = min(k, len(b))
    index, distance = np.zeros((len(a), k), np.int64), np.zeros((len(a), k))
    squares = (b * b).sum(1)
    rows = max(1, BLOCK // (8 * len(b)))
    for start in range(0, len(a), rows):
        part = a[start : start + rows]
        # but for ‖a‖², which is the same for every b
        found = (squares - 2 * (part @ b.T)).argpartition(k - 1, axis=1)[:, :k]
        found.sort(axis=1)
        index[start : start + rows] = found
        for i, (row, places) in enumerate(zip(part, found, strict=True)):
            distance[start + i] = np.linalg.norm(b[places] - row, axis=1)
    return index, distance


def entropy(labels: Array) -> float:
    """Of the shares of integer labels, in bits."""
    share = np.bincount(labels) / len(labels)
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def measure_nearest(
    system: System, state: TrainingState, data: Dataset, seed: int
) -> dict[str, float]:
    """Both figures for 500 samples, by 2,000 real images; for a set too small, none."""
    size = REAL + GENERATED
    if not isinstance(data, ArrayDataset) or len(data) < size:
        return {}
    x_real, others = np.split(data.batch(seed, 0, size), [REAL])
    x = generate(system, state, latents(system, seed, GENERATED))
    found, distance = nearest(x, x_real)
    _, usual = nearest(others, x_real)
    values = {"nearest_distance": float(distance.mean() / usual.mean())}
    if data.labels is not None:
        labels = data.labels[data.chosen(seed, 0, size)]
        values["label_entropy"] = entropy(labels[found])
    return values
