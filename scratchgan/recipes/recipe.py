"""What a recipe is: a published experiment, as data and one function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
        Name of the data set, unless another is asked for.
    build : callable
        ``(settings, data_shape) -> System``. Raises ValueError for a shape that the
        networks cannot make.
    value_range : (float, float)
        What pixel values 0 and 255 become: the range of the generator's output.
    small : mapping
        Settings that make the networks small enough for a gradient check.
    small_shape : tuple of int
        Data shape of that check.
    """

    name: str
    summary: str
    settings: type[Settings]
    data: str
    build: Callable[[Any, Shape], System]
    small_shape: Shape
    value_range: tuple[float, float] = (0.0, 1.0)
    small: Mapping[str, Any] = field(default_factory=dict)


def require_shape(recipe: str, shape: Shape, expected: Shape) -> None:
    """Raise ValueError unless samples have the `expected` shape."""
    if shape != expected:
        raise ValueError(
            f"data: {recipe} takes samples of shape {expected}, received {shape}"
        )
