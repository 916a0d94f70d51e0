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


def test_paper_stays_white_among_thousands_of_colours():
    picture = RNG.integers(0, 256, (300, 300, 3), np.uint8)
    picture[:, :30] = 255
    (found,) = reduced([picture])
    assert (found[:, :30] == 255).all()


def test_rare_colours_that_are_unlike_the_rest_are_not_lost():
    """A small scale of blues, on a large picture in pale colours."""
    picture = RNG.integers(192, 256, (400, 400, 3)).astype(np.uint8)
    r, b = np.meshgrid(np.arange(0, 120, 8), np.arange(80, 240, 8))
    blues = np.stack([r, r // 2 + 40, b], axis=-1)
    picture[:20, :15] = blues
    (found,) = reduced([picture])
    # 300 colours of 700: where pixels alone counted, one in 500 would get a colour
    assert np.abs(found[:20, :15] - blues).mean() < 12


def test_the_order_of_pictures_and_their_repetition_change_nothing_else():
    pictures = [RNG.integers(0, 256, (16, 16, 3), np.uint8) for _ in range(2)]
    a, b = reduced(pictures)
    c, d = reduced(pictures[::-1])
    np.testing.assert_array_equal(a, d)
    np.testing.assert_array_equal(b, c)
