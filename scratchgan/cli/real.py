"""What `scratchgan sample` draws of a run's data: real samples, nearest neighbours."""

from collections.abc import Sized
from pathlib import Path

import numpy as np

from scratchgan.data import ArrayDataset, Dataset, LabelledDataset
from scratchgan.recipes import Recipe
from scratchgan.training.films import Films
from scratchgan.training.folder import Folder, RunConfig
from scratchgan.training.neighbour_sheet import K, training_images
from scratchgan.training.shows import (
    Images,
    Points,
    Show,
    is_image,
    is_labelled_image,
)
from scratchgan.training.text import Lines
from scratchgan.types import Array


def real_data(folder: Folder, recipe: Recipe, config: RunConfig) -> Dataset:
    """The data that a run was trained on.

    Raises
    ------
    ValueError, OSError
        If they are not there, or are not the same any more.
    """
    data = recipe.load(config.data, config.settings)
    if (data.shape, data.digest) != (config.data_shape, config.data_digest):
        raise ValueError(
            f"data: {config.data} is not what {folder.path} was trained on; expected "
            f"shape {config.data_shape} and digest {config.data_digest}, "
            f"received {data.shape} and {data.digest}"
        )
    return data


def require_images(config: RunConfig) -> None:
    """Raise unless the run's samples are images: others have no neighbours to show."""
    shape = config.data_shape
    if not is_image(shape) and not is_labelled_image(shape):
        raise ValueError(
            f"--neighbours: expected a run on images, received samples of shape {shape}"
        )


def images_to_compare(data: Dataset) -> ArrayDataset:
    """Training images, in which neighbours are looked for.

    Raises
    ------
    ValueError
        If they are not held in memory, or too few.
    """
    found = training_images(data)
    if found is None:
        raise ValueError(
            f"--neighbours: expected images held in memory, received {data.name}"
        )
    if len(found) < K:
        raise ValueError(
            f"--neighbours: expected at least {K} training images, "
            f"received {len(found)}"
        )
    return found


def real_samples(data: Dataset, seed: int, labels: Array | None, n: int) -> Array:
    """Real samples of a seed, of the classes that generated ones would have.

    Raises
    ------
    ValueError
        If there are not so many, of all or of a class.
    """
    if isinstance(data, LabelledDataset) and labels is not None:
        return _of_classes(data, seed, labels)
    if isinstance(data, Sized) and n > len(data):
        raise ValueError(
            f"-n: expected at most {len(data)}, the samples of {data.name}, "
            f"received {n}"
        )
    return data.batch(seed, 0, n)


def require_drawable(show: Show, config: RunConfig) -> None:
    """Raise unless real samples can be drawn as `show` draws generated ones."""
    if not isinstance(show, Images | Points | Films | Lines):
        raise ValueError(
            "--real: expected a run on images, points, videos or text, "
            f"received one of {config.recipe}"
        )


def draw_real(
    show: Show, out: Path, samples: Array, columns: int, config: RunConfig
) -> None:
    """Write real samples as `show` writes generated ones."""
    if isinstance(show, Points):
        show.write_real(out, samples, config)
    else:
        show.write(out, samples, columns, config, 0)


def _of_classes(data: LabelledDataset, seed: int, labels: Array) -> Array:
    """One sample of each of the labels, none twice."""
    order = data.data.chosen(seed, 0, len(data))
    assert data.data.labels is not None
    found = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        wanted = labels == label
        places = order[data.data.labels[order] == label][: wanted.sum()]
        if len(places) < wanted.sum():
            raise ValueError(
                f"-n: expected at most {len(places)} samples of class {label} in "
                f"{data.name}, received {wanted.sum()}"
            )
        found[wanted] = places
    return data.data.scaled(data.data.samples[found])
