"""evaluation.json: what was found about a run, one entry an evaluation.

    [{"scratchgan": "0.1.0", "step": 3600, "samples": 10000, "against": "mnist",
      "features": "scratchgan-mnist", "seed": 0, "seconds": 31.2,
      "figures": {"fid": {"value": 9.1, "floor": 0.4, "low": 8.9, "high": 9.3}, …}}]

The newest stands last. An evaluation adds an entry and takes none away.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scratchgan import __version__
from scratchgan.training.checkpoint import write_atomically


@dataclass(frozen=True)
class Figure:
    """One figure of generated samples.

    Parameters
    ----------
    value : float
        Of the generated samples.
    floor : float, optional
        Of as many real samples that were not trained on, in their place.
    low, high : float, optional
        Ends of the 95 % interval.
    """

    value: float
    floor: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """What one evaluation found.

    Parameters
    ----------
    step : int
        Training steps that the generator had made.
    samples : int
        How many were generated.
    against : str
        The real samples they were compared with.
    features : str
        The feature network, or "".
    seed : int
        Of the latents.
    seconds : float
        What it took.
    figures : dict of str to Figure
        By name.
    """

    step: int
    samples: int
    against: str
    features: str
    seed: int
    seconds: float
    figures: dict[str, Figure] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, float]:
        """The figures of generated samples alone."""
        return {name: figure.value for name, figure in self.figures.items()}


def read_evaluations(path: Path) -> list[Evaluation]:
    """All evaluations in the file at `path`; none where there is no file.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    if not path.is_file():
        return []
    try:
        content = json.loads(path.read_text())
        if not isinstance(content, list):
            raise TypeError(f"a {type(content).__name__}")
        return [_read(entry) for entry in content]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: not a list of evaluations ({error})") from None


def add_evaluation(path: Path, evaluation: Evaluation) -> None:
    """Write `evaluation` behind those that are there, at once or not at all."""
    entries = [_written(each) for each in [*read_evaluations(path), evaluation]]
    write_atomically(path, (json.dumps(entries, indent=1) + "\n").encode())


def _written(evaluation: Evaluation) -> dict[str, Any]:
    entry: dict[str, Any] = {"scratchgan": __version__, **asdict(evaluation)}
    entry["figures"] = {
        name: {key: value for key, value in figure.items() if value is not None}
        for name, figure in entry["figures"].items()
    }
    return entry


def _read(entry: dict[str, Any]) -> Evaluation:
    known = {key: value for key, value in entry.items() if key != "scratchgan"}
    figures = {name: Figure(**each) for name, each in known.pop("figures").items()}
    return Evaluation(**known, figures=figures)
