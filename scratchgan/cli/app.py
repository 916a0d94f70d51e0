"""Commands and their options; what they do is one module each, imported on demand."""

from pathlib import Path
from typing import Annotated

import typer

from scratchgan import __version__
from scratchgan.cli.errors import FAILED, one_line_errors
from scratchgan.cli.evaluations import compare, evaluate, study
from scratchgan.cli.features import features
from scratchgan.cli.generators import project, sample
from scratchgan.recipes import NAMES

app = typer.Typer(
    name="scratchgan",
    help="GANs from scratch on NumPy: every derivative by hand, second order included.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"scratchgan {__version__}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    """Accept what goes before a command; without one, print the help."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(
    epilog="Example: scratchgan train wgan-gp-ring --out runs/ring --steps 3000 "
    "--set dim=128"
)
def train(
    recipe: Annotated[
        str | None,
        typer.Argument(help=f"One of `scratchgan recipes`. [default: {NAMES[0]}]"),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Name or path of a data set; see README.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the run, new or empty. [default: runs/RECIPE]"),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Training steps in all.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of all random numbers. [default: 0]")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change a setting; repeatable."
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Continue the run in this folder; --steps may extend it."),
    ] = None,
    evaluate_every: Annotated[
        int | None,
        typer.Option(help="Steps between evaluations that are logged. [default: none]"),
    ] = None,
    backend: Annotated[
        str,
        typer.Option(help="numpy, cupy, or auto: cupy where a GPU can be used."),
    ] = "numpy",
    graph: Annotated[
        bool,
        typer.Option(
            "--graph/--no-graph", help="On a GPU, capture a step and replay it."
        ),
    ] = True,
    precision: Annotated[
        str | None,
        typer.Option(
            help="float32, float16, or on a GPU tf32 or bfloat16; weights and sums "
            "are float32. [default: float32]"
        ),
    ] = None,
) -> None:
    """Train a recipe, or continue a run.

    Writes metrics.jsonl, config.json, samples/, samples.gif, losses.png and
    checkpoints/ into the run's folder. Ctrl-C finishes the step, saves and stops;
    --resume continues from there, bit for bit.
    """
    from scratchgan.cli.train import Request, train_command

    with one_line_errors():
        given = (recipe, data, out, steps, seed, assignments or [], resume)
        request = Request(*given, evaluate_every, backend, graph, precision)
        code = train_command(request)
    raise typer.Exit(code)


app.command(epilog="Example: scratchgan sample runs/wgan-gp-digits -n 100 --seed 1")(
    sample
)
app.command(epilog="Example: scratchgan project runs/stylegan2-digits-small 7.png")(
    project
)
app.command(epilog="Example: scratchgan evaluate runs/wgan-gp-mnist")(evaluate)
app.command(epilog="Example: scratchgan compare runs/wgan-mnist runs/wgan-gp-mnist")(
    compare
)
app.command(epilog="Example: scratchgan study ring")(study)
app.add_typer(features, name="features")


@app.command(epilog="Example: scratchgan translate runs/digits usps --to B --score")
def translate(
    run: Annotated[Path, typer.Argument(help="Folder of a run between two sets.")],
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="An image, a folder of images, or a data set's name: its held-out "
            "images.",
        ),
    ],
    to: Annotated[str, typer.Option(help="A or B: what set to translate to.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="A new folder, or a new .png for one image. [default: "
            "RUN/INPUT-to-B; none with --score]"
        ),
    ] = None,
    score: Annotated[
        bool,
        typer.Option(
            "--score", help="Compare with the true partners, or with the labels."
        ),
    ] = False,
) -> None:
    """Translate images with the newest checkpoint of a run between two sets."""
    from scratchgan.cli.translate import translate_command

    with one_line_errors():
        for line in translate_command(run, source, to, out, score):
            typer.echo(line)


@app.command(epilog="Example: scratchgan gradcheck Dense wgan-gp-mnist")
def gradcheck(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Rows whose name begins so; all."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of a table.")
    ] = False,
) -> None:
    """Compare every derivative with finite differences, in float64.

    Exit status 1 when any check fails.
    """
    from scratchgan.cli.gradcheck import gradcheck_command

    with one_line_errors():
        passed = gradcheck_command(names or [], as_json)
    raise typer.Exit(0 if passed else FAILED)


@app.command(epilog="Example: scratchgan explain LayerNorm")
def explain(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A layer, loss, penalty or optimiser; without it, all names."
        ),
    ] = None,
) -> None:
    """Print a derivation, its code, and its errors measured now.

    The derivation is the module's docstring. Below it stands the code of every verb,
    side by side where the terminal is wide enough, and then the rows of `scratchgan
    gradcheck` for this name. Exit status 1 when a check fails.
    """
    from scratchgan.cli.explain import explain_command

    with one_line_errors():
        passed = explain_command(name)
    raise typer.Exit(0 if passed else FAILED)


@app.command(epilog="Example: scratchgan profile wgan-gp-mnist --phase critic")
def profile(
    recipe: Annotated[str, typer.Argument(help="One of `scratchgan recipes`.")],
    data: Annotated[
        str | None, typer.Option(help="Name or path of a data set; see README.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Training steps that are timed.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of all random numbers.")] = 0,
    phase: Annotated[
        str | None, typer.Option(help="One phase alone, such as critic.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change a setting; repeatable."
        ),
    ] = None,
    as_json: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write JSON; - prints it."),
    ] = None,
) -> None:
    """Time every layer and sweep of a recipe's training steps, and what they keep.

    Steps run in one part, since times of parts that share the cores do not add up.
    """
    from scratchgan.cli.profile import Request, profile_command

    with one_line_errors():
        given = (recipe, data, steps, seed, phase, assignments or [], as_json)
        profile_command(Request(*given))


@app.command(epilog="Example: scratchgan recipes")
def recipes() -> None:
    """List the recipes and their settings."""
    from scratchgan.cli.listing import print_recipes

    print_recipes()
