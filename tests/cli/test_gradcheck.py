import json

from runs import scratchgan

from scratchgan.cli.gradcheck import chosen, gradcheck_command
from scratchgan.gradcheck.cases import ADJOINT_TOLERANCE, TOLERANCE, cases
from scratchgan.layers import Softplus


def test_without_names_every_row_is_checked():
    names = [case.name for case in chosen([])]
    assert names == [case.name for case in cases()]
    assert len(set(names)) == len(names)


def test_rows_are_told_in_json():
    done = scratchgan("gradcheck", "--json", "dense", "R1", "gan-ring")
    assert done.returncode == 0
    rows = json.loads(done.stdout)
    assert {row["kind"] for row in rows} == {"layer", "penalty", "network", "objective"}
    for row in rows:
        assert row["passed"]
        for verb, error in row["errors"].items():
            assert error <= (ADJOINT_TOLERANCE if verb == "adjoint" else TOLERANCE)


def test_names_choose_rows_and_unknown_ones_get_the_nearest():
    done = scratchgan("gradcheck", "softplus", "wgan-gp-ring")
    assert done.returncode == 0
    assert "Softplus" in done.stdout
    assert "wgan-gp-ring critic step" in done.stdout
    assert "Dense" not in done.stdout
    done = scratchgan("gradcheck", "Sofplus")
    assert done.returncode == 2
    assert "did you mean 'Softplus'" in done.stderr


def test_a_wrong_formula_fails(monkeypatch, capsys):
    monkeypatch.setattr(Softplus, "f2", lambda self, kept: kept * kept)
    assert not gradcheck_command(["Softplus"], as_json=False)
    assert "1 FAILED: Softplus" in capsys.readouterr().out


def test_recipes_lists_all_with_their_settings():
    printed = scratchgan("recipes").stdout
    for name in ("wgan-gp-digits", "wgan-mnist", "wgan-gp-ring"):
        assert name in printed
    assert "gp_weight=0.1" in printed
    assert "clip=0.01" in printed
