import numpy as np
import pytest

from scratchgan import losses, penalties, recipes, tree
from scratchgan.gradcheck import cases as registry
from scratchgan.gradcheck.cases import cases
from scratchgan.penalties import GradientPenalty, penalty_gradient
from scratchgan.training.settings import build

CASES = list(cases())


def test_every_recipe_has_its_networks_steps_and_penalty_checked():
    names = {case.name for case in CASES}
    for name in recipes.NAMES:
        recipe = recipes.get(name)
        settings = build(recipe.settings, recipe.small)
        system = recipe.build(settings, recipe.small_shape)
        expected = {f"{phase.name} step" for phase in system.phases} | set(
            system.players
        )
        expected |= {f"{p} penalty" for p in system.players if p != system.generator}
        assert {f"{name} {what}" for what in expected} <= names


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.kind != "layer"], ids=lambda c: c.name
)
def test_passes(case):
    errors = case.run()
    assert case.passes(errors), errors


def test_no_penalty_check_is_empty(monkeypatch):
    """Each penalty has a value and a gradient where it is checked: it could fail."""
    seen = []

    def spy(network, params, x, penalty, steps, **at):
        found = penalty_gradient(network, params, x, penalty, **at)
        largest = max(np.abs(a).max() for a in tree.leaves(found.dparams))
        own = getattr(penalty, "penalty", penalty)  # of one of several inputs
        seen.append((own, found.value, largest))
        return 0.0

    monkeypatch.setattr(registry, "check_penalty_gradient", spy)
    asked = [case for case in CASES if case.kind == "penalty"]
    for case in asked:
        case.run()
    assert len(seen) >= len(asked) - len(registry.PENALTIES)  # those of g alone
    for penalty, value, largest in seen:
        if isinstance(penalty, GradientPenalty):  # on both sides of its target
            assert value.norm.min() < 0.99
            assert value.norm.max() > 1.01
        assert value.norm.std() > 0.01 * value.norm.mean()
        assert largest > 1e-3


def test_a_verdict_of_not_a_number_is_no_pass():
    assert not CASES[0].passes({"jvp": float("nan")})
    assert not CASES[0].passes({"jvp": 1e-9, "adjoint": 1e-11})
    assert not CASES[0].passes({"jvp": 1e-8, "adjoint": 1e-13})  # Dense is bilinear
    assert CASES[0].passes({"jvp": 1e-9, "adjoint": 1e-13})


def test_every_public_loss_and_penalty_is_checked():
    checked = {case.name.split()[0].rstrip(",") for case in CASES}
    assert {"BinaryCrossEntropy", "Wasserstein"} <= checked
    abstract = {"AdversarialLoss", "DiscriminatorLoss", "GeneratorLoss"}
    abstract |= {"ClassLoss", "DistanceLoss"}
    abstract |= {"Penalty", "PenaltyValue", "PenaltyGradient", "OnInput"}
    for module in (losses, penalties):
        classes = {n for n in module.__all__ if isinstance(getattr(module, n), type)}
        assert classes - abstract <= checked
