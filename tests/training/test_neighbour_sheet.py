"""Rows of an image and the training images that come nearest to it."""

import numpy as np
import pytest
from PIL import Image

from scratchgan.data import ArrayDataset, Dequantized, LabelledDataset, load
from scratchgan.training.neighbour_sheet import (
    SPACE,
    save_neighbours,
    training_images,
    with_neighbours,
)
from scratchgan.training.pictures import GAP

RNG = np.random.default_rng(0)


def test_rows_of_training_images_begin_with_themselves_twice():
    data = load("digits")
    x = data.batch(0, 0, 4)
    rows = with_neighbours(x, data, 3).reshape(4, 4, 28, 28, 1)
    np.testing.assert_array_equal(rows[:, 0], x)
    np.testing.assert_array_equal(rows[:, 1], x)
    apart = ((rows[:, 2:] - x[:, None]) ** 2).sum((2, 3, 4))
    everyone = ((data.scaled(data.samples) - x[0]) ** 2).sum((1, 2, 3))
    np.testing.assert_allclose(apart[0], np.sort(everyone)[1:3], rtol=1e-5)


def test_a_space_stands_between_an_image_and_its_neighbours(tmp_path):
    rows = RNG.uniform(0, 0.9, (2 * 4, 5, 6, 1))
    save_neighbours(tmp_path / "a.png", rows, 3, (0, 1))
    with Image.open(tmp_path / "a.png") as image:
        picture = np.array(image)
    width = 4 * (6 + GAP) + GAP + SPACE + GAP
    factor = picture.shape[1] // width
    small = picture[::factor, ::factor]
    assert small.shape == (2 * (5 + GAP) + GAP, width)
    for i, tile in enumerate((rows[..., 0] * 255).round().reshape(2, 4, 5, 6)):
        top = GAP + i * (5 + GAP)
        for j, part in enumerate(tile):
            left = GAP + j * (6 + GAP) + (SPACE + GAP if j else 0)
            np.testing.assert_array_equal(
                small[top : top + 5, left : left + 6], part, err_msg=f"{i}, {j}"
            )
    between = small[:, GAP + 6 : GAP + 6 + 2 * GAP + SPACE]
    assert (between == 255).all()


def test_images_are_found_in_every_kind_of_set_in_memory():
    digits = load("digits")
    assert training_images(digits) is digits
    assert training_images(LabelledDataset(digits, 10)) is digits
    assert training_images(load("ring")) is None
    pixels = RNG.integers(0, 256, (7, 4, 4, 3), np.uint8)
    found = training_images(Dequantized("x", pixels))
    assert isinstance(found, ArrayDataset)
    # levels of width 1/128 from −1 on, of which these are the middles
    middles = (pixels + 0.5) / 128 - 1
    np.testing.assert_allclose(found.scaled(pixels), middles, atol=1e-6)


def test_too_few_training_images_are_refused():
    data = ArrayDataset("few", np.zeros((2, 4, 4, 1), np.uint8))
    with pytest.raises(ValueError, match="expected at most 2, the real samples"):
        with_neighbours(np.zeros((1, 4, 4, 1)), data)
