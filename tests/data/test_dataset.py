import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan.data import NAMES, ArrayDataset, load
from scratchgan.data.generated import (
    GRID_CENTRES,
    GRID_STD,
    RING_CENTRES,
    RING_STD,
    SETS,
)


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
    unit = np.sort(ArrayDataset("pixels", pixels).batch(0, 0, 3).ravel())
    assert unit[0] == 0
    assert unit[2] == 1


def test_more_than_there_is_and_an_empty_range_are_named():
    data = load("digits")
    with pytest.raises(ValueError, match="batch_size: expected 1 to 10000"):
        data.batch(0, 0, 10001)
    with pytest.raises(ValueError, match="value_range: expected low < high"):
        load("digits", value_range=(1, 0))


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


def test_the_swiss_roll_lies_on_its_spiral():
    points = SETS["swissroll"].batch(0, 0, 20_000) * 7.5
    radius = np.linalg.norm(points, axis=1)
    assert 1.5 * np.pi - 1.5 < radius.min()
    assert radius.max() < 4.5 * np.pi + 1.5
    # on the spiral the angle is the radius, up to whole turns and the noise
    turn = (np.arctan2(points[:, 1], points[:, 0]) - radius) / (2 * np.pi)
    off = np.abs(turn - turn.round()) * 2 * np.pi
    assert np.sqrt(np.mean(off**2)) == pytest.approx(0.25, rel=0.15)


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
