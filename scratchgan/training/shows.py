"""How a run shows its samples: a sheet of images, points in the plane.

A `Show` writes the file that a training leaves every so often, and that of samples
which were asked for. A system names its own where the shape of a sample does not tell.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from scratchgan.data import Dataset, load
from scratchgan.training.folder import RunConfig
from scratchgan.training.panels import panels
from scratchgan.training.pictures import (
    reach_of,
    save_figure,
    save_points,
    save_sheet,
)
from scratchgan.training.plane import discriminator_of, field
from scratchgan.training.samples import generate, latents, real_points
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array


class Show(Protocol):
    """Files of samples."""

    @property
    def suffix(self) -> str:
        """Of the files, such as ``".png"``."""
        ...

    def draw(
        self,
        path: Path,
        config: RunConfig,
        system: System,
        state: TrainingState,
        data: Dataset,
    ) -> None:
        """Write what a training shows at one step: from the same latents every time."""
        ...

    def write(
        self, path: Path, samples: Array, columns: int, config: RunConfig, step: int
    ) -> None:
        """Write samples that were asked for, so many in a row."""
        ...


@dataclass(frozen=True)
class Images:
    """A sheet of images.

    Parameters
    ----------
    count, columns : int
        Images of a training's sheet, and how many in a row.
    """

    count: int = 64
    columns: int = 8
    suffix: str = ".png"

    def draw(
        self,
        path: Path,
        config: RunConfig,
        system: System,
        state: TrainingState,
        data: Dataset,
    ) -> None:
        """Write the sheet of one step."""
        images = generate(system, state, latents(system, config.seed, self.count))
        self.write(path, images, self.columns, config, int(state.step))

    def write(
        self, path: Path, samples: Array, columns: int, config: RunConfig, step: int
    ) -> None:
        """Write a sheet of `samples`."""
        save_sheet(path, samples, columns, config.value_range)


@dataclass(frozen=True)
class Points:
    """Points in the plane, over real ones.

    A training's picture has their density too and, where the discriminator judges
    single points, its score and its slope over the plane (`training.plane`).

    Parameters
    ----------
    count : int
        Points of a training's plot.
    """

    count: int = 2500
    suffix: str = ".png"

    def draw(
        self,
        path: Path,
        config: RunConfig,
        system: System,
        state: TrainingState,
        data: Dataset,
    ) -> None:
        """Write the panels of one step."""
        points = generate(system, state, latents(system, config.seed, self.count))
        real = real_points(data, config.seed, self.count)
        reach = reach_of(real)
        judge = discriminator_of(system, config.data_shape)
        seen = None
        if judge is not None:
            network = system.players[judge].network
            seen = field(network, state.players[judge].params, reach)
        title = f"{config.recipe}, step {int(state.step)}"
        is_critic = judge == "critic"  # so called where it estimates a distance
        save_figure(path, panels(points, real, title, reach, seen, is_critic))

    def write(
        self, path: Path, samples: Array, columns: int, config: RunConfig, step: int
    ) -> None:
        """Write a plot of `samples`."""
        title = f"{config.recipe}, step {step}"
        real = self._seen(config)
        save_points(path, samples, real, title, reach_of(real))

    def write_real(self, path: Path, real: Array, config: RunConfig) -> None:
        """Write a plot of real points alone, in the window of the generated ones."""
        reach = reach_of(self._seen(config))
        save_points(path, None, real, f"{Path(config.data).name}, real points", reach)

    def _seen(self, config: RunConfig) -> Array:
        data = load(config.data, value_range=config.value_range)
        return real_points(data, config.seed, self.count)


def show_of(system: System, config: RunConfig) -> Show:
    """The system's own, or the one for samples of this shape."""
    if system.show is not None:
        return system.show
    if is_labelled_image(config.data_shape):
        return Images(count=100, columns=10)  # ten classes, one a row
    return Images() if is_image(config.data_shape) else Points()


def is_image(shape: Any) -> bool:
    """Whether samples of `shape` are (H, W, C), and not of several parts."""
    return len(shape) == 3 and not isinstance(shape[0], tuple)


def is_labelled_image(shape: Any) -> bool:
    """Whether samples are images (H, W, C) with a label, whose shape is ()."""
    return len(shape) == 2 and isinstance(shape[0], tuple) and shape[1] == ()
