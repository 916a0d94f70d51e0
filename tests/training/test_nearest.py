"""Nearest neighbours: figures of generators whose quality is known."""

import numpy as np
import pytest

from scratchgan.data import ArrayDataset, load
from scratchgan.training.nearest import GENERATED, REAL, entropy, measure_nearest
from scratchgan.training.nearest import nearest as find
from scratchgan.training.state import PlayerState, TrainingState
from scratchgan.training.system import System


def measured(make, data):
    """What is said of the samples that `make` gives."""
    system = System(
        players={},
        phases=(),
        generator="g",
        latent=lambda stream, tick, n: np.arange(n)[:, None],
        make=make,
    )
    player = PlayerState((), (), None)
    state = TrainingState(np.asarray(0), {}, {"g": player}, {})
    return measure_nearest(system, state, data, 0)


def test_real_images_are_as_near_as_real_ones_and_show_ten_classes():
    data = load("digits")
    others = data.batch(0, 0, REAL + GENERATED)[REAL:]
    found = measured(lambda params, memory, z: others[z[:, 0]], data)
    assert found["nearest_distance"] == pytest.approx(1)
    assert 3.2 < found["label_entropy"] <= np.log2(10)


def test_one_image_over_and_over_has_no_entropy_and_a_copy_no_distance():
    data = load("digits")
    copy = data.batch(0, 0, REAL + GENERATED)[:1]
    found = measured(lambda params, memory, z: np.repeat(copy, len(z), 0), data)
    assert found["nearest_distance"] == pytest.approx(0, abs=1e-6)
    assert found["label_entropy"] == 0
    noise = np.random.default_rng(0).uniform(size=(GENERATED, 28, 28, 1))
    found = measured(lambda params, memory, z: noise[z[:, 0]], data)
    assert found["nearest_distance"] > 1.5


def test_sets_without_labels_or_too_small_are_told_less():
    data = load("digits")
    bare = ArrayDataset("bare", data.samples)
    others = bare.batch(0, 0, REAL)
    found = measured(lambda params, memory, z: others[z[:, 0]], bare)
    assert found.keys() == {"nearest_distance"}
    few = ArrayDataset("few", data.samples[:100], labels=data.labels[:100])
    assert measured(None, few) == {}


def test_the_nearest_is_the_nearest():
    rng = np.random.default_rng(0)
    x, real = rng.normal(size=(5, 2, 3)), rng.normal(size=(7, 2, 3))
    each = np.sqrt(((x[:, None] - real[None]) ** 2).sum((2, 3)))
    index, distance = find(x, real)
    np.testing.assert_array_equal(index, each.argmin(1))
    np.testing.assert_allclose(distance, each.min(1))
    assert entropy(np.array([0, 1, 3, 3])) == pytest.approx(1.5)
