import ast
import importlib
import pkgutil
import textwrap

import pytest

import scratchgan.layers
import scratchgan.losses
import scratchgan.optim
import scratchgan.penalties
from scratchgan import layers as nn
from scratchgan.explain.code import panes
from scratchgan.explain.families import CHECKED_BY, FAMILIES
from scratchgan.explain.formulas import displayed, docstring
from scratchgan.explain.subjects import checks, find, in_family
from scratchgan.gradcheck.cases import cases

PACKAGES = (
    scratchgan.layers,
    scratchgan.losses,
    scratchgan.penalties,
    scratchgan.optim,
)
MODULES = [
    f"{package.__name__.split('.')[1]}.{found.name}"
    for package in PACKAGES
    for found in pkgutil.iter_modules(package.__path__)
]
SUBJECTS = [subject for family in FAMILIES for subject in in_family(family)]
every_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda s: s.name)


def test_every_module_that_displays_a_formula_is_in_one_family():
    listed = [module for family in FAMILIES for module in family.modules]
    assert len(set(listed)) == len(listed)
    assert set(listed) <= set(MODULES)
    homeless = [m for m in MODULES if displayed(docstring(m)) and m not in listed]
    assert not homeless, f"enter in explain/families.py: {homeless}"


def test_every_public_layer_loss_and_penalty_can_be_explained():
    named = {subject.name for subject in SUBJECTS}
    layers = {
        name
        for name in nn.__all__
        if isinstance(getattr(nn, name), type)
        and issubclass(getattr(nn, name), nn.Layer)
    }
    assert layers | {"BinaryCrossEntropy", "Wasserstein", "GradientPenalty"} <= named


@every_subject
def test_every_subject_has_code_and_is_checked(subject):
    assert find(subject.name.upper()) == subject
    assert any(panes(each) for each in subject.objects)
    assert checks(subject) or subject.family.name == "optimisers"


def test_case_and_separators_do_not_matter():
    assert find("layer_norm").name == find("layer-norm").name == "LayerNorm"
    assert find("standardize").module == "layers.standardize"
    assert find("activations").name == "activations"


def test_unknown_names_get_the_nearest():
    for typed in ("sofplus", "Softpls", "SOFTPLUSS"):
        with pytest.raises(ValueError, match=r"unknown .*; did you mean 'Softplus'\?"):
            find(typed)
    with pytest.raises(ValueError, match=r"unknown 'xyzzy'$"):
        find("xyzzy")


def test_names_of_checks_exist():
    for module, names in CHECKED_BY.items():
        importlib.import_module(f"scratchgan.{module}")
        for name in names:
            assert any(case.name.split()[0] == name for case in cases()), name


def test_code_is_that_of_the_verbs_own_ones_first():
    found = panes(nn.Tanh)
    assert [pane.owner for pane in found] == ["Tanh"] * 3 + ["Smooth"] * 5
    signatures = [pane.signature.split("(")[0] for pane in found]
    verbs = ["forward", "backward", "jvp", "backward_jvp"]
    assert signatures[3:] == [*verbs, "_slope_times"]
    assert found[1].body == "return 1 - kept * kept  # 1 − y²"
    assert found[4].signature == "backward(params, cache, dy, wrt)"


@every_subject
def test_every_pane_is_python_and_says_where_it_stands(subject):
    for each in subject.objects:
        for pane in panes(each):
            ast.parse("def f():\n" + textwrap.indent(pane.body, "    "))
            path, line = pane.place.split(":")
            file = importlib.import_module("scratchgan").__path__[0] + path[10:]
            name = pane.signature.split("(")[0]
            with open(file) as lines:
                assert f"def {name}(" in list(lines)[int(line) - 1]
