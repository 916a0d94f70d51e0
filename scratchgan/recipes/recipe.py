"""What a recipe is: a published experiment, as data and one function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scratchgan.data import Dataset, load
from scratchgan.training.settings import Settings
from scratchgan.training.system import System
from scratchgan.types import Shape


@dataclass(frozen=True)
class Recipe:
    """An experiment that `scratchgan train` can run.

    Parameters
    ----------
    name : str
        As typed.
    summary : str
        One line.
    settings : type
        Subclass of Settings; its defaults are the experiment's.
    data : str
        Name of the data set, unless another is asked for; two names or paths with a
        comma between them where the recipe trains on two sets.
    build : callable
        ``(settings, data_shape) -> System``. Raises ValueError for a shape that the
        networks cannot make.
    value_range : (float, float)
        What pixel values 0 and 255 become: the range of the generator's output.
    small : mapping
        Settings that make the networks small enough for a gradient check.
    small_shape : tuple of int
        Data shape of that check; a tuple of shapes where samples have several parts, of
        which () is a label.
    shape : tuple of int, optional
        Data shape that the defaults are made for, if it is not `small_shape`.
    full : mapping
        Settings that let one step of the published networks fit a test: the smallest
        batch.
    labels : int
        Number of classes, where samples carry labels.
    read : callable, optional
        ``(source, settings) -> Dataset``, where the data are no images or points, or
        must be fitted to the networks.
    """

    name: str
    summary: str
    settings: type[Settings]
    data: str
    build: Callable[[Any, Any], System]
    small_shape: Any
    value_range: tuple[float, float] = (0.0, 1.0)
    small: Mapping[str, Any] = field(default_factory=dict)
    shape: Any = None
    full: Mapping[str, Any] = field(default_factory=dict)
    labels: int = 0
    read: Callable[[str, Any], Dataset] | None = None

    def load(self, source: str, settings: Settings) -> Dataset:
        """The data set that `source` names, fitted to the networks.

        Raises
        ------
        ValueError, TypeError, OSError
            If there is no such data, or it cannot be used; one line that says why.
        """
        if self.read is None:
            return load(source, value_range=self.value_range)
        return self.read(source, settings)


def require_shape(recipe: str, shape: Shape, expected: Shape) -> None:
    """Raise ValueError unless samples have the `expected` shape."""
    if shape != expected:
        raise ValueError(
            f"data: {recipe} takes samples of shape {expected}, received {shape}"
        )


def require_multiple(recipe: str, shape: Shape, factor: int) -> None:
    """Raise ValueError unless samples are images with sides multiples of `factor`."""
    if len(shape) != 3 or shape[0] % factor or shape[1] % factor:
        raise ValueError(
            f"data: {recipe} takes images (H, W, C) with H and W multiples of "
            f"{factor}, received {shape}"
        )
