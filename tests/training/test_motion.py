"""Speed and flicker of videos whose motion is known."""

import numpy as np
import pytest

from scratchgan.training.motion import (
    DARK,
    brightness,
    centred,
    flicker,
    likeness,
    speed,
)


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


@pytest.mark.parametrize("step", [(0, 0), (0, 2), (3, 0), (1, 1)])
def test_one_shape_stays_alike_wherever_it_goes(step):
    assert likeness(brightness(square(line(step)), (0, 1))) == pytest.approx(1)


def test_two_shapes_are_alike_by_their_cosine():
    """A square of 3 × 3 that becomes one of 5 × 5: 9 pixels shared, cosine 3/5."""
    places = line((0, 1))
    videos, large = square(places), square(places, side=5)
    videos[:, 4:] = large[:, 4:]
    same = 4 * 3 + 3 * 2  # ordered pairs of frames with equal squares, of 7 · 6
    expected = (same + (42 - same) * 3 / 5) / 42
    assert likeness(brightness(videos, (0, 1))) == pytest.approx(expected)


def test_a_centred_frame_has_its_centre_in_the_middle():
    b = centred(brightness(square(line((2, 1))), (0, 1)))
    lit = np.argwhere(b[0].any(0))
    assert lit.min(0).tolist() == [11, 11]
    assert lit.max(0).tolist() == [13, 13]


def test_what_is_moved_out_of_the_frame_is_lost_and_nothing_comes_in():
    """A heavy corner and a light pixel far away: the corner goes to the middle."""
    b = np.zeros((1, 2, 8, 8))
    b[:, :, 0, 0], b[:, :, 7, 7] = 1.0, 0.01
    moved = centred(b)[0, 0]
    assert moved[4, 4] == 1
    assert moved.sum() == 1


def test_dark_frames_are_like_nothing():
    assert likeness(np.zeros((2, 4, 8, 8))) == 0


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
