"""Options of the commands that measure generators; `app` names them."""

from pathlib import Path
from typing import Annotated

import typer

from scratchgan.cli.errors import one_line_errors
from scratchgan.studies import NAMES


def evaluate(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    n: Annotated[
        int, typer.Option("-n", min=20, help="Samples, and real ones beside them.")
    ] = 10_000,
    against: Annotated[
        str | None,
        typer.Option(help="Real samples. [default: what the run was trained on]"),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(help="Names with commas between them. [default: all that fit]"),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            help="What sees images: digits, a file of `features train`, or the .npz of "
            "EfficientNet-Lite0. [default: digits, for digits]"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the latents.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="What to add to. [default: RUN/evaluation.json]"),
    ] = None,
) -> None:
    """Measure what the newest checkpoint of a run makes.

    Prints a table and adds it to evaluation.json. Where real samples were held out, the
    same figure of theirs stands beside.
    """
    from scratchgan.cli.evaluate import Request, evaluate_command

    with one_line_errors():
        evaluate_command(Request(run, n, against, metrics, features, seed, out))


def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.")
    ],
    out: Annotated[Path, typer.Option(help="A new .png for the curves.")] = Path(
        "comparison.png"
    ),
) -> None:
    """Put evaluated runs side by side: one table, and one plot of what they logged."""
    from scratchgan.cli.compare import compare_command

    with one_line_errors():
        compare_command(runs, out)


def study(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.")],
    out: Annotated[Path, typer.Option(help="Where table and figures go.")] = Path(
        "docs/results"
    ),
    runs: Annotated[
        Path, typer.Option(help="Where runs go, and are found again.")
    ] = Path("runs/studies"),
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Runs of every arm. [default: its own]")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time. [default: the cores]")
    ] = None,
) -> None:
    """Run a study over seeds, and write its table and figures.

    Every run is one process, made with the commands train and evaluate. A study that
    was interrupted goes on with the same command.
    """
    from scratchgan.cli.study import Request, study_command

    with one_line_errors():
        code = study_command(Request(name, out, runs, seeds, jobs))
    raise typer.Exit(code)
