from dataclasses import fields

import numpy as np
import pytest

from scratchgan import recipes, tree
from scratchgan.data import load
from scratchgan.gradcheck.noise import Noise
from scratchgan.parallel import shard_system
from scratchgan.training.finite import NonFiniteError
from scratchgan.training.settings import Settings, build, parse, setting
from scratchgan.training.state import initial_state, training_step


@pytest.mark.parametrize("name", recipes.NAMES)
def test_every_recipe_runs_at_its_published_width(name):
    """Two steps with the networks and batches of the experiment itself."""
    recipe = recipes.get(name)
    assert recipe.name == name
    shape = recipe.small_shape if recipe.shape is None else recipe.shape
    data = Noise(shape, recipe.labels)
    system = recipe.build(build(recipe.settings, recipe.full), shape)
    state = initial_state(system, 0)
    before = {
        n: [a.copy() for a in tree.leaves(p.params)] for n, p in state.players.items()
    }
    with shard_system(system, 4) as cut:
        for _ in range(2):
            state, values = training_step(cut, data, 0, state)
    assert all(np.isfinite(v) for v in values.values())
    for player, old in before.items():
        new = tree.leaves(state.players[player].params)
        assert all(a.dtype == np.float32 for a in new)
        still = [a for a, b in zip(old, new, strict=True) if np.array_equal(a, b)]
        # a score's bias may have the gradient −1 + 1: what it adds to both cancels
        assert all(a.size == 1 for a in still)
        assert len(still) <= 2


@pytest.mark.slow
def test_stylegan2_steps_at_its_published_resolution():
    """All four phases at 256 pixels, on two images and an eighth of the width."""
    recipe, shape = recipes.get("stylegan2"), (256, 256, 3)
    every = {"batch_size": 2, "r1_every": 1, "pl_every": 1}
    every |= {"channel_base": 4096, "channel_max": 64}
    system = recipe.build(build(recipe.settings, every), shape)
    state = initial_state(system, 0)
    with shard_system(system, 2) as cut:
        state, values = training_step(cut, Noise(shape), 0, state)
    assert all(np.isfinite(v) for v in values.values())
    assert values["path_length"] > 0 < values["r1_penalty"]


@pytest.fixture(params=recipes.NAMES)
def small(request):
    """Every recipe's system at small width, and samples for it."""
    recipe = recipes.get(request.param)
    system = recipe.build(build(recipe.settings, recipe.small), recipe.small_shape)
    return system, Noise(recipe.small_shape, recipe.labels)


def test_every_recipe_resumes_bit_for_bit(small):
    """From nothing but the arrays that a checkpoint holds."""
    system, data = small
    state = initial_state(system, 5)
    for step in range(4):
        if step == 2:
            kept = {name: np.array(leaf) for name, leaf in tree.named(state)}
        state, _ = training_step(system, data, 5, state)
    again = tree.rebuild(initial_state(system, 5), kept)
    for _ in range(2):
        again, _ = training_step(system, data, 5, again)
    for a, b in zip(tree.leaves(state), tree.leaves(again), strict=True):
        np.testing.assert_array_equal(a, b, strict=True)


def test_every_recipe_stops_at_what_is_not_finite(small):
    system, data = small
    state = initial_state(system, 0)
    for player in system.players:
        spoilt = state.players[player]
        params = tree.map_learned(lambda p: p * np.float32(np.nan), spoilt.params)
        players = state.players | {player: spoilt._replace(params=params)}
        with pytest.raises(NonFiniteError, match="step 1, "):
            training_step(system, data, 0, state._replace(players=players))


def test_settings_are_those_of_reference():
    """Figures of the published experiments, as stated in each recipe's docstring."""
    gp, gan, wgan = (
        recipes.get(f"{n}-mnist").settings() for n in ("wgan-gp", "gan", "wgan")
    )
    for each in (gp, gan, wgan):
        assert (each.dim, each.latent_size, each.batch_size) == (64, 128, 50)
        assert each.steps == 200_000
    assert (gp.n_critic, gp.gp_weight, gp.learning_rate) == (5, 10.0, 1e-4)
    assert (gp.beta1, gp.beta2) == (0.5, 0.9)
    assert (gan.learning_rate, gan.beta1, gan.beta2) == (2e-4, 0.5, 0.999)
    assert (wgan.n_critic, wgan.clip, wgan.learning_rate) == (5, 0.01, 5e-5)
    toy = recipes.get("wgan-gp-ring").settings()
    assert (toy.gp_weight, toy.dim, toy.batch_size, toy.n_critic) == (0.1, 512, 256, 5)
    wave = recipes.get("wavegan").settings()
    assert (wave.dim, wave.latent_size, wave.batch_size) == (64, 100, 64)
    assert (wave.length, wave.rate, wave.shuffle) == (16384, 16000, 2)
    assert (wave.n_critic, wave.gp_weight, wave.learning_rate) == (5, 10.0, 1e-4)
    assert (wave.beta1, wave.beta2) == (0.5, 0.9)


def test_clipping_holds_every_learned_weight_of_the_critic():
    recipe = recipes.get("wgan-mnist")
    system = recipe.build(
        build(recipe.settings, {"dim": 2, "n_critic": 1}), (28, 28, 1)
    )
    data, state = load("digits"), initial_state(system, 0)
    state, _ = training_step(system, data, 0, state)
    weights = tree.leaves(tree.learned(state.players["critic"].params))
    assert max(np.abs(w).max() for w in weights) <= np.float32(0.01)
    assert min(np.abs(w).max() for w in weights[:-1]) > 0
    running = [
        a for n, a in tree.named(state.players["critic"].params) if "variance" in n
    ]
    assert max(a.max() for a in running) > 0.01
    generator = tree.leaves(tree.learned(state.players["generator"].params))
    assert max(np.abs(w).max() for w in generator) > 0.01


def test_the_generator_moves_once_for_n_critic_moves_of_the_critic():
    recipe = recipes.get("wgan-gp-ring")
    system = recipe.build(build(recipe.settings, {"dim": 4, "n_critic": 3}), (2,))
    state = initial_state(system, 0)
    for _ in range(2):
        state, _ = training_step(system, load("ring"), 0, state)
    assert {name: int(count) for name, count in state.counts.items()} == {
        "critic": 6,
        "generator": 2,
    }


@pytest.mark.parametrize("name", recipes.NAMES)
def test_every_setting_has_help_and_a_default_that_passes(name):
    kind = recipes.get(name).settings
    kind()
    assert all(each.metadata["help"] for each in fields(kind))


def test_values_from_text_and_from_python():
    kind = recipes.get("wgan-gp-mnist").settings
    chosen = parse(kind, ["n_critic=2", "gp_weight=1", "one_sided=TRUE"], steps=7)
    assert (chosen.n_critic, chosen.gp_weight, chosen.one_sided, chosen.steps) == (
        2, 1.0, True, 7,
    )  # fmt: skip
    with pytest.raises(
        TypeError, match=r"n_critic: expected an integer, received '2\.5'"
    ):
        parse(kind, ["n_critic=2.5"])
    with pytest.raises(TypeError, match="n_critic: expected an integer, received True"):
        build(kind, {"n_critic": True})
    with pytest.raises(
        ValueError, match="gp_weight: expected at least 0, received inf"
    ):
        build(kind, {"gp_weight": float("inf")})


def test_ranges_are_inclusive():
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Bounded(Settings):
        share: float = setting(0.5, "a share", low=0, high=1)

    assert Bounded(share=0).share == 0.0
    assert Bounded(share=1).share == 1.0
    for bad in (-0.1, 1.1):
        with pytest.raises(ValueError, match="share: expected 0 to 1"):
            Bounded(share=bad)


@pytest.mark.parametrize(
    ("name", "shape", "factor"),
    [
        ("lsgan-digits", (30, 28, 1), 4),
        ("projection-digits", ((28, 26, 1), ()), 4),
        ("dcgan-cifar10-small", (28, 28, 1), 8),
        ("wgan-gp-cifar10-resnet", (2,), 8),
    ],
)
def test_images_that_the_networks_cannot_make_are_refused(name, shape, factor):
    recipe = recipes.get(name)
    with pytest.raises(ValueError, match=f"H and W multiples of {factor}, received"):
        recipe.build(recipe.settings(), shape)


def test_the_cifar_recipes_have_the_published_settings():
    """gan_cifar.py in mode "dcgan", and gan_cifar_resnet.py."""
    dcgan = recipes.get("dcgan-cifar10").settings()
    assert (dcgan.dim, dcgan.latent_size, dcgan.batch_size) == (128, 128, 64)
    assert (dcgan.learning_rate, dcgan.beta1, dcgan.steps) == (2e-4, 0.5, 200_000)
    resnet = recipes.get("wgan-gp-cifar10-resnet").settings()
    assert (resnet.batch_size, resnet.generator_batch, resnet.n_critic) == (64, 128, 5)
    assert (resnet.beta1, resnet.beta2, resnet.learning_rate) == (0.0, 0.9, 2e-4)
    assert resnet.steps == resnet.decay_steps == 100_000
    pac = recipes.get("pacgan-ring").settings()
    assert (pac.batch_size, pac.learning_rate, pac.beta1) == (100, 1e-4, 0.8)


def test_the_rate_of_both_players_is_zero_after_the_decay():
    """The critic makes n_critic updates a step: its schedule is as much longer."""
    recipe = recipes.get("wgan-gp-cifar10-resnet")
    chosen = dict(recipe.small) | {"decay_steps": 10, "n_critic": 3}
    system = recipe.build(build(recipe.settings, chosen), recipe.small_shape)
    for player, a_step in (("critic", 3), ("generator", 1)):
        rate = system.players[player].optimizer.learning_rate
        assert [rate(step * a_step) for step in (0, 5, 10)] == [2e-4, 1e-4, 0.0]
