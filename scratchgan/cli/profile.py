"""`scratchgan profile`: where a training step's time and memory go."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from scratchgan import recipes
from scratchgan.profiling import Profile, Row, profile_system
from scratchgan.profiling.record import SWEEPS
from scratchgan.training.settings import parse


class Request(NamedTuple):
    """What was asked for."""

    recipe: str
    data: str | None
    steps: int
    seed: int
    phase: str | None
    assignments: list[str]
    json: str | None  # a new file, or "-"


def profile_command(request: Request) -> None:
    """Run it, and print a table or write JSON.

    Raises
    ------
    ValueError, TypeError, OSError
        On bad input, before anything is computed.
    """
    recipe = recipes.get(request.recipe)
    settings = parse(recipe.settings, request.assignments)
    if request.json not in (None, "-") and Path(request.json).exists():
        raise ValueError(f"--json: expected a new file, received {request.json}")
    source = recipe.data if request.data is None else request.data
    data = recipe.load(source, settings)
    system = recipe.build(settings, data.shape)
    found = profile_system(system, data, request.seed, request.steps, request.phase)
    if request.json is None:
        console = Console(highlight=False)
        show(found, console if console.is_terminal else Console(width=100))
        return
    text = json.dumps(as_record(request, found), indent=1)
    if request.json == "-":
        print(text)
        return
    with open(request.json, "x") as file:
        file.write(text + "\n")
    print(f"wrote {request.json}")


def show(found: Profile, console: Console) -> None:
    """A table a network, and the sums."""
    layers = by_layer(found)
    for player in dict.fromkeys(name for name, _, _ in layers):
        table = Table(title=player, title_justify="left", box=None, pad_edge=False)
        table.add_column("layer", no_wrap=True)
        for sweep in SWEEPS:
            table.add_column(sweep, justify="right")
        table.add_column("share", justify="right")
        table.add_column("kept, MiB", justify="right")
        for (name, path, kind), sweeps in layers.items():
            if name != player:
                continue
            seconds = sum(row.seconds for row in sweeps.values())
            kept = sum(row.kept for row in sweeps.values()) / 2**20
            cells = [_cell(sweeps.get(sweep), found.steps) for sweep in SWEEPS]
            share = f"{seconds / found.seconds:.1%}"
            table.add_row(f"{path} {kind}", *cells, share, f"{kept:.1f}")
        console.print(table)
        console.print()
    totals = sums(found)
    console.print(
        "Milliseconds a step, and GFLOP/s of the linear maps in brackets; one part, no "
        "threads but those of BLAS."
    )
    console.print(
        f"A step: {totals['milliseconds']:.1f} ms, of which layers "
        f"{totals['layers']:.1%}; the rest is losses, optimisers, data and Python."
    )
    console.print(
        f"Model: {totals['gflop']:.2f} GFLOP a step, {totals['gflops']:.0f} GFLOP/s. "
        f"Peak memory of the process: {found.peak:.0f} MiB."
    )


def by_layer(found: Profile) -> dict[tuple[str, str, str], dict[str, Row]]:
    """Rows of each layer by sweep."""
    layers: dict[tuple[str, str, str], dict[str, Row]] = {}
    for key, row in found.record.rows.items():
        layers.setdefault((key.player, key.path, key.layer), {})[key.sweep] = row
    return layers


def sums(found: Profile) -> dict[str, float]:
    """Over all layers, a step."""
    rows = found.record.rows.values()
    seconds = sum(row.seconds for row in rows)
    gflop = sum(row.flop for row in rows) / found.steps / 1e9
    each = found.seconds / found.steps
    return {
        "milliseconds": 1e3 * each,
        "layers": seconds / found.seconds,
        "gflop": gflop,
        "gflops": gflop / each,
    }


def as_record(request: Request, found: Profile) -> dict[str, Any]:
    """The same as a tree for JSON."""
    rows = [
        {
            **key._asdict(),
            "calls": row.calls,
            "milliseconds": 1e3 * row.seconds / found.steps,
            "gflop": row.flop / found.steps / 1e9,
            "kept_bytes": row.kept,
        }
        for key, row in found.record.rows.items()
    ]
    return {
        "recipe": request.recipe,
        "phase": request.phase,
        "steps": found.steps,
        "rows": rows,
        "step": sums(found),
        "peak_mebibytes": found.peak,
    }


def _cell(row: Row | None, steps: int) -> str:
    if row is None:
        return ""
    milliseconds = f"{1e3 * row.seconds / steps:.2f}"
    if not row.flop:
        return f"{milliseconds}      "
    return f"{milliseconds} ({row.flop / row.seconds / 1e9:3.0f})"
