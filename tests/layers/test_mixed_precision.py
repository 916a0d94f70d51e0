"""Scales that are powers of two, found anew in every sweep, and undone exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import random_params
from scratchgan.parallel.threads import together

HALF = 2.0**-11  # the largest relative rounding of float16


def critic():
    return nn.Sequential([nn.Dense(6), nn.Tanh(), nn.Dense(2)])


class Scene:
    """A layer, its parameters, and float32 arguments of every sweep."""

    def __init__(self, layer, in_shape=(4,), batch=5):
        rng = np.random.default_rng(0)
        self.params = tree.astype(random_params(layer, in_shape, rng), np.float32)
        self.layer, self.mixed = layer, nn.MixedPrecision(layer)
        self.x, self.tx = rng.normal(size=(2, batch, *in_shape)).astype(np.float32)
        y, self.cache = self.mixed.forward(self.params, self.x)
        self.dy, self.tdy = rng.normal(size=(2, *y.shape)).astype(np.float32)

    def sweeps(self, layer, cache, dy, tx, tdy=None):
        """dx, dparams, ty, tdx, tdparams as one vector."""
        dx, dparams, dcache = layer.backward(self.params, cache, dy)
        ty, tcache = layer.jvp(self.params, cache, tx)
        tdx, tdparams = layer.backward_jvp(self.params, cache, dcache, tcache, tdy)
        return dx, dparams, ty, tdx, tdparams


@given(st.integers(-90, 60), st.integers(-90, 60))
def test_powers_of_two_pass_through_every_sweep(first, second):
    """Bit for bit: none is rounded, and float32 reaches further than all of them."""
    s = Scene(critic())
    a, b = np.float32(2.0**first), np.float32(2.0**second)
    found = s.sweeps(s.mixed, s.cache, s.dy * a, s.tx * b)
    once = s.sweeps(s.mixed, s.cache, s.dy, s.tx)
    both = np.float64(2.0) ** (first + second)
    for scaled, plain, factor in zip(found, once, (a, a, b, both, both), strict=True):
        for left, right in zip(tree.leaves(scaled), tree.leaves(plain), strict=True):
            expected = (right * np.float64(factor)).astype(np.float32)
            tiny = np.abs(expected) < np.finfo(np.float32).tiny  # rounded on their own
            np.testing.assert_array_equal(left[~tiny], expected[~tiny])


def test_cotangents_that_float16_does_not_know_are_not_lost():
    s = Scene(critic())
    small = s.dy * np.float32(1e-12)
    assert not small.astype(np.float16).any()
    dx, dparams, _ = s.mixed.backward(s.params, s.cache, small)
    _, cache = s.layer.forward(s.params, s.x)
    exact = s.layer.backward(s.params, cache, small)
    for found, right in zip(tree.leaves((dx, dparams)), tree.leaves(exact[:2]),
                            strict=True):  # fmt: skip
        assert found.dtype == np.float32
        # three products of sums of up to six terms, each rounded once
        gap = np.abs(found - right).max() / np.abs(right).max()
        assert 0 < gap < 32 * HALF


def test_a_large_tangent_of_the_cotangent_does_not_drown_the_rest():
    """Tdy is 2⁴⁰ times as large as what the first two sweeps make of dy and tx."""
    s = Scene(critic())
    tdy = s.tdy * np.float32(2.0**40)
    found = s.sweeps(s.mixed, s.cache, s.dy, s.tx, tdy)
    alone = s.mixed.backward(s.params, s.cache, tdy)[0]
    assert np.isfinite(found[3]).all()
    assert np.abs(found[3] - alone).max() <= np.abs(alone).max() * 2.0**-24


@pytest.mark.parametrize("value", [0.0, 1e-45, 1e37, np.inf, np.nan])
def test_zeros_and_what_is_not_finite_stay_so_and_nothing_else_becomes_it(value):
    s = Scene(nn.Dense(2))
    with np.errstate(invalid="ignore"):
        dx, *_ = s.mixed.backward(s.params, s.cache, np.full_like(s.dy, value))
    assert (np.isfinite(dx) == np.isfinite(value)).all()
    assert value or not dx.any()


@pytest.mark.parametrize("shrunk", [1, 2.0**-30])
def test_members_of_a_group_carry_numbers_of_one_size(shrunk):
    """A smaller member's own scale would spoil the sums of all."""
    layer = nn.Sequential([nn.Dense(3), nn.BatchNorm()])
    s = Scene(layer, batch=8)
    s.mixed = nn.MixedPrecision(layer, "float64")
    dy = np.random.default_rng(1).normal(size=(8, 3))
    dy[4:] *= shrunk
    _, cache = layer.forward(s.params, s.x.astype(np.float64))
    whole, *_ = layer.backward(s.params, cache, dy)

    def part(group):
        rows = slice(4 * group.rank, 4 * group.rank + 4)
        _, mine = s.mixed.forward(s.params, s.x[rows], nn.Context(group=group))
        return s.mixed.backward(s.params, mine, dy[rows])[0]

    found = np.concatenate(together(2, part))
    np.testing.assert_allclose(found, whole, rtol=0, atol=1e-12 * np.abs(whole).max())


@pytest.mark.parametrize(
    ("layer", "shape", "batch"),
    [(nn.Conv2d(1, 4, 1, 1), (31, 31, 8), 64), (nn.Dense(1), (3,), 4096)],
)
def test_sums_of_equal_terms_do_not_overflow(layer, shape, batch):
    """Nothing cancels in 60,000 pixels, or in 4,096 samples with tangents of a size."""
    params, _ = layer.init(np.random.default_rng(0), shape)
    params = tree.astype(params, np.float32)
    x = np.ones((batch, *shape), np.float32)
    mixed = nn.MixedPrecision(layer)
    y, cache = mixed.forward(params, x)
    _, dparams, dcache = mixed.backward(params, cache, np.full_like(y, 3e-5))
    _, tcache = mixed.jvp(params, cache, np.full_like(x, 1e-3))
    _, tdparams = mixed.backward_jvp(params, cache, dcache, tcache, wrt="params")
    db = y.size * 3e-5
    np.testing.assert_allclose(dparams.b, db, rtol=2 * HALF)
    np.testing.assert_allclose(tdparams.W.max(), dparams.W.max() * 1e-3, rtol=4 * HALF)


def test_running_statistics_are_wide():
    """A variance of 90,000 is none of float16's numbers."""
    layer = nn.MixedPrecision(nn.BatchNorm())
    params, _ = layer.init(np.random.default_rng(0), (3,))
    params = tree.astype(params, np.float32)
    x = 300 * np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
    _, cache = layer.forward(params, x)
    state = layer.advance(params, cache).state
    assert {leaf.dtype for leaf in state.values()} == {np.dtype(np.float32)}
    moved = 0.9 + 0.1 * x.var(0, ddof=1)
    np.testing.assert_allclose(state["variance"], moved, rtol=2 * HALF)


def test_zeros_cost_no_sweep_and_stay_zeros():
    s = Scene(critic())
    assert s.mixed.backward(s.params, s.cache, None)[:2] == (None, None)
    ty, tcache = s.mixed.jvp(s.params, s.cache, None)
    assert ty is None
    dx, dparams, dcache = s.mixed.backward(s.params, s.cache, s.dy)
    found = s.mixed.backward_jvp(s.params, s.cache, dcache, tcache, s.dy)
    for left, right in zip(tree.leaves(found), tree.leaves((dx, dparams)), strict=True):
        np.testing.assert_array_equal(left, right)
    assert s.mixed.backward_jvp(s.params, s.cache, dcache, tcache) == (None, None)


def test_labels_stay_integers():
    layer = nn.MixedPrecision(nn.Embedding(3, 4))
    params, _ = layer.init(np.random.default_rng(0), ())
    y, cache = layer.forward(params, np.array([0, 2]))
    dx, dparams, _ = layer.backward(params, cache, y)
    assert y.dtype == np.float64
    assert dx is None
    assert tree.leaves(dparams)[0].dtype == np.float64
