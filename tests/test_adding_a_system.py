"""docs/adding-a-system.md: its file is the recipe's, and its step is a step."""

import re
from pathlib import Path

from scratchgan import recipes

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "adding-a-system.md").read_text()
FILE, STEP = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_file_is_the_recipe_as_it_stands():
    assert (ROOT / "scratchgan" / "recipes" / "lsgan_digits.py").read_text() == FILE
    assert "lsgan-digits" in recipes.NAMES


def test_the_blocks_run_one_after_the_other():
    names: dict = {"__name__": "lsgan"}
    exec(FILE, names)
    exec(STEP, names)
    assert int(names["state"].step) == 1
    assert names["RECIPE"].name == "lsgan-digits"
    assert {"discriminator_loss", "generator_loss"} <= set(names["values"])


def test_it_takes_sixty_lines():
    assert len(PAGE.splitlines()) <= 60
