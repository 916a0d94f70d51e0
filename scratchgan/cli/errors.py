"""What the command line says where input is bad: one line, and exit status 2."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

BAD_INPUT, FAILED = 2, 1


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Bad input: one line on stderr and exit status 2, no traceback."""
    try:
        yield
    except (ValueError, TypeError, OSError, MemoryError) as error:
        typer.echo(f"scratchgan: {describe(error)}", err=True)
        raise typer.Exit(BAD_INPUT) from None


def describe(error: Exception) -> str:
    """An error as one line."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    return " ".join(str(error).split())
