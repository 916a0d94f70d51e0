"""Curves of several runs in one picture: a panel a quantity, a colour a run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scratchgan.metrics.meanings import MEANINGS
from scratchgan.training.pictures import (
    INK,
    MEANING,
    PAPER,
    curve_title,
    plain,
    save_figure,
)

#: Told apart by people who see red and green alike (Okabe and Ito 2008).
COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#33322e",
    "#8c6d31", "#7b4173",
)  # fmt: skip
MOST = 12  # panels


def save_comparison(
    path: Path, runs: Mapping[str, Sequence[Mapping[str, Any]]]
) -> bool:
    """Draw what more than one run has logged; whether there was something.

    Parameters
    ----------
    path : Path
        A PNG.
    runs : mapping of str to lines
        Of metrics.jsonl, by the name of the run.
    """
    names = shared(runs)[:MOST]
    if not names:
        return False
    from matplotlib.figure import Figure

    rows = -(-len(names) // 2)
    figure = Figure(figsize=(11, 2.8 * rows), facecolor=PAPER, layout="constrained")
    for i, name in enumerate(names):
        axes = figure.add_subplot(rows, 2, i + 1)
        plain(axes)
        axes.set_title(curve_title(name), fontsize=9, color=INK, loc="left")
        for (run, lines), colour in zip(runs.items(), _cycle(len(runs)), strict=True):
            found = [line for line in lines if name in line]
            steps, values = ([line[key] for line in found] for key in ("step", name))
            axes.plot(steps, values, color=colour, linewidth=1.1, label=run)
        if i == 0:
            axes.legend(frameon=False, fontsize=8)
        if i >= len(names) - 2:
            axes.set_xlabel("training step", fontsize=9, color=INK)
    save_figure(path, figure)
    return True


def shared(runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Quantities that two runs or more have logged, evaluations first."""
    logged = [
        dict.fromkeys(n for line in lines for n in line) for lines in runs.values()
    ]
    often = [n for n in (*MEANINGS, *MEANING) if sum(n in keys for keys in logged) > 1]
    return list(dict.fromkeys(often))


def _cycle(count: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]
