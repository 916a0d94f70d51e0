"""Training in float16, with parameters, penalties and optimisers in float32."""

from dataclasses import replace

import numpy as np
import pytest

from scratchgan import recipes, tree
from scratchgan.backend import NUMPY, Backend
from scratchgan.gradcheck.noise import Noise
from scratchgan.training.draw import Draw
from scratchgan.training.precision import in_precision, require_precision
from scratchgan.training.state import initial_state, training_step


def small(name):
    recipe = recipes.get(name)
    system = recipe.build(recipe.settings(**dict(recipe.small)), recipe.small_shape)
    return system, Noise(recipe.small_shape, recipe.labels)


def gradients(system, data, state):
    """Loss and gradient of every phase at the start."""
    params = {name: player.params for name, player in state.players.items()}
    for phase in system.phases:
        draw = Draw(3, phase.name, 0, data, memory=state.memory)
        found = phase.objective(params, draw)
        leaves = tree.leaves(found.dparams)
        assert {leaf.dtype for leaf in leaves} == {np.dtype(np.float32)}
        yield found.loss, np.concatenate([leaf.ravel() for leaf in leaves])


@pytest.mark.parametrize("name", recipes.NAMES)
def test_gradients_of_every_phase_are_those_of_float32(name):
    """As far as float16 tells: losses to 2⁻⁷, gradients within an angle of 0.2.

    Rounding moves a number across a kink now and then, and its share of the gradient
    with it: 4e-4 to 0.15 of a gradient's length, 1e-3 at the median, and most of all
    where instance normalisation magnifies differences (CycleGAN) or little is left to
    round (PacGAN's generator, 3e-6).
    """
    system, data = small(name)
    state = initial_state(system, 3)
    half = in_precision(system, "float16")
    pairs = zip(
        gradients(system, data, state), gradients(half, data, state), strict=True
    )
    for (loss, exact), (found, rounded) in pairs:
        assert abs(found - loss) <= 2.0**-7 * max(1, abs(loss))
        assert not np.array_equal(exact, rounded)
        lengths = np.linalg.norm(exact) * np.linalg.norm(rounded)
        assert exact @ rounded >= np.cos(0.2) * lengths


def test_a_run_at_its_published_batch_stays_finite():
    """A critic of four layers on 256 points, penalty included."""
    recipe = recipes.get("wgan-gp-ring")
    settings = recipe.settings()
    data = recipe.load(recipe.data, settings)
    system = in_precision(recipe.build(settings, data.shape), "float16")
    state = initial_state(system, 3)
    for _ in range(4):
        state, values = training_step(system, data, 3, state)
    assert all(np.isfinite(value) for value in values.values())


def test_an_update_that_float16_does_not_know_moves_the_weights():
    """A learning rate of 10⁻⁸ beside weights of 10⁻²: float16 would stand still."""
    system, data = small("wgan-gp-mnist")
    player = system.players["generator"]
    slow = replace(player.optimizer, learning_rate=1e-8)
    players = dict(system.players) | {"generator": replace(player, optimizer=slow)}
    system = in_precision(replace(system, players=players), "float16")
    before = initial_state(system, 0)
    after, _ = training_step(system, data, 0, before)
    moved = seen = 0
    for old, new in zip(*map(weights, (before, after)), strict=True):
        assert new.dtype == np.float32
        moved += np.count_nonzero(old != new)
        seen += np.count_nonzero(old.astype(np.float16) != new.astype(np.float16))
    assert moved > 100 * seen


def weights(state):
    return tree.leaves(tree.learned(state.players["generator"].params))


def test_samples_are_made_in_float32():
    system, _ = small("wgan-gp-digits")
    half = in_precision(system, "float16")
    assert half.players == system.players
    assert half.phases != system.phases


def test_precisions_that_a_backend_has_not():
    gpu = Backend("cupy", np.asarray, np.asarray)
    for name in ("float32", "float16"):
        require_precision(name, NUMPY)
    for name in ("float32", "float16", "tf32", "bfloat16"):
        require_precision(name, gpu)
    with pytest.raises(ValueError, match=r"^--precision: expected float32, float16 w"):
        require_precision("tf32", NUMPY)
    with pytest.raises(ValueError, match=r"^--precision: expected float32, tf32, bfl"):
        require_precision("int8", gpu)
