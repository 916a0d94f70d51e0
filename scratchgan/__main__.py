"""``python -m scratchgan`` is ``scratchgan``."""

from scratchgan.cli import main

main()
