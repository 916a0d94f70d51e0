"""The folder of a run: what is written where, and how it is found again.

    config.json                         recipe, data, seed and every setting
    metrics.jsonl                       one line a logged step: losses, norms
    timings.jsonl                       one line a logged step: seconds since the start
    samples/step-00000500.png           samples from the same latents every time; other
                                        suffixes for sound, text and video
    losses.png                          metrics.jsonl, drawn
    samples.gif                         all sheets of samples that are pictures
    checkpoints/step-00000500.safetensors   the last three

Everything but timings.jsonl is a function of config.json. When a run is resumed from a
checkpoint, what was logged or drawn after it is removed, and made again.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scratchgan import __version__
from scratchgan.training.checkpoint import FORMAT, write_atomically
from scratchgan.training.settings import Settings


@dataclass(frozen=True)
class RunConfig:
    """What a run was asked to do.

    Parameters
    ----------
    recipe : str
        Name of the experiment.
    settings : Settings
        Its settings, every one of them.
    data : str
        Name or path of the data set.
    data_shape : tuple of int
        Shape of one sample.
    data_digest : str
        What tells whether the data are still the same.
    seed : int
        Of all random numbers.
    value_range : (float, float)
        What the generator's lowest and highest pixel values are.
    precision : str
        In what its networks compute, one of `training.precision.PRECISIONS`; the
        command line builds its system and steps accordingly.
    """

    recipe: str
    settings: Settings
    data: str
    data_shape: tuple[int, ...]
    data_digest: str
    seed: int
    value_range: tuple[float, float]
    precision: str = "float32"

    @property
    def identity(self) -> dict[str, str]:
        """What a checkpoint must agree with."""
        return {
            "recipe": self.recipe,
            "data_shape": json.dumps(self.data_shape),
            "data_digest": self.data_digest,
            "seed": str(self.seed),
        }


class Folder:
    """Paths and files of one run.

    Parameters
    ----------
    path : Path
        The folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.json"
        self.metrics = path / "metrics.jsonl"
        self.timings = path / "timings.jsonl"
        self.losses = path / "losses.png"
        self.samples = path / "samples"
        self.checkpoints = path / "checkpoints"

    def create(self, config: RunConfig) -> None:
        """Make the folder and write its config.json.

        Raises
        ------
        FileExistsError
            If it exists and is not empty: another run's results may be in it.
        """
        if self.path.exists() and not _is_empty(self.path):
            what = "holds another run" if self.config.exists() else "is not empty"
            raise FileExistsError(
                f"--out: {self.path} {what}; choose another folder, or continue a run "
                f"with --resume {self.path}"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        self.write_config(config)  # first: whatever has a config.json can be resumed
        self.make_folders()

    def make_folders(self) -> None:
        """Make the folders for what comes later."""
        self.samples.mkdir(exist_ok=True)
        self.checkpoints.mkdir(exist_ok=True)

    def write_config(self, config: RunConfig) -> None:
        """Write config.json, at once or not at all."""
        content = {
            "scratchgan": __version__,
            "format": FORMAT,
            "recipe": config.recipe,
            "data": config.data,
            "data_shape": list(config.data_shape),
            "data_digest": config.data_digest,
            "seed": config.seed,
            "precision": config.precision,
            "settings": asdict(config.settings),
        }
        write_atomically(self.config, (json.dumps(content, indent=2) + "\n").encode())

    def read_config(self) -> dict[str, Any]:
        """The content of config.json.

        Raises
        ------
        FileNotFoundError
            If the folder holds no run.
        ValueError
            If config.json is damaged, or of another format.
        """
        if not self.config.is_file():
            raise FileNotFoundError(
                f"{self.path}: no run here (config.json is missing)"
            )
        try:
            content = json.loads(self.config.read_text())
            found = content["format"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{self.config}: not a run's config ({error})") from None
        if found != FORMAT:
            raise ValueError(
                f"{self.config}: expected format {FORMAT}, received {found}"
            )
        return content

    def sheet(self, step: int, suffix: str = ".png") -> Path:
        """Where the samples of `step` go."""
        return self.samples / f"step-{step:08d}{suffix}"

    def log(self, step: int, values: dict[str, float], seconds: float) -> None:
        """Append one line to metrics.jsonl and one to timings.jsonl."""
        _append(self.metrics, {"step": step} | values)
        _append(self.timings, {"step": step, "seconds": round(seconds, 3)})

    def read_metrics(self) -> list[dict[str, Any]]:
        """Lines of metrics.jsonl; a last line that a kill cut short is left out."""
        return _read_lines(self.metrics)

    def read_timings(self) -> list[dict[str, Any]]:
        """Lines of timings.jsonl, likewise."""
        return _read_lines(self.timings)

    def rewind(self, step: int, settings: Settings) -> None:
        """Leave the logs and sheets of a run at `step` that was never stopped."""
        self.make_folders()
        for path in (self.metrics, self.timings):
            # a run that starts again logs its step 0 again
            last = step if step else -1
            kept = [
                line
                for line in _read_lines(path)
                if line["step"] <= last and settings.logs(line["step"])
            ]
            text = "".join(json.dumps(line) + "\n" for line in kept)
            write_atomically(path, text.encode())
        drawn = range(settings.sample_every, step + 1, settings.sample_every)
        stems = {self.sheet(s).stem for s in drawn}
        for sheet in self.samples.glob("step-*"):
            if sheet.stem not in stems:
                sheet.unlink()
        for stray in self.path.glob("**/.*.tmp"):
            stray.unlink()


def _is_empty(path: Path) -> bool:
    """Whether `path` is a folder with nothing in it but a temporary file of ours."""
    return path.is_dir() and all(p.suffix == ".tmp" for p in path.iterdir())


def _append(path: Path, line: dict[str, Any]) -> None:
    try:
        with open(path, "a") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _read_lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text().splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            break
        if not isinstance(line, dict) or not isinstance(line.get("step"), int):
            break
        lines.append(line)
    return lines
