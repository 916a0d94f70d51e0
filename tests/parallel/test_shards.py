"""A step in parts is the step of the whole batch, for every system."""

import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from coupled_systems import SHAPE, SYSTEMS, pair, smooth

from scratchgan import layers as nn
from scratchgan import recipes, tree
from scratchgan.data import load
from scratchgan.gradcheck import random_params
from scratchgan.gradcheck.noise import Noise
from scratchgan.layers.group import ALONE
from scratchgan.losses import Wasserstein
from scratchgan.parallel import shard_system
from scratchgan.parallel.shards import equal_parts
from scratchgan.penalties import GradientPenalty
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state, training_step
from scratchgan.training.system import Draw

#: A sum of n numbers in two orders differs by n u of their magnitude at most, with
#: u = 2⁻⁵³. 8 × 28 × 28 meet in the largest sums, those of MNIST's recipes, and some
#: sixteen such sums follow one another up and down a network.
TOLERANCE = 16 * (8 * 28 * 28) * 2.0**-53


def small(name, batch_size):
    """A recipe's system at small width, and the shape of its samples."""
    recipe = recipes.get(name)
    settings = build(recipe.settings, dict(recipe.small) | {"batch_size": batch_size})
    return recipe.build(settings, recipe.small_shape), recipe.small_shape


def coupled(system):
    return any(player.network.couples_batch for player in system.players.values())


COUPLED = [name for name in recipes.NAMES if coupled(small(name, 8)[0])]
NAMES = [name for name in recipes.NAMES if name not in COUPLED]


def test_batch_normalisation_couples_some_recipes():
    assert {"gan-mnist", "wgan-mnist"} <= set(COUPLED) < set(recipes.NAMES)


@cache
def found(name):
    """Any system with batches of 8 by name, and the shape of its samples."""
    return (SYSTEMS[name], SHAPE) if name in SYSTEMS else small(name, 8)


def drawn(system):
    rng = np.random.default_rng(0)
    return {
        name: random_params(player.network, player.in_shape, rng)
        for name, player in system.players.items()
    }


def gap(a, b):
    """Largest difference of a leaf, over the leaf or a thousandth of the whole tree."""
    other, floor = dict(tree.named(b)), 0.0
    for leaf in tree.leaves(a):
        floor = max(floor, 1e-3 * float(np.abs(leaf).max()))
    return max(
        float(np.abs(leaf - other[name]).max()) / max(floor, float(np.abs(leaf).max()))
        for name, leaf in tree.named(a)
    )


def gaps(system, shape, shards, params=None):
    """Differences of a step in parts from the whole one, phase by phase, by name."""
    params = drawn(system) if params is None else params
    memory = {n: tree.floats_astype(kept, float) for n, kept in system.memory.items()}
    with shard_system(system, shards) as cut:
        for whole, part in zip(system.phases, cut.phases, strict=True):
            draw = Draw(0, whole.name, 3, Noise(shape), np.float64, memory)
            a, b = whole.objective(params, draw), part.objective(params, draw)
            asked = min(shards, whole.batch_size)
            parts = equal_parts(whole.batch_size, asked) if coupled(system) else asked
            assert (part.objective is whole.objective) == (parts == 1)
            yield {
                "loss": abs(a.loss - b.loss) / abs(a.loss),
                "values": gap(
                    {k: np.array(v) for k, v in a.values.items()} | {"one": np.ones(1)},
                    {k: np.array(v) for k, v in b.values.items()} | {"one": np.ones(1)},
                ),
                "dparams": gap(a.dparams, b.dparams),
                "params": gap(a.params, b.params),
            }


@pytest.mark.parametrize("shards", [2, 3, 7, 20])
@pytest.mark.parametrize("name", NAMES)
def test_parts_of_any_size_sum_to_the_whole(name, shards):
    """In float64, also where the parts differ in size: 7 samples in 2, 3, 7 parts."""
    for each in gaps(*small(name, 7), shards):
        assert max(each.values()) <= TOLERANCE, each


@pytest.mark.parametrize("shards", [1, 2, 4])
@pytest.mark.parametrize("name", [*recipes.NAMES, *SYSTEMS])
def test_equal_parts_agree_with_the_whole(name, shards):
    """Loss, logged values, gradient and running statistics, whatever is coupled."""
    for each in gaps(*found(name), shards):
        assert max(each.values()) <= TOLERANCE, each


class Deaf(nn.BatchNorm):
    """Batch normalisation that forgets the other parts in one of its sweeps."""

    def backward_jvp(self, params, cache, *traces):
        return super().backward_jvp(params, cache._replace(group=ALONE), *traces)


def test_statistics_of_a_part_in_one_sweep_are_seen():
    """So that the comparison above can fail: by the penalty's gradient alone."""
    wrong = pair([nn.Tanh()], smooth(Deaf()), Wasserstein(), GradientPenalty())
    critic, generator = gaps(wrong, SHAPE, 2)
    assert critic["dparams"] > 1e-2
    assert max(critic["loss"], critic["params"]) <= TOLERANCE
    assert max(generator.values()) <= TOLERANCE  # no second order there


@pytest.mark.parametrize("name", [*COUPLED, *SYSTEMS])
def test_every_part_advances_the_state_to_the_same_bits(name):
    system, shape = found(name)
    params, left = drawn(system), []

    def recorded(objective):
        def call(params, draw):
            outcome = objective(params, draw)
            left.append([leaf.tobytes() for leaf in tree.leaves(outcome.params)])
            return outcome

        return call

    phases = [replace(p, objective=recorded(p.objective)) for p in system.phases]
    with shard_system(replace(system, phases=tuple(phases)), 4) as cut:
        for phase in cut.phases:
            left.clear()
            draw = Draw(0, phase.name, 0, Noise(shape), np.float64, system.memory)
            phase.objective(params, draw)
            assert len(left) == 4
            assert all(bits == left[0] for bits in left)


def test_coupled_parts_are_as_many_as_divide_the_batch():
    assert [equal_parts(50, n) for n in (1, 2, 4, 5, 9, 10, 50)] == [
        1, 2, 2, 5, 5, 10, 50,
    ]  # fmt: skip
    system, _ = small("gan-mnist", 7)
    with shard_system(system, 6) as cut:
        assert cut.phases == system.phases
    with shard_system(system, 100) as cut:
        assert [phase.objective.shards for phase in cut.phases] == [7, 7]


@pytest.mark.parametrize("name", ["wgan-gp-ring", "gan-mnist"])
def test_the_result_does_not_depend_on_timing(name):
    """Threads are exchanged every microsecond, and then as seldom as can be."""
    system, shape = small(name, 8)
    data = load("ring") if shape == (2,) else Noise(shape)
    results, usual = [], sys.getswitchinterval()
    try:
        for interval in (usual, 1e-6, 1.0, 1e-6):
            sys.setswitchinterval(interval)
            state = initial_state(system, 0)
            with shard_system(system, 4) as cut:
                for _ in range(3):
                    state, _ = training_step(cut, data, 0, state)
            results.append([leaf.tobytes() for leaf in tree.leaves(state)])
    finally:
        sys.setswitchinterval(usual)
    assert all(bits == results[0] for bits in results)


@pytest.mark.parametrize(
    "name", ["Dropout and noise, joint", "Dropout and noise, apart"]
)
def test_random_layers_draw_other_numbers_in_every_step_and_phase(name):
    system, shape = found(name)
    params = drawn(system)
    first, second = (
        [
            phase.objective(
                params, Draw(0, phase.name, count, Fixed(shape), np.float64)
            )
            for phase in system.phases
        ]
        for count in (0, 1)
    )
    for a, b in zip(first, second, strict=True):
        assert a.loss != b.loss


class Fixed(Noise):
    """The same samples at every step."""

    def batch(self, seed, index, size):
        return super().batch(seed, 0, size)


class BreaksError(Exception):
    pass


@pytest.mark.parametrize("name", ["gan-mnist", "wgan-gp-ring"])
def test_an_error_in_one_part_comes_out_of_the_step(name):
    system, shape = small(name, 8)

    def breaking(objective):
        def call(params, draw):
            if getattr(draw, "start", 0) == 4:
                raise BreaksError("in the third of four parts")
            return objective(params, draw)

        return call

    phases = tuple(replace(p, objective=breaking(p.objective)) for p in system.phases)
    with shard_system(replace(system, phases=phases), 4) as cut:
        for phase in cut.phases:
            draw = Draw(0, phase.name, 0, Noise(shape), np.float64)
            with pytest.raises(BreaksError, match="third of four"):
                phase.objective(drawn(system), draw)
