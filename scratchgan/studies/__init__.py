"""Studies: one file for each experiment with several arms, found by name."""

from importlib import import_module

from scratchgan.studies.study import Arm, Column, Job, Published, Study, jobs
from scratchgan.training.settings import nearest

#: In the order of the results' page.
NAMES = (
    "ring",
    "grid",
    "mnist",
    "stacked-mnist",
    "smoothness",
    "penalty-weight",
    "batch-norm",
)


def get(name: str) -> Study:
    """The study called `name`; its module is imported on demand.

    Raises
    ------
    ValueError
        If there is none; names the nearest.
    """
    if name not in NAMES:
        raise ValueError(
            f"study: unknown name {name!r}{nearest(name, list(NAMES))} "
            f"(known: {', '.join(NAMES)})"
        )
    return import_module(f"scratchgan.studies.{name.replace('-', '_')}").STUDY


__all__ = ["NAMES", "Arm", "Column", "Job", "Published", "Study", "get", "jobs"]
