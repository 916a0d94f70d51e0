import numpy as np
import pytest

from scratchgan import recipes, tree
from scratchgan.data import load
from scratchgan.gradcheck import random_params
from scratchgan.parallel import shard_system
from scratchgan.training.state import initial_state, training_step
from scratchgan.training.system import Draw

COUPLED = ("gan-mnist", "wgan-mnist")  # by batch normalisation
NAMES = [name for name in recipes.NAMES if name not in COUPLED]


def small(name):
    recipe = recipes.get(name)
    values = dict(recipe.small) | {"batch_size": 7}
    return recipe.build(recipe.settings(**values), recipe.small_shape), recipe


class Noise:
    name = "noise"

    def __init__(self, shape):
        self.shape = shape

    def batch(self, seed, index, size):
        rng = np.random.default_rng([seed, index])
        return rng.random((size, *self.shape)).astype(np.float32)


@pytest.mark.parametrize("shards", [2, 3, 7, 20])
@pytest.mark.parametrize("name", NAMES)
def test_parts_sum_to_the_whole(name, shards):
    """In float64, also where the parts differ in size: 7 samples in 2, 3, 7 parts."""
    system, recipe = small(name)
    rng = np.random.default_rng(0)
    params = {
        name: random_params(player.network, player.in_shape, rng)
        for name, player in system.players.items()
    }
    with shard_system(system, shards) as cut:
        for whole, part in zip(system.phases, cut.phases, strict=True):
            draw = Draw(0, whole.name, 3, Noise(recipe.small_shape), np.float64)
            a, b = whole.objective(params, draw), part.objective(params, draw)
            assert part.objective is not whole.objective
            assert b.loss == pytest.approx(a.loss, rel=1e-12)
            assert b.values == pytest.approx(a.values, rel=1e-12)
            found = dict(tree.named(b.dparams))
            for leaf_name, leaf in tree.named(a.dparams):
                np.testing.assert_allclose(
                    found[leaf_name], leaf, rtol=1e-9, atol=1e-12
                )


@pytest.mark.parametrize("name", COUPLED)
def test_a_system_that_couples_the_batch_runs_whole(name):
    system, _ = small(name)
    with shard_system(system, 4) as cut:
        assert cut.phases == system.phases


def test_the_result_does_not_depend_on_timing():
    system, _ = small("wgan-gp-ring")
    data = load("ring")
    results = []
    for _ in range(3):
        state = initial_state(system, 0)
        with shard_system(system, 3) as cut:
            for _ in range(4):
                state, _ = training_step(cut, data, 0, state)
        results.append([leaf.tobytes() for leaf in tree.leaves(state)])
    assert results[0] == results[1] == results[2]
