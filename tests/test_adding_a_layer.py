"""docs/adding-a-layer.md: its layer is right, its remark on a wrong sign is true."""

import re
from pathlib import Path

from scratchgan.gradcheck import check_layer
from scratchgan.gradcheck.cases import TOLERANCE, check_case
from scratchgan.gradcheck.registry import LayerCase

PAGE = (Path(__file__).parents[1] / "docs" / "adding-a-layer.md").read_text()
FILE, CHECKS, LINE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def module(source):
    names = {"__name__": "snake", "LayerCase": LayerCase}
    exec(source, names)
    return names


def test_the_blocks_run_and_the_layer_passes(capsys):
    names = module(FILE)
    exec(CHECKS, names)
    assert "LayerErrors" in capsys.readouterr().out
    errors = check_case(eval(LINE, names))
    assert max(errors.values()) < TOLERANCE


def test_a_wrong_sign_shows_in_one_column():
    right = "tdx = 2 * params.a * c * tx * dy"
    assert FILE.count(right) == 1
    Snake = module(FILE.replace(right, right.replace("2 *", "-2 *")))["Snake"]
    errors = check_layer(Snake(), (4, 3))._asdict()
    assert errors.pop("backward_jvp") > 1
    assert max(errors.values()) < TOLERANCE


def test_the_file_keeps_to_the_width():
    assert max(len(line) for line in FILE.splitlines()) <= 88
