"""What a study is: several ways to train, run with several seeds.

A study is data: which recipes, with which settings, on which data, and what of it
belongs in a table. `studies.run` makes its runs with the commands that anybody could
type, `studies.report` reads what they left.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Arm:
    """One way to train.

    Parameters
    ----------
    name : str
        Its row in the table, and part of its folders' names.
    recipe : str
        What is trained.
    settings : mapping
        What differs from the recipe's defaults.
    """

    name: str
    recipe: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """One column of the table.

    Parameters
    ----------
    key : str
        A figure of evaluation.json, or a logged quantity, whose last tenth of values is
        averaged.
    title : str
        What stands above it.
    digits : int
        Decimals.
    scale : float
        What values are multiplied by: 100 for per cent.
    """

    key: str
    title: str
    digits: int = 2
    scale: float = 1.0


@dataclass(frozen=True)
class Published:
    """A row from a paper, as printed there.

    Parameters
    ----------
    name : str
        Method and source.
    cells : mapping of str to str
        By the key of the column.
    """

    name: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Study:
    """An experiment with several arms.

    Parameters
    ----------
    name, title : str
        As typed, and as printed.
    question : str
        What it asks, and what was published about it.
    data : str
        What every arm is trained on.
    arms : tuple of Arm
        In the order of the table.
    columns : tuple of Column
        Of the table.
    common : mapping
        Settings of all arms.
    seeds : int
        Runs of every arm: seeds 0, 1, …
    samples : int
        How many are generated for the final evaluation.
    metrics : tuple of str
        What is evaluated; empty for everything.
    curve : str
        The figure that is drawn over the steps.
    timed : bool
        Whether it is drawn over seconds too.
    published : tuple of Published
        Rows to stand beside ours.
    reading : str
        What the figures say, written when they were there.
    """

    name: str
    title: str
    question: str
    data: str
    arms: tuple[Arm, ...]
    columns: tuple[Column, ...]
    common: Mapping[str, Any] = field(default_factory=dict)
    seeds: int = 5
    samples: int = 2500
    metrics: tuple[str, ...] = ()
    curve: str = ""
    timed: bool = False
    published: tuple[Published, ...] = ()
    reading: str = ""


@dataclass(frozen=True)
class Job:
    """One run of a study: an arm with a seed, in a folder of its own."""

    study: Study
    arm: Arm
    seed: int
    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        """All that differ from the recipe's defaults; the arm's come last."""
        return {**self.study.common, **self.arm.settings}


def jobs(study: Study, folder: Path, seeds: int | None = None) -> list[Job]:
    """Every run of `study` below `folder`, seed by seed."""
    count = study.seeds if seeds is None else seeds
    return [
        Job(study, arm, seed, folder / f"{slug(arm.name)}-seed{seed}")
        for seed in range(count)
        for arm in study.arms
    ]


def slug(name: str) -> str:
    """A name as part of a path: lower case, hyphens for all but letters and digits."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def typed(value: object) -> str:
    """A setting's value as on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)
