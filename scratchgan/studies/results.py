"""What the runs of a study left: figures by arm, means and standard errors.

    mean = Σ v / n        standard error = s / √n,  s² = Σ (v − mean)² / (n − 1)

over the runs of an arm. With one run there is no error to state.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.evaluation import Evaluation, read_evaluations
from scratchgan.studies.origin import Origin, read_origin
from scratchgan.studies.study import Job
from scratchgan.training.folder import Folder

#: Share of a run's logged lines, the last ones, over which a quantity is averaged.
TAIL = 0.1


class Summary(NamedTuple):
    """One figure of one arm."""

    mean: float
    error: float  #: NaN with a single run
    runs: int


@dataclass(frozen=True)
class Result:
    """What one run left.

    Parameters
    ----------
    job : Job
        Which run.
    values : dict of str to float
        Figures of its last evaluation, floors (``floor:NAME``), means of logged
        quantities and ``seconds`` of training.
    curves : list of dict
        The lines of metrics.jsonl, each with the ``seconds`` until then, where
        they are known.
    origin : Origin
        Where it was made.
    """

    job: Job
    values: dict[str, float]
    curves: list[dict[str, float]]
    origin: Origin


def evaluation_of(job: Job) -> Evaluation | None:
    """The newest evaluation that is what the study asks for; None if there is none."""
    steps = Folder(job.folder).read_config()["settings"]["steps"]
    study = job.study
    fitting = [
        found
        for found in read_evaluations(job.folder / "evaluation.json")
        if (found.step, found.samples, found.seed, found.against)
        == (steps, study.samples, job.seed, study.data)
    ]
    return fitting[-1] if fitting else None


def require_same(job: Job) -> None:
    """Raise ValueError unless the run in the job's folder is one of this study."""
    config = Folder(job.folder).read_config()
    expected = {"recipe": job.arm.recipe, "data": job.study.data, "seed": job.seed}
    found = {key: config[key] for key in expected}
    expected |= job.settings
    found |= {key: config["settings"].get(key) for key in job.settings}
    for key, value in expected.items():
        if found[key] != value:
            raise ValueError(
                f"--runs: {job.folder} has {key} = {found[key]}, the study {value}; "
                "remove it or choose another folder"
            )


def read_result(job: Job) -> Result | None:
    """The result of `job`; None while it is not evaluated."""
    if not Folder(job.folder).config.exists():
        return None
    found = evaluation_of(job)
    if found is None:
        return None
    folder = Folder(job.folder)
    lines = folder.read_metrics()
    values = _tail_means(lines)
    for name, figure in found.figures.items():
        values[name] = figure.value
        if figure.floor is not None:
            values[f"floor:{name}"] = figure.floor
    clock = training_seconds(folder.read_timings())
    values["seconds"] = max(clock.values(), default=0.0)
    timed = [
        line | {"seconds": clock[line["step"]]} if line["step"] in clock else line
        for line in lines
    ]
    return Result(job, values, timed, read_origin(job.folder))


def training_seconds(timings: list[dict[str, float]]) -> dict[float, float]:
    """Seconds until each logged step, with what was logged and drawn until then.

    Each sitting begins to count at zero again: where the count falls, one has ended.
    """
    total, before, clock = 0.0, 0.0, {}
    for line in timings:
        if line["seconds"] < before:
            total += before
        before = line["seconds"]
        clock[line["step"]] = total + before
    return clock


def summarise(results: list[Result], key: str) -> Summary | None:
    """Mean and standard error of a figure; None where no run has it."""
    values = np.array([r.values[key] for r in results if key in r.values])
    if not len(values):
        return None
    error = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return Summary(float(values.mean()), float(error), len(values))


def _tail_means(lines: list[dict[str, float]]) -> dict[str, float]:
    tail = lines[-max(1, math.ceil(TAIL * len(lines))) :] if lines else []
    names = {name for line in tail for name in line} - {"step"}
    return {
        name: float(np.mean([line[name] for line in tail if name in line]))
        for name in sorted(names)
    }
