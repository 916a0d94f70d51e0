"""docs/gradcheck.md has a row for every check; the errors in it are one machine's."""

import re
from pathlib import Path

from scratchgan.gradcheck.cases import cases

PAGE = (Path(__file__).parents[2] / "docs" / "gradcheck.md").read_text()


def test_every_check_has_a_row_and_every_row_a_check():
    rows = set(re.findall(r"^(.+?)  +\d.*  ok$", PAGE, re.MULTILINE))
    names = {case.name for case in cases()}
    again = "paste what `scratchgan gradcheck` prints into docs/gradcheck.md"
    assert rows == names, again
    assert f"{len(names)} checks in float64" in PAGE, again
