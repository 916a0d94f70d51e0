"""Three digits in an image, each drawn from all of them, again in every batch."""

import os

import numpy as np
import pytest

from scratchgan.data import StackedDigits, load, load_array
from scratchgan.rng import Stream

#: Four "digits" of one colour each, so that a pixel names its digit.
COLOURS = np.array([0, 85, 170, 255], np.uint8)
FLAT = np.broadcast_to(COLOURS[:, None, None, None], (4, 5, 3, 1))


def small(**changes):
    return StackedDigits("small", FLAT, **changes)


def test_a_batch_is_a_function_of_seed_and_index():
    data = small()
    first = data.batch(3, 5, 4)
    assert first.shape == (4, *data.shape) == (4, 5, 3, 3)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, data.batch(3, 5, 4))
    for other in (data.batch(3, 6, 4), data.batch(4, 5, 4)):
        assert not np.array_equal(first, other)


def test_a_channel_is_a_whole_digit():
    data = small(value_range=(0, 255))
    images, chosen = data.batch(0, 0, 50), data.chosen(0, 0, 50)
    expected = np.broadcast_to(COLOURS[chosen][:, None, None], images.shape)
    np.testing.assert_array_equal(images, expected)


def test_pixels_are_not_turned_or_mirrored():
    image = np.arange(12, dtype=np.uint8).reshape(1, 4, 3, 1)
    data = StackedDigits("one", image, (0, 255))
    for channel in np.moveaxis(data.batch(0, 0, 1)[0], -1, 0):
        np.testing.assert_array_equal(channel, image[0, ..., 0])


def test_channels_are_independent_and_digits_equally_often():
    """χ² of 64 kinds of stack: below its mean plus five deviations."""
    kinds = small().chosen(0, 0, 6400) @ [16, 4, 1]
    counts = np.bincount(kinds, minlength=64)
    chi2 = ((counts - 100) ** 2 / 100).sum()
    assert chi2 < 63 + 5 * np.sqrt(2 * 63)


def test_training_stacks_are_of_the_embedded_digits_where_there_are_no_others(
    monkeypatch,
):
    monkeypatch.delenv("SCRATCHGAN_DATA", raising=False)
    data = load("stacked-mnist", value_range=(-1, 1))
    assert (data.shape, data.name) == ((28, 28, 3), "stacked-mnist")
    batch = data.batch(0, 0, 8)
    assert (batch.min(), batch.max()) == (-1, 1)
    np.testing.assert_array_equal(data.images, load_array("digits").samples)
    assert StackedDigits("other", data.images[1:]).digest != data.digest


@pytest.mark.skipif("SCRATCHGAN_DATA" not in os.environ, reason="needs SCRATCHGAN_DATA")
def test_test_stacks_are_of_the_test_digits():
    test, training = load("stacked-mnist-test"), load("stacked-mnist")
    np.testing.assert_array_equal(test.images, load_array("mnist-test").samples)
    np.testing.assert_array_equal(training.images, load_array("mnist").samples)


def test_it_is_not_held_in_memory():
    with pytest.raises(ValueError, match="stacked-mnist is generated"):
        load_array("stacked-mnist")


def test_draws_are_its_own():
    """Named after the set: no other draw of a run has the same numbers."""
    stream = Stream(0, "data/small")
    np.testing.assert_array_equal(
        small().chosen(0, 7, 9), stream.integers(7, 4, (9, 3))
    )
