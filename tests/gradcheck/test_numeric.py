"""The checks themselves: they converge as they should, and they can fail."""

from dataclasses import dataclass

import numpy as np
import pytest

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import check_layer, numeric
from scratchgan.gradcheck.cases import TOLERANCE
from scratchgan.gradcheck.numeric import (
    difference,
    gradient_error,
    inner,
    norm,
    relative_error,
)


def test_the_error_of_a_central_difference_falls_with_the_square_of_its_step():
    x, u = np.linspace(-1, 1, 7), np.linspace(1, 2, 7)
    exact = np.cos(x) * u
    errors = [relative_error(exact, difference(np.sin, x, u, h)) for h in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.01)


def test_bilinear_layers_need_no_small_step():
    """Truncation is exactly zero where f‴ is: a step of one leaves rounding alone."""
    for layer, shape in ((nn.Dense(3), (4,)), (nn.Conv2d(2, 3, 2, 1), (5, 4, 2))):
        assert max(check_layer(layer, shape, steps=(1.0,))) < 1e-13


def test_norms_and_products_over_trees():
    a, b = [np.array([3.0]), (np.array([4.0]),)], [np.array([1.0]), None]
    assert norm(a) == 5
    assert norm(None) == 0
    assert inner(a, b) == 3


def test_not_a_number_is_an_infinite_error():
    assert relative_error(np.array([np.nan]), np.array([1.0])) == np.inf
    assert relative_error(None, None) == 0
    rng = np.random.default_rng(0)
    x = np.ones(2)
    assert (
        gradient_error(lambda a: float(a.sum()), x, np.full(2, np.nan), rng) == np.inf
    )
    assert gradient_error(lambda a: float("nan"), x, np.ones(2), rng) == np.inf


def test_a_missing_gradient_is_a_wrong_one():
    rng = np.random.default_rng(0)
    params = [np.ones(2), np.ones(2)]

    def f(p):
        return float(p[0].sum() + 2 * p[1].sum())

    right = [np.ones(2), np.full(2, 2.0)]
    assert gradient_error(f, params, right, rng) < 1e-9
    assert gradient_error(f, params, [right[0], None], rng) > 0.1


@dataclass(frozen=True)
class Wrong(nn.Dense):
    """A Dense layer with one defect."""

    defect: str = ""

    def backward(self, params, cache, dy, wrt="all"):
        dx, dparams, dcache = super().backward(params, cache, dy, wrt)
        if self.defect == "sign of dx":
            dx = -dx
        assert dparams is not None
        if self.defect == "bias left out":
            dparams = dparams._replace(b=None)
        if self.defect == "mean for sum":
            dparams = dparams._replace(b=dy.mean(axis=0))
        return dx, dparams, dcache

    def jvp(self, params, cache, tx):
        ty, tcache = super().jvp(params, cache, tx)
        return (ty + params.b, tcache) if self.defect == "bias in jvp" else (ty, tcache)

    def backward_jvp(self, params, cache, dcache, tcache, tdy=None, wrt="all"):
        if self.defect == "reverse sweep missing":
            tdy = None
        tdx, tdparams = super().backward_jvp(params, cache, dcache, tcache, tdy, wrt)
        if self.defect == "not a number":
            assert tdparams is not None
            tdparams = tdparams._replace(W=np.nan * tdparams.W)
        if self.defect == "tx term missing" and tdy is not None:
            assert tdparams is not None
            tdparams = tdparams._replace(W=cache.T @ tdy)
        return tdx, tdparams


@pytest.mark.parametrize(
    ("defect", "verbs"),
    [
        ("", set()),
        ("sign of dx", {"backward", "adjoint", "backward_jvp"}),
        ("bias left out", {"params", "params_jvp"}),
        ("mean for sum", {"params", "params_jvp"}),
        ("bias in jvp", {"jvp", "adjoint"}),
        ("reverse sweep missing", {"backward_jvp", "params_jvp"}),
        ("tx term missing", {"params_jvp"}),
        ("not a number", {"params_jvp"}),
    ],
)
def test_every_defect_shows_in_its_own_verbs(defect, verbs):
    errors = check_layer(Wrong(3, defect=defect), (4,))
    assert {v for v, e in errors._asdict().items() if e > TOLERANCE} == verbs
    assert all(e > 1e-3 for v, e in errors._asdict().items() if v in verbs)


@pytest.mark.parametrize("layer", [nn.Tanh(), nn.Softplus(), nn.LayerNorm()], ids=repr)
def test_a_second_derivative_left_out_is_caught(layer, monkeypatch):
    """What the nearest neighbour of this library gets wrong."""

    def without(self, params, cache, dcache, tcache, tdy=None, wrt="all"):
        if tdy is None:
            return None, ()
        dx, dparams, _ = self.backward(params, cache, tdy, wrt)
        return dx, dparams

    monkeypatch.setattr(type(layer), "backward_jvp", without)
    assert check_layer(layer, (5,)).backward_jvp > 0.1


def test_shifting_leaves_alone_what_has_no_direction():
    moved = numeric.shift([np.zeros(1), np.zeros(1)], [np.ones(1), None], 0.5)
    assert [leaf.item() for leaf in tree.leaves(moved)] == [0.5, 0]
