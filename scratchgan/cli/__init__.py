"""The command line. Nothing here is imported by the library."""

import io
import sys
from typing import Any

from scratchgan.cli.memory import keep_freed_memory


def main() -> None:
    """Run `scratchgan`; what was mistyped is one line and exit status 2."""
    keep_freed_memory()
    import typer

    from scratchgan.cli.app import app
    from scratchgan.cli.errors import BAD_INPUT

    for stream in (sys.stdout, sys.stderr):  # an arrow must not stop a training
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    # typer shows its users BadParameter alone; its parent is every usage error's class
    usage_error: Any = typer.BadParameter.__mro__[1]
    try:
        sys.exit(app(standalone_mode=False))
    except usage_error as error:
        typer.echo(f"scratchgan: {error.format_message()}", err=True)
        sys.exit(BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
