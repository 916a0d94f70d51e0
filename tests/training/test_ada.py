"""The strength of augmentation follows the signs of real scores."""

from dataclasses import replace

import numpy as np
import pytest

from scratchgan import recipes, tree
from scratchgan.data import ArrayDataset
from scratchgan.gradcheck.noise import Noise
from scratchgan.layers import INFERENCE, Dense
from scratchgan.layers.augment import strength
from scratchgan.losses import BinaryCrossEntropy
from scratchgan.parallel import shard_system
from scratchgan.training.ada import SIGNS, Adaptation
from scratchgan.training.overfitting import r_v
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state, training_step
from scratchgan.training.steps import discriminator_step

SMALL = recipes.get("ada-faces-small").small
SHAPE = (8, 8, 1)


def system(**changes):
    recipe = recipes.get("ada-faces-small")
    return recipe.build(build(recipe.settings, {**SMALL, **changes}), SHAPE)


def p_of(state):
    return strength(state.players["discriminator"].params[0])


def run(made, steps, data=None):
    """States, the first before any step, and what was logged."""
    states, logged = [initial_state(made, 0)], []
    for _ in range(steps):
        state, values = training_step(made, data or Noise(SHAPE), 0, states[-1])
        states.append(state)
        logged.append(values)
    return states, logged


def test_p_moves_towards_the_target_and_stays_above_zero():
    ada = Adaptation(batch_size=64, target=0.6, interval=4, images=500_000)
    step = 4 * 64 / 500_000
    assert ada.moved(0.3, np.full(4, 0.7)) == pytest.approx(0.3 + step)
    assert ada.moved(0.3, np.array([1, 1, 0, 0.0])) == pytest.approx(0.3 - step)
    assert ada.moved(0.3, np.full(4, 0.6)) == 0.3
    assert ada.moved(step / 2, np.zeros(4)) == 0.0
    assert ada.moved(1.0, np.ones(4)) > 1  # as in the authors' code


def test_p_goes_from_zero_to_one_in_so_many_images():
    ada, p, seen = Adaptation(batch_size=100, interval=5, images=10_000), 0.0, 0
    while p < 1 - 1e-9:
        p, seen = ada.moved(p, np.ones(5)), seen + 5 * 100
    assert seen == 10_000


def test_a_run_moves_p_by_the_signs_that_it_logs():
    interval = 3
    made = system(p=0.5, ada_interval=interval, ada_images=100, ada_target=0.2)
    states, logged = run(made, 12)
    ada = Adaptation(SMALL["batch_size"], 0.2, interval, 100)
    signs, p = [0.0] * interval, 0.5
    for count, (state, values) in enumerate(zip(states[1:], logged, strict=True)):
        if count and count % interval == 0:
            p = ada.moved(p, np.array(signs[-interval:]))
        signs.append(values["real_sign"])
        assert p_of(state) == pytest.approx(p, abs=1e-6)
        assert values["augment_p"] == pytest.approx(p, abs=1e-6)
        np.testing.assert_allclose(state.memory[SIGNS], signs[-interval:], atol=1e-6)
    assert p != 0.5


def test_the_sign_is_the_mean_sign_of_real_scores():
    net = Dense(1)
    params, _ = net.init(np.random.default_rng(0), (1,))
    params = params._replace(W=np.ones((1, 1)), b=np.zeros(1))
    x_real = np.array([[1.0], [0.5], [-3.0], [2.0], [0.0]])
    x_fake = -np.ones((5, 1))
    step = discriminator_step(net, params, x_real, x_fake, BinaryCrossEntropy())
    assert step.real_sign == (1 + 1 - 1 + 1 + 0) / 5


def test_parts_of_a_batch_move_p_alike():
    made = system(p=0.4, batch_size=6, ada_interval=2, ada_images=60)
    whole, _ = run(made, 6)
    with shard_system(made, 3) as cut:
        parts, _ = run(cut, 6)
    assert p_of(whole[-1]) == pytest.approx(p_of(parts[-1]), abs=1e-6)
    for a, b in zip(tree.leaves(whole[-1]), tree.leaves(parts[-1]), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-5)


def test_the_strength_is_in_the_checkpoint_and_has_no_gradient():
    made = system()
    names = [n for n, _ in tree.named(initial_state(made, 0))]
    assert f"memory.{SIGNS}" in names
    found = [n for n in names if n.endswith("state.p")]  # none in Adam's state
    assert found == ["players.discriminator.params.0.state.p"]


def test_without_augmentation_nothing_adapts():
    made = system(augment=False)
    assert not made.memory
    _, (values,) = run(made, 1)
    assert "augment_p" not in values
    assert "real_sign" in values


def test_the_penalty_looks_at_real_samples_before_their_augmentation():
    """R1 of D ∘ A: the generated samples do not matter to it."""
    made = system()
    state = initial_state(made, 0)
    generator = state.players["generator"]
    other = tree.map_learned(lambda a: a + np.float32(0.3), generator.params)
    moved = state._replace(
        players=state.players | {"generator": generator._replace(params=other)}
    )
    only_first = replace(made, phases=made.phases[:1])
    _, a = training_step(only_first, Noise(SHAPE), 0, state)
    _, b = training_step(only_first, Noise(SHAPE), 0, moved)
    assert a["penalty"] == b["penalty"] > 0
    assert a["fake_score"] != b["fake_score"]


def test_the_recipe_makes_squares_of_any_images(tmp_path):
    recipe = recipes.get("ada-faces-small")
    path = tmp_path / "images.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (20, 24, 16, 1), np.uint8))
    settings = build(recipe.settings, {**SMALL, "size": 8, "hold_out": 5})
    data = recipe.load(str(path), settings)
    assert isinstance(data, ArrayDataset)
    assert data.shape == (8, 8, 1)
    assert (len(data), len(data.held_out)) == (16, 4)
    assert data.value_range == (-1.0, 1.0)
    with pytest.raises(ValueError, match="expected samples held in memory, ring"):
        recipe.load("ring", settings)
    with pytest.raises(ValueError, match="size: expected 4 times a power of two"):
        recipe.build(settings, (12, 12, 1))


def test_overfitting_is_measured_on_images_held_out(tmp_path):
    recipe = recipes.get("ada-faces-small")
    path = tmp_path / "images.npy"
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), np.uint8)
    np.save(path, pixels)
    settings = build(recipe.settings, {**SMALL, "size": 8, "hold_out": 4})
    data = recipe.load(str(path), settings)
    batches = np.concatenate([data.batch(0, i, 5) for i in range(3)])
    seen = {row.tobytes() for row in batches}
    assert seen == {
        row.tobytes() for row in data.scaled(np.delete(pixels, np.s_[3::4], axis=0))
    }
    made = recipe.build(settings, SHAPE)
    state, _ = training_step(made, data, 0, initial_state(made, 0))
    found = made.measure(state, data, 0)
    net, own = made.players["discriminator"].network, state.players["discriminator"]
    scores, _ = net.forward(own.params, data.scaled(pixels[3::4]), INFERENCE)
    assert found["held_out_score"] == pytest.approx(scores.mean(), rel=1e-6)
    train, fake = found["train_score"], found["sample_score"]
    assert found["r_v"] == (train - found["held_out_score"]) / (train - fake)
    with pytest.raises(ValueError, match="hold_out: expected 2 to 20, the number of"):
        recipe.load(str(path), build(recipe.settings, {"size": 8, "hold_out": 21}))


def test_r_v_is_zero_without_and_one_with_complete_overfitting():
    assert r_v(train=2.0, held_out=2.0, fake=-1.0) == 0
    assert r_v(train=2.0, held_out=-1.0, fake=-1.0) == 1
    assert r_v(train=0.0, held_out=0.0, fake=0.0) == 0


def test_stylegan2_augments_adaptively_in_all_of_its_phases():
    """With lazy R1, whose phase leaves p alone, in parts that agree on statistics."""
    recipe = recipes.get("stylegan2")
    chosen = {"augment": True, "ada_interval": 1, "ada_target": -1, "ada_images": 40}
    settings = build(recipe.settings, {**recipe.small, **chosen})
    made, data = recipe.build(settings, recipe.small_shape), Noise(recipe.small_shape)
    states, logged = run(made, 3, data)
    step = settings.batch_size / 40
    signs = [values["real_sign"] for values in logged]
    moves = [0.0, *(step * np.sign(sign + 1) for sign in signs[:-1])]
    np.testing.assert_allclose([p_of(s) for s in states[1:]], np.cumsum(moves))
    assert p_of(states[-1]) > 0
    with shard_system(made, 2) as cut:
        parts, _ = run(cut, 3, data)
    assert p_of(parts[-1]) == pytest.approx(p_of(states[-1]), abs=1e-6)
    plain = recipe.build(build(recipe.settings, recipe.small), recipe.small_shape)
    assert SIGNS not in plain.memory
