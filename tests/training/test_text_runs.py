"""What a run on text leaves: lines, divergences from step 0 on, the same bits again."""

import signal
from dataclasses import replace

import numpy as np
import pytest
from runs import assert_same_run, run, scratchgan, trainer

from scratchgan import recipes
from scratchgan.data import load_text, one_hot
from scratchgan.gradcheck import random_params
from scratchgan.gradcheck.noise import Noise
from scratchgan.metrics import ngram_divergences
from scratchgan.networks import text_critic, text_generator
from scratchgan.training.samples import generate, latents
from scratchgan.training.trainer import StopRequest
from scratchgan.tree import leaves

TEXT = "The quick brown fox jumps over the lazy dog; 'tis the way of foxes, naïve.\n"
SMALL = {"blocks": 1, "length": 8, "measured": 20, "latent_size": 4, "n_critic": 2}


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "foxes.txt"
    path.write_text((TEXT + TEXT.upper()) * 3, encoding="utf-8")
    return str(path)


def texts(path, source, **settings):
    return trainer(path, "wgan-gp-text-small", source, **SMALL | settings)


def test_networks_have_the_sizes_of_the_authors_code():
    """Ten convolutions of five, from 512 to 512 channels, between the two ends."""
    rng, tower = np.random.default_rng(0), 10 * (5 * 512 * 512 + 512)
    params, shape = text_generator(512, 5, (32, 100)).init(rng, (128,))
    assert shape == (32, 100)
    ends = (128 + 1) * 32 * 512 + (512 + 1) * 100
    assert sum(leaf.size for leaf in leaves(params)) == ends + tower
    params, shape = text_critic(512, 5).init(rng, (32, 100))
    assert shape == (1,)
    ends = (100 + 1) * 512 + 32 * 512 + 1
    assert sum(leaf.size for leaf in leaves(params)) == ends + tower


def test_networks_agree_with_their_definition():
    """Tap by tap: out[l] = b + Σ_k in[l + k − 2] W[k], and zeros outside."""

    def conv(p, x):
        reach = len(p.W) // 2
        padded = np.pad(x, ((0, 0), (reach, reach), (0, 0)))
        taps = (padded[:, k : k + x.shape[1]] @ w for k, w in enumerate(p.W))
        return p.b + sum(taps)

    def relu(x):
        return np.maximum(x, 0)

    def block(p, x):
        return x + 0.3 * conv(p.body[3], relu(conv(p.body[1], relu(x))))

    rng = np.random.default_rng(0)
    params = random_params(text_generator(5, 2, (7, 4)), (3,), rng)
    z = rng.normal(size=(6, 3))
    h = (z @ params[0].W + params[0].b).reshape(6, 7, 5)
    logits = conv(params[4], block(params[3], block(params[2], h)))
    expected = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    y, _ = text_generator(5, 2, (7, 4)).forward(params, z)
    np.testing.assert_allclose(y, expected, rtol=1e-12)
    critic = random_params(text_critic(5, 2), (7, 4), rng)
    h = block(critic[2], block(critic[1], conv(critic[0], y)))
    score, _ = text_critic(5, 2).forward(critic, y)
    expected = h.reshape(6, -1) @ critic[4].W + critic[4].b
    np.testing.assert_allclose(score, expected, rtol=1e-12)


def test_settings_are_those_of_the_authors_code():
    s = recipes.get("wgan-gp-text").settings()
    assert (s.dim, s.blocks, s.batch_size, s.n_critic) == (512, 5, 64, 10)
    assert (s.gp_weight, s.latent_size, s.length, s.steps) == (10.0, 128, 32, 200_000)
    assert (s.critic_learning_rate, s.generator_learning_rate) == (1e-4, 1e-4)
    assert (s.beta1, s.beta2, s.ema_decay) == (0.5, 0.9, 0)
    assert (s.measured, s.sample_every) == (640, 100)
    assert (
        recipes.get("wgan-gp-text").build(s, (32, 9)).players["generator"].ema is None
    )


def test_samples_are_probabilities(tmp_path, source):
    t = texts(tmp_path / "run", source)
    y = generate(t.system, t.start(), latents(t.system, 0, 5))
    assert y.min() > 0
    np.testing.assert_allclose(y.sum(-1), 1, rtol=1e-6)


def test_a_run_leaves_lines_of_its_alphabet(tmp_path, source):
    t = texts(tmp_path / "run", source, steps=3)
    run(t)
    lines = t.folder.sheet(3, ".txt").read_text(encoding="utf-8").splitlines()
    assert [len(line) for line in lines] == [8] * 64
    assert set("".join(lines)) <= set(t.data.alphabet)
    assert t.folder.losses.is_file()


def test_divergences_are_logged_from_the_start_and_the_floor_once(tmp_path, source):
    t = texts(tmp_path / "run", source, steps=6)
    run(t)
    logged = {line["step"]: line for line in t.folder.read_metrics()}
    assert list(logged) == [0, 1, 2, 3, 4, 5, 6]
    measured = [step for step, line in logged.items() if "jsd_6" in line]
    assert measured == [0, 3, 6]
    assert [step for step, line in logged.items() if "floor_1" in line] == [0]
    text = t.data
    for name, windows in (
        ("floor", text.windows(3, 0, 20)),
        ("jsd", generate(t.system, t.start(), latents(t.system, 3, 20)).argmax(-1)),
    ):
        expected = ngram_divergences(windows, text.held_out[None], 6)
        assert [logged[0][f"{name}_{n}"] for n in range(1, 7)] == expected


def test_a_generator_that_copies_the_text_reaches_the_floor(tmp_path, source):
    t = texts(tmp_path / "run", source)
    size = len(t.data.alphabet)

    def copy(params, memory, z):
        return one_hot(t.data.windows(3, 0, len(z)), size)

    measure = replace(t.system.measure, system=replace(t.system, make=copy))
    values = measure(t.start(), t.data, 3)
    for n in range(1, 7):
        assert values[f"jsd_{n}"] == values[f"floor_{n}"]
        assert 0 < values[f"floor_{n}"] < 1


@pytest.mark.parametrize("last", [1, 5])
def test_a_stopped_run_goes_on_bit_for_bit(tmp_path, source, last):
    run(texts(tmp_path / "whole", source, steps=8))
    t, stop = texts(tmp_path / "parts", source, steps=8), StopRequest()

    def ask(progress):
        if progress.step == last:
            stop.signal = signal.SIGTERM

    run(t, ask, stop)
    state, _ = t.resume()
    assert int(state.step) == last
    t.run(state, lambda progress: None, StopRequest())
    assert_same_run(tmp_path / "whole", tmp_path / "parts")


def test_a_run_without_a_checkpoint_starts_again(tmp_path, source):
    t = texts(tmp_path / "run", source, steps=4)
    t.folder.log(0, {"jsd_1": 0.5}, 0.0)  # what a kill at the first step leaves
    state, _ = t.resume()
    t.run(state, lambda progress: None, StopRequest())
    run(texts(tmp_path / "whole", source, steps=4))
    assert_same_run(tmp_path / "whole", tmp_path / "run")


def test_other_samples_have_no_alphabet(tmp_path, source):
    t = texts(tmp_path / "run", source)
    with pytest.raises(TypeError, match="data: expected a text, received Noise"):
        t.system.measure(t.start(), Noise(t.data.shape), 0)


def test_sample_writes_lines(tmp_path, source):
    out = tmp_path / "run"
    run(texts(out, source, steps=2))
    done = scratchgan("sample", out, "-n", 5, "--seed", 4)
    assert done.returncode == 0, done.stderr
    path = out / "sample-4.txt"
    assert done.stdout == f"5 samples of step 2: {path}\n"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [len(line) for line in lines] == [8] * 5
    numbers = tmp_path / "five.npy"
    scratchgan("sample", out, "-n", 5, "--seed", 4, "--out", numbers)
    data = load_text(source, 8, 2048)
    assert data.decode(np.load(numbers)) == lines
    done = scratchgan("sample", out, "-n", 2, "--interpolate")
    assert done.returncode == 0, done.stderr
    assert len((out / "interpolation-0.txt").read_text().splitlines()) == 20


def test_a_text_that_changed_is_refused_in_one_line(tmp_path, source):
    out = tmp_path / "run"
    run(texts(out, source, steps=2))
    with open(source, "a") as file:
        file.write("More.")
    for command, told in (
        (("sample", out), "is not the text of this run"),
        (("train", "--resume", out, "--steps", 3), "is not what"),
    ):
        done = scratchgan(*command)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert told in done.stderr
    assert not (out / "sample-0.txt").exists()
    for data, told in ((tmp_path / "no.txt", "no such file"), ("tiny", "unknown text")):
        done = scratchgan("train", "wgan-gp-text", "--data", data, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert told in done.stderr
