"""What a run on text shows and measures: lines of samples, and their n-grams."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scratchgan.data import Dataset, TextDataset
from scratchgan.metrics import ngram_divergences
from scratchgan.training.checkpoint import write_atomically
from scratchgan.training.folder import RunConfig
from scratchgan.training.samples import generate, latents
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

LONGEST = 6  # of the n-grams that are compared


@dataclass(frozen=True)
class Lines:
    """Samples as text, one a line.

    Parameters
    ----------
    read : callable
        A run's configuration to its text: the alphabet is found again in it.
    count : int
        Samples that a training shows.
    """

    read: Callable[[RunConfig], TextDataset]
    count: int = 64
    suffix: str = ".txt"

    def draw(
        self,
        path: Path,
        config: RunConfig,
        system: System,
        state: TrainingState,
        data: Dataset,
    ) -> None:
        """Write the samples of one step."""
        samples = generate(system, state, latents(system, config.seed, self.count))
        save_lines(path, as_text(data).decode(samples))

    def write(
        self, path: Path, samples: Array, columns: int, config: RunConfig, step: int
    ) -> None:
        """Write `samples`.

        Raises
        ------
        ValueError
            If the text is not the one that the run was trained on.
        """
        data = self.read(config)
        if data.digest != config.data_digest:
            raise ValueError(
                f"data: {config.data} is not the text of this run; expected digest "
                f"{config.data_digest}, received {data.digest}"
            )
        save_lines(path, data.decode(samples))


@dataclass(frozen=True)
class NgramDivergence:
    """Divergence of generated n-grams from those of the held-out text.

    What it would be for a perfect generator, that of as many windows of the training
    part, depends on the text and the seed alone and is taken once, before the first
    step.

    Parameters
    ----------
    system : System
        Who generates.
    count : int
        Samples, from the same latents every time.
    """

    system: System
    count: int

    def __call__(
        self, state: TrainingState, data: Dataset, seed: int
    ) -> Mapping[str, float]:
        """``jsd_1`` to ``jsd_6`` in bits, and ``floor_1`` to ``floor_6`` at step 0."""
        text = as_text(data)
        samples = generate(self.system, state, latents(self.system, seed, self.count))
        values = _divergences("jsd", samples.argmax(-1), text)
        if int(state.step) == 0:
            values |= _divergences("floor", text.windows(seed, 0, self.count), text)
        return values


def save_lines(path: Path, lines: list[str]) -> None:
    """Write one string a line, at once or not at all."""
    write_atomically(path, "".join(f"{line}\n" for line in lines).encode())


def as_text(data: Dataset) -> TextDataset:
    """`data`, which must be a text.

    Raises
    ------
    TypeError
        If it is not: other samples have no alphabet.
    """
    if not isinstance(data, TextDataset):
        raise TypeError(f"data: expected a text, received {type(data).__name__}")
    return data


def _divergences(name: str, windows: Array, text: TextDataset) -> dict[str, float]:
    found = ngram_divergences(windows, text.held_out[None], LONGEST)
    return {f"{name}_{n}": value for n, value in enumerate(found, start=1)}
