import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan.data import (
    GRID_CENTRES,
    GRID_STD,
    NAMES,
    RING_CENTRES,
    RING_STD,
    ArrayDataset,
    grid,
    load,
    ring,
    swissroll,
)
from scratchgan.data.generated import SETS
from scratchgan.rng import Stream


@given(st.integers(1, 20), st.data(), st.integers(0, 3), st.integers(0, 2**31))
def test_an_epoch_visits_each_sample_at_most_once(n, data, epoch, seed):
    size = data.draw(st.integers(1, n))
    samples = ArrayDataset("numbers", np.arange(float(n))[:, None])
    batches = n // size
    seen = np.concatenate(
        [samples.batch(seed, epoch * batches + i, size) for i in range(batches)]
    )
    assert len(seen) == batches * size
    assert len(np.unique(seen)) == len(seen)


def test_a_batch_is_a_function_of_seed_and_index():
    data = load("digits")
    np.testing.assert_array_equal(data.batch(1, 7, 32), data.batch(1, 7, 32))
    for other in (data.batch(2, 7, 32), data.batch(1, 8, 32)):
        assert not np.array_equal(other, data.batch(1, 7, 32))


def test_epochs_have_orders_of_their_own():
    samples = ArrayDataset("numbers", np.arange(50.0)[:, None])
    orders = [samples.batch(0, epoch, 50).tobytes() for epoch in range(3)]
    assert len(set(orders)) == 3


@given(st.floats(-2, 0.9), st.floats(0.1, 3))
def test_black_and_white_become_the_ends_of_the_range(low, width):
    high = low + width
    pixels = np.array([0, 255, 51], np.uint8).reshape(3, 1, 1, 1)
    data = ArrayDataset("pixels", pixels, (low, high))
    found = np.sort(data.batch(0, 0, 3).ravel())
    expected = np.sort([low, high, low + 0.2 * (high - low)])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    # the ends are hit exactly, whatever the rounding of high - low
    assert found[0] == np.float32(low)
    assert found[2] == np.float32(high)


def test_more_than_there_is_and_an_empty_range_are_named():
    data = load("digits")
    with pytest.raises(ValueError, match="batch_size: expected 1 to 10000"):
        data.batch(0, 0, 10001)
    for bad in ((1, 0), (1, 1), (0, np.inf), (-np.inf, 0), (np.nan, 1)):
        with pytest.raises(ValueError, match="value_range: expected low < high"):
            load("digits", value_range=bad)


def test_labels_are_one_a_sample_or_unknown():
    samples = np.zeros((3, 2), np.float32)
    labels = np.array([2, 0, 1])
    assert ArrayDataset("points", samples).labels is None
    found = ArrayDataset("points", samples, labels=labels).labels
    np.testing.assert_array_equal(found, labels)
    for bad in (labels[:2], labels[:, None]):
        with pytest.raises(ValueError, match="points: expected 3 labels"):
            ArrayDataset("points", samples, labels=bad)


def test_data_sets_of_arrays_can_be_compared_and_hashed():
    one, other = (ArrayDataset("points", np.zeros((3, 2))) for _ in range(2))
    assert one == one
    assert one != other
    assert len({one, other}) == 2


@pytest.mark.parametrize(
    ("name", "centres", "std"),
    [("ring", RING_CENTRES, RING_STD), ("grid", GRID_CENTRES, GRID_STD)],
)
def test_mixtures_have_their_modes_equally_often_and_as_wide(name, centres, std):
    points = SETS[name].batch(0, 0, 50_000)
    distances = np.linalg.norm(points[:, None] - centres, axis=-1)
    mode = distances.argmin(axis=1)
    share = np.bincount(mode, minlength=len(centres)) / len(points)
    expected = 1 / len(centres)
    deviation = np.sqrt(expected * (1 - expected) / len(points))
    assert np.all(np.abs(share - expected) < 5 * deviation)
    offsets = points - centres[mode]
    assert offsets.std() == pytest.approx(std, rel=0.02)
    assert np.abs(offsets.mean(axis=0)).max() < 5 * std / np.sqrt(len(points))


def test_published_sizes():
    assert np.allclose(np.linalg.norm(RING_CENTRES, axis=1), 2 / 1.414)
    assert len(RING_CENTRES) == 8
    assert len(np.unique(GRID_CENTRES.round(6), axis=0)) == 25
    assert np.isclose(GRID_CENTRES.max(), 4 / 2.828)
    # the mixtures' test measures against these two, so they need a check of their own
    assert np.isclose(RING_STD, 0.02 / 1.414)
    assert np.isclose(GRID_STD, 0.05 / 2.828)


def test_the_swiss_roll_lies_on_its_spiral():
    points = SETS["swissroll"].batch(0, 0, 20_000) * 7.5
    radius = np.linalg.norm(points, axis=1)
    assert 1.5 * np.pi - 1.5 < radius.min()
    assert radius.max() < 4.5 * np.pi + 1.5
    assert radius.mean() == pytest.approx(3 * np.pi, rel=0.01)
    assert radius.std() == pytest.approx(3 * np.pi / np.sqrt(12), rel=0.02)
    # on the spiral the angle is the radius, up to whole turns and the noise
    turn = (np.arctan2(points[:, 1], points[:, 0]) - radius) / (2 * np.pi)
    off = np.abs(turn - turn.round()) * 2 * np.pi
    assert np.sqrt(np.mean(off**2)) == pytest.approx(0.25, rel=0.15)


@pytest.mark.parametrize("points", [ring, grid, swissroll])
def test_the_functions_are_what_the_sets_draw_from(points):
    name = points.__name__
    stream = Stream(5, f"data/{name}")
    expected = points(stream, 3, 16).astype(np.float32)
    np.testing.assert_array_equal(load(name).batch(5, 3, 16), expected)


@pytest.mark.parametrize("name", SETS)
def test_generated_batches_are_pure_and_fresh(name):
    data = load(name)
    np.testing.assert_array_equal(data.batch(0, 3, 64), data.batch(0, 3, 64))
    assert not np.array_equal(data.batch(0, 3, 64), data.batch(0, 4, 64))
    assert data.batch(0, 0, 64).dtype == np.float32


def test_unknown_names_get_the_nearest():
    with pytest.raises(ValueError, match="unknown name 'mnits'; did you mean 'mnist'"):
        load("mnits")
    assert set(NAMES) >= {"digits", "mnist", "fashion-mnist", "cifar10", "ring", "grid"}
