"""Tables of a study in Markdown: an arm a row, published rows beside ours."""

import math

from scratchgan.metrics.meanings import MEANINGS
from scratchgan.studies.results import Result, Summary, summarise
from scratchgan.studies.study import Column, Study

ARROWS = {"lower": " ↓", "higher": " ↑"}
NOTHING = "–"


def table(study: Study, results: list[Result]) -> str:
    """Means ± standard errors; below them the floor and what was published."""
    rows = [[arm.name, *_cells(study, results, arm.name)] for arm in study.arms]
    floor = [_floor(column, results) for column in study.columns]
    if any(cell != NOTHING for cell in floor):
        rows.append(["*real samples*", *floor])
    for published in study.published:
        cells = [published.cells.get(c.key, NOTHING) for c in study.columns]
        rows.append([f"*{published.name}*", *cells])
    header = ["", *(heading(column) for column in study.columns)]
    return markdown(header, rows)


def heading(column: Column) -> str:
    """A column's title, with an arrow to where it is better."""
    meaning = MEANINGS.get(column.key)
    return column.title + (ARROWS.get(meaning.better, "") if meaning else "")


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """A table as Markdown; the first column to the left, numbers to the right."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(summary: Summary | None, column: Column) -> str:
    """Mean ± standard error as printed."""
    if summary is None:
        return NOTHING
    mean, error = summary.mean * column.scale, summary.error * column.scale
    # a number that has no digit in the column's decimals is not zero
    lost = 0 < abs(mean) < 0.5 * 10**-column.digits
    form = ".1e" if lost else f".{column.digits}f"
    if math.isnan(error):
        return f"{mean:{form}}"
    return f"{mean:{form}} ± {error:{form}}"


def _cells(study: Study, results: list[Result], arm: str) -> list[str]:
    own = [result for result in results if result.job.arm.name == arm]
    return [cell(summarise(own, column.key), column) for column in study.columns]


def _floor(column: Column, results: list[Result]) -> str:
    summary = summarise(results, f"floor:{column.key}")
    return (
        NOTHING
        if summary is None
        else f"{summary.mean * column.scale:.{column.digits}f}"
    )
