"""PacGAN's packs: what is in one, whole and in parts, and the gradient through it."""

import numpy as np
import pytest

from scratchgan import recipes, tree
from scratchgan.data import load
from scratchgan.gradcheck import random_params
from scratchgan.layers import Conv2d, Dense, Flatten, Sequential, Tanh
from scratchgan.losses import BinaryCrossEntropy
from scratchgan.metrics import mixture_modes
from scratchgan.training.adversarial import Pair
from scratchgan.training.finite import NonFiniteError
from scratchgan.training.packing import Packing
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state, training_step
from scratchgan.training.steps import generator_step

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(2,), (4, 5, 3), (6, 2)])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_pack_holds_its_samples_side_by_side(shape, size):
    x, packing = RNG.normal(size=(6, *shape)), Packing(size)
    packs = packing.pack(x)
    assert packs.shape == (6 // size, *packing.shape(shape))
    for i, pack in enumerate(packs):
        side_by_side = np.concatenate(list(x[size * i : size * (i + 1)]), axis=-1)
        np.testing.assert_array_equal(pack, side_by_side)
    np.testing.assert_array_equal(packing.unpack(packs), x)


def test_unpack_is_the_adjoint_of_pack():
    x, dy = RNG.normal(size=(6, 3, 2)), RNG.normal(size=(2, 3, 6))
    packing = Packing(3)
    left, right = (dy * packing.pack(x)).sum(), (packing.unpack(dy) * x).sum()
    np.testing.assert_allclose(left, right, rtol=1e-13)


def test_the_generator_learns_through_packs():
    """The gradient is that of one loss of both samples of a pack, by differences."""
    generator = Sequential([Dense(18), Tanh()])
    net = Sequential([Flatten(), Dense(4), Tanh(), Dense(1)])
    own = random_params(generator, (3,), RNG)
    params, z = random_params(net, (36,), RNG), RNG.normal(size=(4, 3))
    loss, packing = BinaryCrossEntropy(), Packing(2)

    def value(own):
        return generator_step(
            generator, own, net, params, z, loss, packing=packing
        ).loss

    step = generator_step(generator, own, net, params, z, loss, packing=packing)
    u, h = RNG.normal(size=own[0].W.shape), 1e-5
    ahead, behind = (
        value([own[0]._replace(W=own[0].W + sign * h * u), ()]) for sign in (1, -1)
    )
    along = (step.dparams[0].W * u).sum()
    assert along == pytest.approx((ahead - behind) / (2 * h), rel=1e-7)


def test_errors_name_the_packing():
    with pytest.raises(ValueError, match="packing: expected at least 1, received 0"):
        Packing(0)
    with pytest.raises(ValueError, match=r"expected a multiple of 2 samples, rec.* 3"):
        Packing(2).pack(np.zeros((3, 2)))
    net = Sequential([Conv2d(1, 3)])
    with pytest.raises(ValueError, match="a multiple of packing = 3, received 8"):
        Pair(net, net, BinaryCrossEntropy(), 2, 8, packing=Packing(3))
    recipe = recipes.get("pacgan-ring")
    with pytest.raises(ValueError, match=r"takes samples of shape \(2,\)"):
        recipe.build(recipe.settings(), (28, 28, 1))


def test_modes_are_counted_as_in_the_tables():
    centres = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = np.array([[0.0, 2.9], [0.1, 0.0], [10.0, 3.1], [5.0, 5.0]])
    found = mixture_modes(points, centres, std=1.0)
    assert found.covered == 1
    assert found.quality == 0.5
    ring = load("ring")
    assert mixture_modes(ring.batch(0, 0, 500), centres, 1.0).covered == 1


def test_a_run_on_mixtures_measures_its_modes_and_others_nothing():
    recipe = recipes.get("pacgan-ring")
    system = recipe.build(build(recipe.settings, recipe.small), (2,))
    state, _ = training_step(system, load("ring"), 0, initial_state(system, 0))
    values = system.measure(state, load("ring"), 0)
    assert 0 <= values["modes"] <= 8
    assert 0 <= values["high_quality"] <= 1
    assert 0 <= values["reverse_kl"] <= np.log(8)
    assert system.measure(state, load("swissroll"), 0) == {}


def test_points_that_are_not_finite_stop_a_run():
    recipe = recipes.get("pacgan-ring")
    system = recipe.build(build(recipe.settings, recipe.small), (2,))
    state = initial_state(system, 0)
    player = state.players["generator"]
    params = tree.map(lambda leaf: leaf * np.float32(1e38), player.params)
    players = state.players | {"generator": player._replace(params=params)}
    with (
        np.errstate(over="ignore", invalid="ignore"),
        pytest.raises(NonFiniteError, match="step 0: a generated point is not finite"),
    ):
        system.measure(state._replace(players=players), load("ring"), 0)
