"""Videos that a run shows: films that play side by side, and strips for paper.

step-00000500.gif      a grid of videos, over and over
step-00000500.png      the same videos: a row each, a column a frame
"""

import io
from dataclasses import dataclass
from pathlib import Path

from scratchgan.data import Dataset
from scratchgan.training.checkpoint import write_atomically
from scratchgan.training.folder import RunConfig
from scratchgan.training.pictures import save_sheet, sheet
from scratchgan.training.samples import generate, latents
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

#: Pixels of a film's longer side, at least: it has many pictures.
FILM_PIXELS = 320
#: How long a frame is seen, in milliseconds.
DURATION = 100


@dataclass(frozen=True)
class Films:
    """A GIF of videos that play together, and a strip of the first few.

    Parameters
    ----------
    count, columns : int
        Videos of a training's sheet, and how many in a row.
    rows : int
        Videos of the strip beside it.
    """

    count: int = 24
    columns: int = 6
    rows: int = 6
    suffix: str = ".gif"

    def draw(
        self,
        path: Path,
        config: RunConfig,
        system: System,
        state: TrainingState,
        data: Dataset,
    ) -> None:
        """Write the films and the strip of one step."""
        videos = generate(system, state, latents(system, config.seed, self.count))
        self.write(path, videos, self.columns, config, int(state.step))
        save_strip(path.with_suffix(".png"), videos[: self.rows], config.value_range)

    def write(
        self, path: Path, samples: Array, columns: int, config: RunConfig, step: int
    ) -> None:
        """Write films of `samples`."""
        save_films(path, samples, columns, config.value_range)


def save_films(
    path: Path, videos: Array, columns: int, value_range: tuple[float, float]
) -> None:
    """Write videos (N, T, H, W, C) as one GIF: a grid in which all of them play.

    Raises
    ------
    ValueError
        If they are not grey (C = 1) or colour (C = 3).
    """
    from PIL import Image

    if videos.shape[-1] not in (1, 3):
        raise ValueError(
            f"videos: expected 1 or 3 channels, received {videos.shape[-1]}"
        )
    pictures = [
        sheet(videos[:, t], columns, value_range, FILM_PIXELS)
        for t in range(videos.shape[1])
    ]
    images = [Image.fromarray(p[..., 0] if p.shape[-1] == 1 else p) for p in pictures]
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=images[1:],
        duration=DURATION,
        loop=0,
    )
    write_atomically(path, buffer.getvalue())


def save_strip(path: Path, videos: Array, value_range: tuple[float, float]) -> None:
    """Write videos (N, T, H, W, C) as PNG, a row a video and a column a frame."""
    frames = videos.reshape(-1, *videos.shape[2:])
    save_sheet(path, frames, videos.shape[1], value_range)
