"""Every displayed formula is true, and is evaluated by exactly one entry.

A formula without an entry, or an entry whose formula is displayed nowhere (because the
docstring was changed, say), fails: neither can drift from the other.
"""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from derivations.proofs import PROOFS, TOLERANCE
from scratchgan import layers as nn
from scratchgan.explain.families import FAMILIES
from scratchgan.explain.formulas import displayed, docstring

for _file in Path(__file__).parent.glob("*.py"):
    if _file.stem not in ("proofs", "test_formulas"):
        import_module(f"derivations.{_file.stem}")

MODULES = [module for family in FAMILIES for module in family.modules]
every_proof = pytest.mark.parametrize(
    "key", PROOFS, ids=[f"{module}: {text}" for module, text in PROOFS]
)


def gap(proof, scene):
    """Largest difference between sides, relative to the largest entry."""
    sides = proof.evaluate(scene)
    scale = max(np.abs(side).max() for side in sides)
    gaps = [np.abs(np.subtract(side, sides[0])).max() for side in sides[1:]]
    return max(gaps) / scale if scale else max(gaps)


@every_proof
def test_both_sides_agree(key):
    proof = PROOFS[key]
    sides = proof.evaluate(proof.scene())
    assert len(sides) >= 2
    assert len({side.shape for side in sides}) == 1
    assert gap(proof, proof.scene()) <= TOLERANCE


@every_proof
def test_the_sides_are_not_one_array_nor_all_zero(key):
    proof = PROOFS[key]
    left, *others = proof.evaluate(proof.scene())
    assert not any(np.shares_memory(left, other) for other in others)
    assert np.abs(left).max() > 1e-3 or key[1].endswith("= 0")


@pytest.mark.parametrize("module", MODULES)
def test_every_displayed_formula_has_an_evaluator(module):
    shown = {formula.text for formula in displayed(docstring(module))}
    missing = [text for text in shown if (module, text) not in PROOFS]
    assert not missing, f"{module}: enter in tests/derivations/: {missing}"


def test_every_evaluator_has_its_formula_displayed():
    shown = {(m, f.text) for m in MODULES for f in displayed(docstring(m))}
    stray = [
        f"{module}: {text}" for module, text in PROOFS if (module, text) not in shown
    ]
    assert not stray, f"displayed nowhere; change or remove: {stray}"


@pytest.mark.parametrize(
    ("owner", "name", "wrong", "seen"),
    [
        (nn.Tanh, "f2", lambda self, kept: 2 * kept * (1 - kept * kept), "tdx = f″"),
        (nn.Tanh, "f1", lambda self, kept: 1 - kept, "dx = f′"),
        (nn.Crop, "adjoint", lambda self, dy, shape: np.ones((2, *shape)), "dx = Aᵀ"),
        (nn.Dense, "_db", lambda self, dy: dy.mean(axis=0), "db = Σₙ dy"),
        (nn.Dense, "jvp", lambda self, p, cache, tx: (-tx @ p.W, tx), "ty = tx W"),
    ],
)
def test_a_wrong_verb_is_seen_by_its_formula(monkeypatch, owner, name, wrong, seen):
    monkeypatch.setattr(owner, name, wrong)
    module = owner.__module__.removeprefix("scratchgan.")
    (proof,) = (p for (m, t), p in PROOFS.items() if m == module and t.startswith(seen))
    assert gap(proof, proof.scene.__wrapped__()) > 1e-3


def test_a_changed_docstring_is_seen_in_both_directions(monkeypatch):
    doc = nn.dense.__doc__
    monkeypatch.setattr(nn.dense, "__doc__", doc.replace("dy Wᵀ", "W dy", 1))
    with pytest.raises(AssertionError, match=r"enter in tests.*dx = W dy"):
        test_every_displayed_formula_has_an_evaluator("layers.dense")
    with pytest.raises(AssertionError, match=r"displayed nowhere.*dx = dy Wᵀ"):
        test_every_evaluator_has_its_formula_displayed()
