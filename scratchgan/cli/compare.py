"""`scratchgan compare`: evaluated runs side by side."""

from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from scratchgan.evaluation import Evaluation, read_evaluations
from scratchgan.metrics.meanings import MEANINGS, Meaning
from scratchgan.training.comparison import save_comparison
from scratchgan.training.folder import Folder


class Compared(NamedTuple):
    """One run."""

    name: str
    config: dict[str, Any]
    evaluation: Evaluation | None  #: the newest
    lines: list[dict[str, Any]]  #: of metrics.jsonl


def compare_command(runs: list[Path], out: Path) -> None:
    """Print a table of the newest evaluations and draw what was logged.

    Raises
    ------
    FileExistsError
        If `out` exists.
    FileNotFoundError
        If a folder holds no run.
    ValueError
        If there is one run only, or nothing to compare.
    """
    if len(runs) < 2:
        raise ValueError(f"RUN: expected two runs or more, received {len(runs)}")
    if out.suffix != ".png":
        raise ValueError(f"--out: expected a .png, received {out}")
    if out.exists():
        raise FileExistsError(f"--out: {out} exists; choose another file")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out: {out.parent} is not a folder")
    if len({path.resolve() for path in runs}) < len(runs):
        raise ValueError("RUN: expected different runs, received one twice")
    names = [path.resolve().name for path in runs]
    if len(set(names)) < len(names):
        names = [str(path) for path in runs]
    compared = [_read(name, path) for name, path in zip(names, runs, strict=True)]
    warn_of_differences(compared)
    Console(highlight=False).print(comparison(compared))
    curves = {each.name: each.lines for each in compared}
    if save_comparison(out, curves):
        print(f"curves: {out}")
    else:
        print("no curves: train with --evaluate-every to log some")


def comparison(compared: list[Compared]) -> Table:
    """A figure a row, a run a column, with the arrow to where it is better."""
    table = Table("", *(each.name for each in compared), "better", box=None)
    for column in table.columns[1:-1]:
        column.justify = "right"
    rows = ("recipe", "data", "seed")
    for row in rows:
        table.add_row(row, *(str(each.config[row]) for each in compared), "")
    for row in ("step", "samples", "against", "features"):
        cells = [_cell(each.evaluation, row) for each in compared]
        table.add_row(row, *cells, "")
    found = [e.evaluation.values for e in compared if e.evaluation is not None]
    for figure in dict.fromkeys(name for values in found for name in values):
        cells = [_figure(each.evaluation, figure) for each in compared]
        table.add_row(figure, *cells, MEANINGS.get(figure, Meaning("")).better)
    return table


def warn_of_differences(compared: list[Compared]) -> None:
    """Say where figures of these runs must not be compared."""
    found = [e.evaluation for e in compared if e.evaluation is not None]
    if not found:
        raise ValueError("RUN: none of these is evaluated; run scratchgan evaluate")
    for what in ("samples", "against", "features"):
        values = list(dict.fromkeys(str(getattr(each, what)) for each in found))
        if len(values) > 1:
            print(
                f"take care: evaluations differ in {what} ({', '.join(values)}); "
                "figures that depend on it cannot be compared"
            )


def _read(name: str, path: Path) -> Compared:
    folder = Folder(path)
    evaluations = read_evaluations(path / "evaluation.json")
    return Compared(
        name,
        folder.read_config(),
        evaluations[-1] if evaluations else None,
        folder.read_metrics(),
    )


def _cell(evaluation: Evaluation | None, row: str) -> str:
    if evaluation is None:
        return "–"
    value = getattr(evaluation, row)
    return f"{value:,}" if isinstance(value, int) else value or "–"


def _figure(evaluation: Evaluation | None, name: str) -> str:
    if evaluation is None or name not in evaluation.figures:
        return "–"
    return f"{evaluation.figures[name].value:.4g}"
