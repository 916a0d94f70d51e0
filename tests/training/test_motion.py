"""Speed and flicker of videos whose motion is known."""

import numpy as np
import pytest

from scratchgan.training.motion import DARK, brightness, flicker, speed


def square(places, side=3, size=24, level=1.0):
    """A square whose corner is at places (N, T, 2), on black."""
    videos = np.zeros((*places.shape[:2], size, size, 1))
    for (n, t), _ in np.ndenumerate(places[..., 0]):
        row, column = places[n, t]
        videos[n, t, row : row + side, column : column + side] = level
    return videos


def line(step, frames=7):
    return np.arange(frames)[None, :, None] * np.array(step)


@pytest.mark.parametrize("step", [(0, 0), (0, 2), (3, 0), (1, 1)])
def test_a_square_has_the_speed_it_moves_at(step):
    b = brightness(square(line(step)), (0, 1))
    assert speed(b) == pytest.approx(np.hypot(*step), rel=1e-12)
    assert flicker(b) == pytest.approx(0, abs=1e-12)


def test_videos_count_alike():
    b = brightness(square(np.concatenate([line((0, 0)), line((0, 3))])), (0, 1))
    assert speed(b) == pytest.approx(1.5)


def test_what_vanishes_or_appears_flickers():
    """Half of the time there: mean m/2 and deviation m/2."""
    video = square(line((0, 0), frames=8) + 2)
    video[:, 4:] = 0
    for way in (video, video[:, ::-1]):
        b = brightness(way, (0, 1))
        assert flicker(b) == pytest.approx(1)
        assert speed(b) == 0  # what is not there does not jump to a corner


def test_what_grows_flickers_less_than_what_vanishes():
    video = square(line((0, 0), frames=8))
    video *= np.linspace(0.5, 1, 8)[:, None, None, None]
    expected = np.linspace(0.5, 1, 8).std() / 0.75
    assert flicker(brightness(video, (0, 1))) == pytest.approx(expected)


def test_brightness_takes_the_range_and_drops_a_haze():
    video = 2 * square(line((0, 2))) - 1
    b = brightness(video, (-1, 1))
    assert (b.min(), b.max()) == (0, 1)
    hazy = brightness(np.maximum(video, -1 + 1.9 * DARK), (-1, 1))
    np.testing.assert_array_equal(b, hazy)
    clipped = brightness(3 * video, (-1, 1))
    np.testing.assert_array_equal(b, clipped)


def test_darkness_has_neither():
    b = brightness(np.zeros((2, 4, 5, 5, 1)), (0, 1))
    assert (speed(b), flicker(b)) == (0, 0)
