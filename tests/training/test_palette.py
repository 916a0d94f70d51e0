"""Pictures in one palette: what is exact, what is near, and what is not lost."""

import numpy as np

from scratchgan.training.palette import BITS, COLOURS, in_one_palette

RNG = np.random.default_rng(0)


def reduced(pictures):
    palette, indices = in_one_palette(pictures)
    assert palette.dtype == np.uint8
    assert palette.shape[1:] == (3,)
    assert len(palette) <= COLOURS
    assert all(index.dtype == np.uint8 for index in indices)
    return [palette[index].astype(int) for index in indices]


def test_a_few_colours_are_kept_exactly():
    few = (RNG.integers(0, 2**BITS, (200, 3)) << (8 - BITS)).astype(np.uint8)
    pictures = list(few[RNG.integers(0, 200, (3, 20, 30))])
    for picture, found in zip(pictures, reduced(pictures), strict=True):
        np.testing.assert_array_equal(found, picture)


def test_many_colours_come_near_and_each_takes_the_nearest():
    pictures = [RNG.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(2)]
    palette, indices = in_one_palette(pictures)
    for picture, index in zip(pictures, indices, strict=True):
        apart = ((picture[:, :, None].astype(int) - palette) ** 2).sum(-1)
        taken = np.take_along_axis(apart, index[:, :, None].astype(int), -1)[..., 0]
        # a pixel is at most a cell's diagonal from what stands for its cell
        slack = 2 * np.sqrt(3) * 2 ** (8 - BITS)
        assert (np.sqrt(taken) <= np.sqrt(apart.min(-1)) + slack).all()
        # 256 cells of equal volume have a side of 255 / 6.3, a deviation of side / √12
        assert np.sqrt(taken.mean() / 3) < 1.5 * (255 / 6.3) / np.sqrt(12)


def test_paper_stays_white_and_a_rare_colour_is_not_lost():
    """Among ten thousand shades of orange."""
    shades = np.stack(np.meshgrid(np.arange(100), np.arange(100)), -1)
    orange = np.concatenate([255 - shades[..., :1], shades + 50], -1).astype(np.uint8)
    paper = np.full((100, 100, 3), 255, np.uint8)
    paper[40:44, 40:44] = blue = np.array([40, 90, 200])
    whole = np.concatenate([orange, paper])
    (found,) = reduced([whole])
    assert (found[150:] == 255).all()
    assert np.abs(found[140:144, 40:44] - blue).max() < 8
    assert np.abs(found[:100] - orange).mean() < 6


def test_the_order_of_pictures_and_their_repetition_change_nothing_else():
    pictures = [RNG.integers(0, 256, (16, 16, 3), np.uint8) for _ in range(2)]
    a, b = reduced(pictures)
    c, d = reduced(pictures[::-1])
    np.testing.assert_array_equal(a, d)
    np.testing.assert_array_equal(b, c)
