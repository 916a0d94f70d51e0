"""The command line. Nothing here is imported by the library."""


def main() -> None:
    """Run `scratchgan`."""
    from scratchgan.cli.app import app

    app()
