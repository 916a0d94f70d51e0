"""`scratchgan features`: its commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

from scratchgan.cli.errors import one_line_errors

features = typer.Typer(
    help="Networks whose features samples are compared by.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@features.callback()
def common(context: typer.Context) -> None:
    """Networks whose features samples are compared by."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@features.command(epilog="Example: scratchgan features train mnist --seed 1")
def train(
    data: Annotated[str, typer.Argument(metavar="SET", help="mnist.")],
    out: Annotated[
        Path,
        typer.Option(help="A new .safetensors file."),
    ] = Path("mnist-features.safetensors"),
    seed: Annotated[int, typer.Option(min=0, help="Of all random numbers.")] = 0,
) -> None:
    """Train the feature network of digits, and print its accuracy on the test images.

    The one that ships with scratchgan was made so, with seed 0.
    """
    from scratchgan.cli.train_features import train_features

    with one_line_errors():
        train_features(data, out, seed, typer.echo)
