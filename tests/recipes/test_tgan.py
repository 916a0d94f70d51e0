"""Both ways to a Lipschitz critic, what is refused, and what a run leaves."""

import json

import numpy as np
import pytest
from PIL import Image
from runs import run, scratchgan, trainer

from scratchgan import recipes, tree
from scratchgan.gradcheck.noise import Noise
from scratchgan.rng import Stream
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state, training_step

SHAPE = (16, 16, 16, 1)
RECIPE = recipes.get("tgan-moving-mnist")


def system(**changes):
    return RECIPE.build(build(RECIPE.settings, RECIPE.small | changes), SHAPE)


def norms(params):
    """Largest singular values of a critic's weights."""
    weights = [p for p in tree.leaves(tree.learned(params)) if p.ndim > 1]
    return [np.linalg.norm(W.reshape(-1, W.shape[-1]), 2) for W in weights]


def test_settings_are_those_of_the_authors():
    s = RECIPE.settings()
    assert (s.batch_size, s.latent_size, s.fast_size) == (32, 100, 100)
    assert (s.dim, s.time_dim, s.critic_dim, s.rmsprop_rate) == (512, 512, 64, 5e-5)
    assert (s.n_critic, s.gp_weight, s.learning_rate) == (5, 10.0, 1e-4)
    assert (s.digits, s.size, s.steps) == (2, 64, 312_500)


def test_singular_values_are_clipped_at_every_fifth_update():
    clipped = system(lipschitz="clipping", rmsprop_rate=0.02)
    state = initial_state(clipped, 0)
    largest = []
    for _ in range(10):
        state, values = training_step(clipped, Noise(SHAPE), 0, state)
        largest.append(max(norms(state.players["critic"].params)))
    assert "penalty" not in values
    within = [n <= 1 + 1e-6 for n in largest]
    assert within[4]
    assert within[9]
    assert not any(within[5:9])


def test_latents_are_uniform():
    published = system()
    z = published.latent(Stream(0, "test"), 0, 2000)
    assert z.shape == (2000, 3)
    assert z.min() >= -1
    assert z.max() < 1
    assert z.var() == pytest.approx(1 / 3, rel=0.05)


def test_the_penalty_has_five_critic_updates_and_clipping_one():
    counts = {}
    for kind in ("penalty", "clipping"):
        phases = system(lipschitz=kind, n_critic=5).phases
        counts[kind] = [phase.repeats(0) for phase in phases]
    assert counts == {"penalty": [5, 1], "clipping": [1, 1]}


def test_another_bound_is_named():
    with pytest.raises(ValueError, match="expected penalty or clipping, received 'gp'"):
        system(lipschitz="gp")


@pytest.mark.parametrize("name", ["tgan-moving-mnist", "tgan-moving-mnist-small"])
@pytest.mark.parametrize(
    "shape",
    [(28, 28, 1), (15, 32, 32, 1), (16, 32, 16, 1), (16, 8, 8, 1), (16, 48, 48, 1)],
)
def test_other_shapes_are_named(name, shape):
    recipe = recipes.get(name)
    with pytest.raises(ValueError, match=f"data: {name} takes videos") as caught:
        recipe.build(recipe.settings(), shape)
    assert str(shape) in str(caught.value)


def test_a_run_leaves_films_strips_and_measurements(tmp_path):
    small = {"dim": 8, "time_dim": 4, "critic_dim": 1, "latent_size": 3, "size": 16}
    small |= {"digit_size": 0}
    name = "tgan-moving-mnist-small"
    t = trainer(tmp_path / "run", name, "moving-mnist", steps=3, **small)
    run(t)
    with Image.open(tmp_path / "run/samples/step-00000003.gif") as film:
        assert film.n_frames == 16
    with Image.open(tmp_path / "run/samples/step-00000003.png") as strip:
        assert strip.size == (2 * (2 + 16 * 18), 2 * (2 + 6 * 18))
    last = json.loads((tmp_path / "run/metrics.jsonl").read_text().splitlines()[-1])
    assert last["step"] == 3
    # a tenth of the room of 16 − 7 pixels, but for bounces and rounding
    assert 0.7 < last["real_speed"] < 1.1
    assert last["real_flicker"] < 1e-6
    assert last["real_likeness"] == pytest.approx(1)
    assert last["speed"] >= 0
    made = scratchgan("sample", tmp_path / "run", "-n", 4)
    assert made.returncode == 0, made.stderr
    with Image.open(tmp_path / "run/sample-0.gif") as film:
        assert film.n_frames == 16
    out = tmp_path / "a.npy"
    scratchgan("sample", tmp_path / "run", "-n", 2, "--out", out)
    assert np.load(out).shape == (2, 16, 16, 16, 1)
    refused = scratchgan("sample", tmp_path / "run", "--out", tmp_path / "a.mp4")
    assert refused.returncode == 2
    assert "expected a .gif or .npy file" in refused.stderr


def test_bad_videos_are_one_line_and_status_two(tmp_path):
    np.save(tmp_path / "short.npy", np.zeros((20, 9, 32, 32), np.uint8))
    name = "tgan-moving-mnist-small"
    for source in (tmp_path / "short.npy", tmp_path / "none.npy", "mnist"):
        found = scratchgan("train", name, "--data", source, "--out", tmp_path / "run")
        assert found.returncode == 2
        assert len(found.stderr.strip().splitlines()) == 1
        assert str(source) in found.stderr
    assert not (tmp_path / "run").exists()
