"""`scratchgan gradcheck`: the errors of every derivative, as tables or JSON."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from scratchgan.gradcheck.cases import (
    ADJOINT_TOLERANCE,
    BILINEAR_TOLERANCE,
    TOLERANCE,
    Case,
    cases,
)
from scratchgan.gradcheck.layer import LayerErrors
from scratchgan.training.settings import nearest

Row = tuple[Case, dict[str, float], bool]


def gradcheck_command(names: list[str], as_json: bool) -> bool:
    """Check, print, and return whether everything passed.

    Raises
    ------
    ValueError
        If a name fits no row.
    """
    from threadpoolctl import threadpool_limits

    rows = []
    with threadpool_limits(1, "blas"):  # the networks are tiny: threads would wait
        for case in chosen(names):
            errors = case.run()
            rows.append((case, errors, case.passes(errors)))
    if as_json:
        print(json.dumps([_record(*row) for row in rows], indent=2))
    else:
        console = Console()
        print_tables(rows, console if console.is_terminal else Console(width=100))
    return all(passed for _, _, passed in rows)


def chosen(names: list[str]) -> list[Case]:
    """The rows that begin with one of the names, or all.

    Raises
    ------
    ValueError
        If a name fits no row.
    """
    known = list(cases())
    if not names:
        return known
    rows: list[Case] = []
    for name in names:
        found = [case for case in known if case.name.lower().startswith(name.lower())]
        if not found:
            words = sorted({case.name.split()[0] for case in known})
            raise ValueError(f"NAME: unknown {name!r}{nearest(name, words)}")
        rows += [case for case in found if case not in rows]
    return rows


def _record(case: Case, errors: dict[str, float], passed: bool) -> dict[str, Any]:
    return {
        "kind": case.kind,
        "name": case.name,
        "errors": errors,
        "tolerance": case.tolerance,
        "adjoint_tolerance": ADJOINT_TOLERANCE,
        "passed": passed,
    }


def print_tables(rows: list[Row], console: Console) -> None:
    """Errors of all verbs in one table, single errors in another, and the verdict."""
    by_verb = [row for row in rows if row[1].keys() == set(LayerErrors._fields)]
    # a penalty on several inputs has an error for each: the largest
    single = [
        (case, {"gradient": max(errors.values())}, passed)
        for case, errors, passed in rows
        if errors.keys() != set(LayerErrors._fields)
    ]
    if by_verb:
        console.print("Layers and networks", style="italic")
        console.print(_table(by_verb, LayerErrors._fields))
    if single:
        console.print("Losses, penalties, whole steps", style="italic")
        console.print(_table(single, ("gradient",)))
    failed = [case.name for case, _, passed in rows if not passed]
    verdict = f"{len(failed)} FAILED: {', '.join(failed)}" if failed else "all passed"
    checks = "1 check" if len(rows) == 1 else f"{len(rows)} checks"
    console.print(
        f"{checks} in float64, relative error at most {TOLERANCE:g} "
        f"(bilinear {BILINEAR_TOLERANCE:g}, adjoint {ADJOINT_TOLERANCE:g}): {verdict}",
        highlight=False,
        soft_wrap=True,
    )


def _table(rows: list[Row], columns: tuple[str, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for column in columns:
        table.add_column(column.replace("_", "\n"), justify="right", vertical="bottom")
    table.add_column("")
    for case, errors, passed in rows:
        cells = [f"{errors[column]:.0e}" for column in columns]
        verdict = "[green]ok[/]" if passed else "[bold red]FAILED[/]"
        table.add_row(case.name, *cells, verdict)
    return table
