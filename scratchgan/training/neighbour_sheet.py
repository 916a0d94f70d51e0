"""Generated images beside the training images that are nearest to them.

A generator that has learned its training set by heart shows the same image twice in a
row. Pixel distance is a poor judge of likeness (`nearest`), so this is for looking at.
"""

from pathlib import Path

import numpy as np

from scratchgan.data import ArrayDataset, Dataset, Dequantized, LabelledDataset
from scratchgan.training.nearest import blocks_of, neighbours
from scratchgan.training.pictures import enlarged, save_picture, tiled
from scratchgan.types import Array

K = 5  # neighbours of every sample
SPACE = 4  # white pixels more between a sample and its neighbours, before enlarging


def training_images(data: Dataset) -> ArrayDataset | None:
    """The images of a set that is held in memory, without labels; None of others."""
    if isinstance(data, LabelledDataset):
        return data.data
    if isinstance(data, Dequantized):  # the middle of every level
        return ArrayDataset(data.name, data.pixels, (-1 + 1 / 256, 1 - 1 / 256))
    return data if isinstance(data, ArrayDataset) else None


def with_neighbours(x: Array, data: ArrayDataset, k: int = K) -> Array:
    """Every image of (N, H, W, C), and after it its k nearest: (N (k + 1), H, W, C).

    Raises
    ------
    ValueError
        If there are fewer than `k` training images.
    """
    index, _ = neighbours(x, blocks_of(data), k)
    near = data.scaled(data.samples[index.ravel()]).reshape(len(x), k, *x.shape[1:])
    return np.concatenate([x[:, None], near], axis=1).reshape(-1, *x.shape[1:])


def save_neighbours(
    path: Path, rows: Array, k: int, value_range: tuple[float, float]
) -> None:
    """Write rows of an image and its k neighbours, (N (k + 1), H, W, C), as PNG."""
    each = rows.reshape(-1, k + 1, *rows.shape[1:])
    left = tiled(each[:, 0], 1, value_range)
    right = tiled(each[:, 1:].reshape(-1, *rows.shape[1:]), k, value_range)
    space = np.full((len(left), SPACE, left.shape[2]), 255, np.uint8)
    save_picture(path, enlarged(np.concatenate([left, space, right], axis=1)))
