"""Options of the commands that use a trained generator; `app` names them."""

from pathlib import Path
from typing import Annotated

import typer

from scratchgan.cli.errors import one_line_errors


def sample(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    n: Annotated[
        int, typer.Option("-n", min=1, help="How many samples (or rows of them).")
    ] = 64,
    out: Annotated[
        Path | None,
        typer.Option(
            help="A .png to draw (sound: a .wav, with a .png beside it), or a .npy for "
            "the numbers; a new file. [default: RUN/sample-SEED.png]"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the latents.")] = 0,
    interpolate: Annotated[
        bool,
        typer.Option("--interpolate", help="Rows from one latent to another."),
    ] = False,
    psi: Annotated[
        float | None,
        typer.Option(help="Truncation, 0 (the mean w) to 1 (none); StyleGANs only."),
    ] = None,
    mix: Annotated[
        bool,
        typer.Option("--mix", help="-n rows' coarse styles, -n columns' fine ones."),
    ] = False,
    truncation: Annotated[
        bool, typer.Option("--truncation", help="Rows from ψ = 0 to ψ = 1.")
    ] = False,
    neighbours: Annotated[
        bool,
        typer.Option(
            "--neighbours", help="Each image, then the five nearest training images."
        ),
    ] = False,
    real: Annotated[
        bool,
        typer.Option("--real", help="Real samples instead, as many, of this seed."),
    ] = False,
) -> None:
    """Draw samples from the newest checkpoint of a run."""
    from scratchgan.cli.sample import Request, sample_command

    with one_line_errors():
        kinds = (psi, mix, truncation, neighbours, real)
        request = Request(run, n, out, seed, interpolate, *kinds)
        typer.echo(sample_command(request))


def project(
    run: Annotated[Path, typer.Argument(help="Folder of a StyleGAN's run.")],
    image: Annotated[Path, typer.Argument(help="An image of the generator's size.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="A .png, target and projection; w goes into the .npy beside it. "
            "[default: RUN/projection-IMAGE.png]"
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Of Adam.")] = 300,
    per_layer: Annotated[
        bool, typer.Option("--per-layer", help="A w of its own for every layer (W+).")
    ] = False,
) -> None:
    """Find the latent w whose image comes nearest to a given one."""
    from scratchgan.cli.project import project_command

    with one_line_errors():
        typer.echo(project_command(run, image, out, steps, per_layer))
