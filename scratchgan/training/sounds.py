"""How a run shows sounds: as a WAV file to hear, and as a picture beside it.

The picture has two strips a row, the waveform over its spectrogram, several sounds
after one another in each. That of a training shows generated sounds on the left, and
on the right recordings that were held out from training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scratchgan.data import Dataset, Waves
from scratchgan.data.wav import wav_bytes
from scratchgan.rng import Stream
from scratchgan.training.checkpoint import write_atomically
from scratchgan.training.folder import RunConfig
from scratchgan.training.pictures import BLUE, INK, PAPER, save_figure
from scratchgan.training.samples import generate, latents
from scratchgan.training.spectra import WIDTH, decibels, likeness, power
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

#: Seconds of silence between two sounds of a WAV file.
PAUSE = 0.25
#: Sounds in a picture, at most; the WAV file has all of them.
DRAWN = 64
#: Sounds in a row of it, at most: as many as an interpolation has.
WIDEST = 10
#: Darkest and brightest power of a spectrogram, dB.
DARK, BRIGHT = -80.0, 0.0
#: Sounds that are measured, at most.
MEASURED = 512


@dataclass(frozen=True)
class Sounds:
    """A WAV file of all samples one after the other, and a picture beside it.

    Parameters
    ----------
    rate : int
        Samples a second, Hz.
    count, columns : int
        Sounds that a training shows, and how many in a row.
    """

    rate: int
    count: int = 16
    columns: int = 4
    suffix: str = ".wav"

    def draw(
        self,
        path: Path,
        config: RunConfig,
        system: System,
        state: TrainingState,
        data: Dataset,
    ) -> None:
        """Write the sounds of one step, and the picture with real ones beside them."""
        made = generate(system, state, latents(system, config.seed, self.count))
        shown = {f"generated, step {int(state.step)}": made[..., 0]}
        if isinstance(data, Waves):
            shown["recordings held out"] = data.held_out(self.count)[..., 0]
        self._write(path, made[..., 0], shown, self.columns)

    def write(
        self, path: Path, samples: Array, columns: int, config: RunConfig, step: int
    ) -> None:
        """Write `samples`, and a picture of the first of them.

        Raises
        ------
        FileExistsError
            If the picture exists.
        """
        picture = path.with_suffix(".png")
        if picture.exists():
            raise FileExistsError(f"--out: {picture} exists; choose another file")
        made = samples[..., 0]
        title = f"{config.recipe}, step {step}"
        self._write(path, made, {title: made[:DRAWN]}, min(columns, WIDEST))

    def _write(
        self, path: Path, made: Array, shown: Mapping[str, Array], columns: int
    ) -> None:
        pause = np.zeros((len(made), round(PAUSE * self.rate)), made.dtype)
        joined = np.concatenate([made, pause], axis=1).reshape(-1)
        write_atomically(path, wav_bytes(joined, self.rate))
        save_sounds(path.with_suffix(".png"), shown, self.rate, columns)


def measure(
    system: System, state: TrainingState, data: Dataset, seed: int
) -> dict[str, float]:
    """Distances of generated sounds from held-out ones, and those of training sounds.

    The latter, of as many sounds, are the floor: what a generator of the data itself
    would be measured at.
    """
    assert isinstance(data, Waves)
    real = data.held_out(min(MEASURED, len(data)))[..., 0]
    z = system.latent(Stream(seed, "measure/z"), 0, len(real))
    made = likeness(generate(system, state, z)[..., 0], real)
    floor = likeness(data.batch(seed, 0, len(real))[..., 0], real)
    return {
        "spectrum_distance": made.spectrum,
        "spectrum_distance_floor": floor.spectrum,
        "envelope_distance": made.envelope,
        "envelope_distance_floor": floor.envelope,
        "variety": made.variety,
        "variety_of_training": floor.variety,
    }


def save_sounds(
    path: Path, groups: Mapping[str, Array], rate: int, columns: int
) -> None:
    """Draw sounds (N, L), groups side by side, each with its title, as PNG."""
    from matplotlib.figure import Figure

    rows = max(-(-len(sounds) // columns) for sounds in groups.values())
    width = min(14.0, 1.6 * columns * len(groups) + 0.8)
    figure = Figure((width, 1.5 * rows + 0.5), facecolor=PAPER, layout="constrained")
    grid = figure.add_gridspec(2 * rows, len(groups))
    for column, (title, sounds) in enumerate(groups.items()):
        for row in range(-(-len(sounds) // columns)):
            some = sounds[row * columns : (row + 1) * columns]
            above = figure.add_subplot(grid[2 * row, column])
            below = figure.add_subplot(grid[2 * row + 1, column])
            _waveforms(above, some, columns)
            _spectrograms(below, some, rate, columns)
            if column:
                below.set_yticks([])
            if row == 0:
                above.set_title(title, fontsize=9, color=INK, loc="left")
    save_figure(path, figure)


def _waveforms(axes: Any, sounds: Array, columns: int) -> None:
    length = sounds.shape[1]
    for i, sound in enumerate(sounds):
        axes.plot(i + np.arange(length) / length * 0.96, sound, color=BLUE, lw=0.3)
    axes.set(xlim=(0, columns), ylim=(-1, 1), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _spectrograms(axes: Any, sounds: Array, rate: int, columns: int) -> None:
    for i, levels in enumerate(decibels(power(sounds, WIDTH // 4))):
        axes.imshow(
            levels.T,
            cmap="magma",
            vmin=DARK,
            vmax=BRIGHT,
            origin="lower",
            aspect="auto",
            extent=(i, i + 0.96, 0, rate / 2000),
        )
    axes.set(xlim=(0, columns), ylim=(0, rate / 2000), xticks=[])
    axes.set_ylabel("kHz", fontsize=7, color=INK)
    axes.tick_params(labelsize=7, colors=INK)
    axes.spines[:].set_visible(False)
