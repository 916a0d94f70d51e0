"""CycleGAN's phases against the same equations written out network by network."""

from functools import partial

import numpy as np
import pytest

from scratchgan import recipes, tree
from scratchgan.data.unaligned import Unaligned
from scratchgan.gradcheck.cases import NETWORK_STEPS, TOLERANCE
from scratchgan.gradcheck.losses import check_phase
from scratchgan.gradcheck.sweeps import random_params
from scratchgan.layers import Graph
from scratchgan.parallel import shard_system
from scratchgan.profiling.profile import instrumented
from scratchgan.profiling.record import Record
from scratchgan.recipes.cyclegan import SMALL, SMALL_SHAPE, require_pair
from scratchgan.rng import Stream
from scratchgan.training import cycle
from scratchgan.training.cycle import adversarial, distance
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state, training_step
from scratchgan.training.system import Draw

RECIPE = recipes.get("cyclegan")
PIXELS = np.random.default_rng(0).integers(0, 256, (2, 9, 8, 8, 1), np.uint8)
DATA = Unaligned("two sets", PIXELS[0], PIXELS[1], size=8)


def system(**changes):
    return RECIPE.build(build(RECIPE.settings, SMALL | changes), SMALL_SHAPE)


def point(made, count=0, **memory):
    """Parameters and draws of both phases, in float64."""
    rng = np.random.default_rng(3)
    params = {
        name: random_params(player.network, player.in_shape, rng)
        for name, player in made.players.items()
    }
    kept = dict(made.memory) | memory
    return params, [
        Draw(5, phase.name, count, DATA, np.float64, kept) for phase in made.phases
    ]


def of(net, params, x):
    return net.forward(params, x)[0]


def test_the_generators_minimise_the_three_losses():
    """Zhu et al. 2017, eqs. 1 to 3 with least squares, one network at a time."""
    made = system(cycle_weight=3.0, identity_weight=0.25)
    params, (draw, _) = point(made)
    found = made.phases[0].objective(params, draw)
    nets = {
        node.name: partial(of, node.layer, params[player][node.name])
        for player in ("generators", "discriminators")
        for node in made.players[player].network.nodes
    }
    G, F, D_A, D_B = (nets[n] for n in ("to_b", "to_a", "of_a", "of_b"))
    a, b = draw.real(2)
    fooled = np.mean((D_B(G(a)) - 1) ** 2) + np.mean((D_A(F(b)) - 1) ** 2)
    there_and_back = np.mean(np.abs(F(G(a)) - a)) + np.mean(np.abs(G(F(b)) - b))
    identity = np.mean(np.abs(F(a) - a)) + np.mean(np.abs(G(b) - b))
    np.testing.assert_allclose(found.values["generators_loss"], fooled)
    np.testing.assert_allclose(found.values["cycle_loss"], there_and_back)
    np.testing.assert_allclose(found.values["identity_loss"], identity)
    np.testing.assert_allclose(
        found.loss, fooled + 3 * there_and_back + 0.75 * identity
    )
    np.testing.assert_allclose(found.memory["fakes"]["a"], F(b))
    np.testing.assert_allclose(found.memory["fakes"]["b"], G(a))


def unweighted(y, target, weight):
    return distance(y, target, weight)[0], distance(y, target, 1.0)[1]


def no_way_through_the_discriminators(scores):
    return adversarial(scores)[0], tuple(0 * each for each in scores)


class HeldBack(Graph):
    """The way back does not lead through the first pass: x̂ taken as a constant."""

    def backward(self, params, cache, dy, wrt="all"):
        dx, dparams, dcache = super().backward(params, cache, dy, wrt)
        held = tree.map(np.zeros_like, dx) if wrt == "all" else dx
        return held, dparams, dcache


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("distance", unweighted), ("adversarial", no_way_through_the_discriminators)],
)
def test_a_lost_factor_or_path_is_seen(monkeypatch, name, wrong):
    made = system()
    params, (draw, _) = point(made)
    monkeypatch.setattr(cycle, name, wrong)
    assert check_phase(made.phases[0], params, draw) > 1e-2


def test_a_cycle_that_holds_its_translation_is_seen():
    made = system()
    params, (draw, _) = point(made)
    networks = {n: player.network for n, player in made.players.items()}
    networks["generators"] = HeldBack(**vars(networks["generators"]))
    held = made.make_phases(networks)[0]
    assert check_phase(held, params, draw) > 1e-2


def test_the_discriminators_minimise_half_the_squares_on_what_the_pool_shows():
    made = system()
    params, (_, draw) = point(made)
    found = made.phases[1].objective(params, draw)
    network, own = made.players["discriminators"].network, params["discriminators"]
    expected = 0.0
    for node, x_real, side in zip(network.nodes, draw.real(2), "ab", strict=True):
        real, fake = (
            node.layer.forward(own[node.name], x)[0]
            for x in (x_real, draw.memory["fakes"][side])
        )
        expected += (np.mean((real - 1) ** 2) + np.mean(fake**2)) / 2
    np.testing.assert_allclose(found.loss, expected)


def test_derivatives_where_the_pool_is_full():
    made = system()
    rng = np.random.default_rng(1)
    pool = tree.map(lambda kept: rng.normal(size=kept.shape), made.memory["pool"])
    count = next(
        c for c in range(3, 99) if shows_both(made, c)
    )  # some images are new and some old
    params, (_, draw) = point(made, count, pool=pool)
    error = check_phase(made.phases[1], params, draw, steps=NETWORK_STEPS)
    assert error <= TOLERANCE


def shows_both(made, count):
    draw = point(made, count)[1][1]
    return len(set(draw.uniform("pool/a", (2,)) > 0.5)) == 2


def test_both_phases_see_one_batch_and_the_fakes_of_this_step():
    made, state = system(pool_size=50), initial_state(system(pool_size=50), 0)
    for step in range(3):
        before = state.players["generators"].params
        state, _ = training_step(made, DATA, 7, state)
        x = DATA.batch(7, step, 2)
        network = made.players["generators"].network
        fake_a, fake_b = network.forward(before, x)[0]
        for side, fake in (("a", fake_a), ("b", fake_b)):
            np.testing.assert_allclose(state.memory["fakes"][side], fake, atol=1e-5)
            np.testing.assert_array_equal(
                state.memory["pool"][side][:, step], state.memory["fakes"][side]
            )
            assert not state.memory["pool"][side][:, step + 1].any()


def test_parts_of_a_batch_give_what_the_whole_gives():
    """Gradients and losses to rounding; what is remembered row by row, in order."""
    made = system(batch_size=4)
    whole = parts = initial_state(made, 0)
    for _ in range(5):  # the pool of 3 is full, and has shown old images
        whole, expected = training_step(made, DATA, 0, whole)
    with shard_system(made, 2) as cut:
        own = [phase.objective for phase in made.phases]
        assert not any(phase.objective in own for phase in cut.phases)
        for _ in range(5):
            parts, values = training_step(cut, DATA, 0, parts)
    assert values.keys() == expected.keys()
    for name, value in expected.items():
        assert values[name] == pytest.approx(value, rel=1e-3)
    for side in "ab":
        kept = parts.memory["pool"][side]
        assert kept.shape == (4, 3, 8, 8, 1)
        np.testing.assert_allclose(kept, whole.memory["pool"][side], atol=5e-3)


def test_the_rate_is_constant_and_then_falls_to_zero():
    made = system(learning_rate=0.1, constant_steps=10, decay_steps=20)
    rate = made.players["generators"].optimizer.learning_rate
    found = [rate(step) for step in (0, 10, 20, 30, 31)]
    np.testing.assert_allclose(found, [0.1, 0.1, 0.05, 0, 0], atol=1e-15)


def test_settings_are_those_of_reference():
    s = RECIPE.settings()
    assert (s.dim, s.blocks, s.downs, s.skip) == (64, 9, 2, False)
    assert (s.discriminator_dim, s.discriminator_layers) == (64, 3)
    assert (s.cycle_weight, s.identity_weight, s.pool_size) == (10, 0.5, 50)
    assert (s.size, s.load_size, s.flip, s.batch_size) == (256, 286, True, 1)
    assert (s.learning_rate, s.beta1, s.beta2) == (2e-4, 0.5, 0.999)
    assert s.steps == s.constant_steps + s.decay_steps == 200 * 1334
    made = RECIPE.build(s, ((16, 16, 3), (16, 16, 3)))
    assert made.memory["pool"]["a"].shape == (1, 50, 16, 16, 3)


@pytest.mark.parametrize(
    "shape",
    [(8, 8, 1), ((8, 8, 1), (8, 8, 3)), ((9, 8, 1), (9, 8, 1)), ((8, 8, 1), ())],
)
def test_data_that_are_no_pairs_of_such_images_are_refused(shape):
    with pytest.raises(ValueError, match=r"data: expected pairs of images .*received"):
        require_pair(shape, 4)


def test_there_is_no_latent_to_sample_from():
    with pytest.raises(ValueError, match="use scratchgan translate"):
        system().latent(Stream(0, "z"), 0, 4)


def test_a_profile_times_the_layers_of_all_four_networks():
    made, record = system(), Record()
    training_step(instrumented(made, record), DATA, 0, initial_state(made, 0))
    paths = {(key.player, key.path.split(".")[0]) for key in record.rows}
    assert paths == {
        ("generators", "to_a"),
        ("generators", "to_b"),
        ("discriminators", "of_a"),
        ("discriminators", "of_b"),
    }
