"""Nearest neighbours: figures of generators whose quality is known."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.data import ArrayDataset, load
from scratchgan.training.nearest import (
    BLOCK,
    GENERATED,
    REAL,
    blocks_of,
    entropy,
    measure_nearest,
    neighbours,
)
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


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(0, 6),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    share=st.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_the_k_nearest_are_those_of_all_blocks_in_order(seed, n, sizes, share):
    rng = np.random.default_rng(seed)
    x, real = rng.normal(size=(n, 3, 2)), rng.normal(size=(sum(sizes), 3, 2))
    k = 1 + int(share * (len(real) - 1))
    blocks = np.split(real, np.cumsum(sizes)[:-1])
    index, distance = neighbours(x, blocks, k)
    each = np.sqrt(((x[:, None] - real[None]) ** 2).sum((2, 3)))
    assert index.shape == distance.shape == (n, k)
    np.testing.assert_array_equal(index, each.argsort(axis=1)[:, :k])
    np.testing.assert_allclose(distance, np.sort(each, axis=1)[:, :k], rtol=1e-12)


def test_training_images_are_their_own_neighbours_at_no_distance():
    """Exactly none, where ‖a‖² + ‖b‖² − 2⟨a, b⟩ would leave 1e-8 ‖a‖."""
    data = load("digits")
    chosen = [0, 77, 9_999]
    index, distance = neighbours(data.scaled(data.samples[chosen]), blocks_of(data), 3)
    np.testing.assert_array_equal(index[:, 0], chosen)
    np.testing.assert_array_equal(distance[:, 0], 0)
    assert (np.diff(distance) >= 0).all()
    assert (distance[:, 1] > 1).all()


@pytest.mark.parametrize(("side", "n"), [(28, 200), (4, 2000)])
def test_sixty_thousand_images_need_little_memory(side, n):
    """All of 28 × 28 in float64 are 376 MB, distances to 2,000 samples 960 MB."""
    pixels = np.zeros((60_000, side, side, 1), np.uint8)
    pixels[:, 0, 0, 0] = np.arange(60_000) % 251
    pixels[:, 0, 1, 0] = np.arange(60_000) // 251
    data = ArrayDataset("many", pixels)
    x = data.scaled(pixels[59_000 - np.arange(n)])
    tracemalloc.start()
    index, _ = neighbours(x, blocks_of(data), 5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(index[:, 0], 59_000 - np.arange(n))
    assert peak < 250e6
    assert sum(1 for _ in blocks_of(data)) == -(-60_000 // (BLOCK // (8 * side**2)))


def test_what_has_no_neighbours_is_named():
    x, real = np.zeros((2, 3)), np.zeros((4, 3))
    with pytest.raises(ValueError, match=r"k: expected at most 4, .* received 5"):
        neighbours(x, (real[:2], real[2:]), 5)
    with pytest.raises(ValueError, match="k: expected at least 1, received 0"):
        neighbours(x, (real,), 0)
    with pytest.raises(ValueError, match=r"samples \(3,\), received \(2,\)"):
        neighbours(np.zeros((2, 2)), (real,), 1)
