import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console
from runs import scratchgan

from scratchgan.cli.explain import explain_command, fold, print_code, print_derivation
from scratchgan.explain.families import FAMILIES
from scratchgan.explain.formulas import docstring
from scratchgan.explain.subjects import find, in_family
from scratchgan.layers import Softplus


def test_derivation_code_and_errors_are_printed():
    done = scratchgan("explain", "softplus")
    assert done.returncode == 0
    assert "backward_jvp   tdx = f″(x) tx dy + f′(x) tdy" in done.stdout
    assert "inherited from Smooth" in done.stdout
    assert "return self._slope_times(cache, tx), tx" in done.stdout
    assert "return self.f1(cache) * u" in done.stdout
    assert re.search(r"Softplus( +\de[-+]\d\d){6} +ok", done.stdout)
    assert "Dense" not in done.stdout


def test_without_a_name_all_are_listed():
    done = scratchgan("explain")
    assert done.returncode == 0
    for family in FAMILIES:
        assert family.title in done.stdout
        for subject in in_family(family):
            assert subject.name in done.stdout


def test_unknown_names_are_one_line():
    done = scratchgan("explain", "Sofplus")
    assert done.returncode == 2
    assert done.stderr == (
        "scratchgan: NAME: unknown 'Sofplus'; did you mean 'Softplus'?\n"
    )


def test_a_wrong_formula_is_seen_now(monkeypatch, capsys):
    monkeypatch.setattr(Softplus, "f2", lambda self, kept: kept * kept)
    assert not explain_command("Softplus")
    assert "1 FAILED: Softplus" in capsys.readouterr().out


def rendered(width, terminal, show, name):
    console = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, record=True
    )
    show(console, find(name))
    return console.export_text(styles=False)


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_word_of_a_derivation_is_shown_at_any_width(family, terminal):
    for module in family.modules:
        words = docstring(module)
        if terminal:  # where emphasis is shown, and not its marks
            words = re.sub(r"\*\*|`", "", words)
        for width in (60, 80, 120, 200):
            text = rendered(width, terminal, print_derivation, module.split(".")[1])
            assert text.split("\n", 1)[1].split() == words.split()


def test_verbs_stand_side_by_side_where_there_is_room():
    narrow = rendered(80, False, print_code, "BatchNorm").splitlines()
    wide = rendered(200, False, print_code, "BatchNorm").splitlines()
    assert not any("forward(" in line and "backward(" in line for line in narrow)
    assert any("forward(" in line and "backward(" in line for line in wide)
    assert len(wide) < len(narrow)
    assert max(map(cell_len, wide)) <= 200


def test_wide_lines_fold_between_cells_below_the_first_formula():
    line = "    backward       dx  = dy Wᵀ          dW  = xᵀ dy          db  = Σₙ dy"
    assert list(fold(line, 80)) == [line]
    assert list(fold(line, 60)) == [
        "    backward       dx  = dy Wᵀ          dW  = xᵀ dy",
        "                   db  = Σₙ dy",
    ]
    assert list(fold("    v = a          r = b", 18)) == ["    v = a", "    r = b"]
