"""Networks that are told a class: batches, samples and sheets with labels."""

import json

import numpy as np
import pytest
from runs import scratchgan

from scratchgan import recipes, tree
from scratchgan.data import LabelledDataset, load_array
from scratchgan.gradcheck.noise import Noise
from scratchgan.networks import small_conditional_generator
from scratchgan.rng import Stream
from scratchgan.training.agreement import agreement
from scratchgan.training.samples import between, generate, latents
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state, training_step
from scratchgan.training.system import Draw

SHAPE = ((8, 8, 1), ())


@pytest.fixture
def system():
    recipe = recipes.get("projection-digits")
    return recipe.build(build(recipe.settings, recipe.small), SHAPE)


def test_generated_samples_carry_their_labels_to_the_discriminator():
    net = small_conditional_generator(2, SHAPE[0], 10)
    params, shapes = net.init(np.random.default_rng(0), ((3,), ()))
    assert shapes == SHAPE
    labels = np.array([3, 1, 4])
    (image, carried), _ = net.forward(params, (np.ones((3, 3)), labels))
    assert image.shape == (3, 8, 8, 1)
    np.testing.assert_array_equal(carried, labels)


def test_both_players_hear_the_class(system):
    """Other labels, same pixels and latents: other losses."""
    state = initial_state(system, 0)
    state, _ = training_step(system, Noise(SHAPE, 10), 0, state)
    params = {name: player.params for name, player in state.players.items()}

    class Shifted(Noise):
        def batch(self, seed, index, size):
            x, labels = super().batch(seed, index, size)
            return x, (labels + 1) % 10

    first = system.phases[0]
    a, b = (
        first.objective(params, Draw(0, first.name, 0, data(SHAPE, 10))).loss
        for data in (Noise, Shifted)
    )
    assert abs(a - b) > 1e-4
    z = np.ones((10, 3), np.float32)
    net = system.players["generator"].network
    generator = tree.map(np.copy, params["generator"])
    rng = np.random.default_rng(0)
    for name in ("norm1", "norm2"):
        table = generator[name]["affine"].gamma
        table += rng.normal(size=table.shape).astype(np.float32)
    (images, _), _ = net.forward(generator, (z, np.arange(10)))
    assert np.ptp(images, axis=0).max() > 1e-3


def test_labels_of_generated_samples_are_all_classes_in_every_phase(system):
    for phase in system.phases:
        draw = Draw(0, phase.name, 5, Noise(SHAPE, 10))
        counts = np.bincount(draw.integers("labels", 10, (1000,)), minlength=10)
        # a binomial of 1000 and 0.1: within five standard deviations
        assert abs(counts - 100).max() < 5 * np.sqrt(90)


def test_a_sheet_has_one_class_a_row(system):
    z, labels = latents(system, 0, 100)
    assert labels.reshape(10, 10).tolist() == [[k] * 10 for k in range(10)]
    assert system.latent(Stream(0, "z"), 0, 0)[1].shape == (0,)
    images = generate(system, initial_state(system, 0), (z, labels))
    assert images.shape == (100, 8, 8, 1)


def test_a_path_keeps_the_class_of_its_first_end(system):
    z, labels = between(system, 0, rows=3, columns=4)
    assert z.shape == (12, 3)
    ends = latents(system, 0, 6)
    np.testing.assert_array_equal(labels, np.repeat(ends[1][:3], 4))
    np.testing.assert_allclose(z[::4], ends[0][:3], atol=1e-6)


def test_agreement_is_that_of_the_nearest_neighbour():
    x_real = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 5.0]])
    kinds = np.array([7, 8, 9])
    x = np.array([[0.1, 0.1], [0.9, 0.2], [0.0, 9.0], [0.6, 0.0]])
    assert agreement(x, np.array([7, 8, 9, 7]), x_real, kinds) == 0.75
    assert agreement(x_real, kinds, x_real, kinds) == 1.0


def test_real_digits_agree_with_their_labels_and_shuffled_ones_do_not():
    """So that the figure means something: high for the data, a tenth for chance."""
    data = LabelledDataset(load_array("digits"), 10)
    x_real, kinds = data.batch(0, 0, 2000)
    x, labels = data.batch(0, 4, 500)
    assert agreement(x, labels, x_real, kinds) > 0.85
    assert agreement(x, np.roll(labels, 1), x_real, kinds) < 0.2


def test_a_conditional_run_trains_resumes_and_samples(tmp_path):
    """From the command line, on the embedded digits and their labels."""
    run = tmp_path / "run"
    small = ["dim=2", "latent_size=3", "batch_size=4", "sample_every=2"]
    chosen = [word for each in small for word in ("--set", each)]
    made = scratchgan(
        "train", "projection-digits", "--steps", "2", "--out", run, *chosen
    )
    assert made.returncode == 0, made.stderr
    assert json.loads((run / "config.json").read_text())["data_shape"] == [
        [28, 28, 1],
        [],
    ]
    logged = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    assert 0 <= logged["label_agreement"] <= 1
    again = scratchgan("train", "--resume", run, "--steps", "4")
    assert again.returncode == 0, again.stderr
    assert (run / "samples" / "step-00000004.png").is_file()
    drawn = scratchgan("sample", run, "-n", "100", "--out", tmp_path / "sheet.npy")
    assert drawn.returncode == 0, drawn.stderr
    assert np.load(tmp_path / "sheet.npy").shape == (100, 28, 28, 1)
    made = scratchgan("train", "projection-digits", "--data", "ring")
    assert made.returncode == 2
    assert "data: expected samples held in memory, ring is generated" in made.stderr
