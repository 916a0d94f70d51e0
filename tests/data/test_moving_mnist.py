"""Digits that move at one speed, stay inside, and are a function of two integers."""

import numpy as np
import pytest

from scratchgan.data.moving_mnist import (
    SPEED,
    MovingDigits,
    bounced,
    moving_mnist,
)

#: Two digits of a few pixels, so that everything can be followed.
SHAPES = np.array([[[10, 200], [30, 40]], [[255, 60], [70, 80]]], np.uint8)


def small(**changes):
    return MovingDigits("small", SHAPES, **{"size": 12, "digits": 1, **changes})


def test_a_batch_is_a_function_of_seed_and_index():
    data = small()
    first = data.batch(3, 5, 4)
    assert first.shape == (4, *data.shape) == (4, 16, 12, 12, 1)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, data.batch(3, 5, 4))
    for other in (data.batch(3, 6, 4), data.batch(4, 5, 4)):
        assert not np.array_equal(first, other)


def test_a_digit_is_whole_in_every_frame():
    """Nothing is cut off at the walls, and nothing is added."""
    videos = small(value_range=(0, 255)).batch(0, 0, 64)
    masses = videos.sum((2, 3, 4))
    assert set(masses.ravel()) == set(SHAPES.sum((1, 2)).astype(np.float32))
    np.testing.assert_array_equal(masses, masses[:, :1].repeat(16, axis=1))


def test_places_are_those_of_a_ball_between_walls():
    """Step by step, turned round where a wall is crossed."""
    rng = np.random.default_rng(0)
    place, velocity = rng.random(100), SPEED * np.cos(6.28 * rng.random(100))
    start, speed, turns = place.copy(), velocity.copy(), 0
    for t in range(1, 40):
        place = place + velocity
        for beyond, mirror in ((place < 0, 0.0), (place > 1, 2.0)):
            place = np.where(beyond, mirror - place, place)
            velocity = np.where(beyond, -velocity, velocity)
            turns += beyond.sum()
        np.testing.assert_allclose(bounced(start + speed * t), place, atol=1e-12)
    assert turns > 100


def test_digits_move_by_a_tenth_of_the_room_and_bounce():
    data = small(size=202, digits=3)
    corners = data.corners(1, 0, 50)
    assert corners.shape == (50, 3, 16, 2)
    assert corners.min() >= 0
    assert corners.max() <= 200
    steps = np.diff(corners, axis=2)
    # a step that meets a wall ends less than a step from it
    near = (corners < 20) | (corners > 180)
    inner = ~(near[:, :, 1:] | near[:, :, :-1]).any(-1)
    assert inner.mean() > 0.3
    lengths = np.linalg.norm(steps, axis=-1)[inner]
    np.testing.assert_allclose(lengths, 20, atol=np.sqrt(2))  # half a pixel a corner
    turned = (steps[:, :, 1:] * steps[:, :, :-1] < 0).any(-1)
    assert turned.any((1, 2)).all()
    assert not (turned & inner[:, :, 1:]).any()


def test_where_digits_meet_the_brighter_pixel_shows():
    data = small(size=2, digits=2, value_range=(0, 255))
    videos = data.batch(0, 0, 32)[..., 0]  # no room: both in one place
    one, two = SHAPES.astype(np.float32)
    for video in videos[:, 0]:
        assert any(np.array_equal(video, x) for x in (one, two, np.maximum(one, two)))
    assert any(np.array_equal(v, np.maximum(one, two)) for v in videos[:, 0])


def test_pixels_take_the_value_range():
    videos = small(value_range=(-1, 1)).batch(0, 0, 64)
    assert videos.min() == -1
    assert videos.max() == 1


def test_digits_shrink_with_the_frame():
    large, medium = (moving_mnist(s, 1, 16, (0, 255)) for s in (64, 32))
    assert large.images.shape[1:] == (28, 28)
    assert medium.images.shape[1:] == (14, 14)
    block = large.images[7, 10:12, 14:16].mean()
    assert abs(medium.images[7, 5, 7] - block) <= 0.5
    assert medium.shape == (16, 32, 32, 1)


def test_the_middle_of_a_digit_keeps_its_pixels():
    whole, middle = (moving_mnist(64, 1, 16, (0, 255), width) for width in (0, 20))
    np.testing.assert_array_equal(middle.images, whole.images[:, 4:24, 4:24])
    small = moving_mnist(32, 1, 16, (0, 255), 20)
    np.testing.assert_array_equal(small.images, middle.images)
    ink = middle.images.sum() / whole.images.sum()
    assert 0.9 < ink < 1  # centred by mass, it sticks out a little


@pytest.mark.parametrize("width", [-1, 29])
def test_a_middle_wider_than_a_digit_is_named(width):
    with pytest.raises(ValueError, match=f"1 to 28 pixels, received {width}"):
        moving_mnist(32, 1, 16, (0, 1), width)


def test_the_digest_tells_one_set_from_another():
    kinds = [small(), small(digits=2), small(size=13), small(frames=17)]
    other = MovingDigits("small", SHAPES[::-1], size=12, digits=1)
    assert len({data.digest for data in (*kinds, other)}) == 5
    assert small().digest == small().digest


@pytest.mark.parametrize("size", [8, 31, 48])
def test_a_frame_that_no_doublings_make_is_named(size):
    with pytest.raises(ValueError, match=f"power of two from 16, received {size}"):
        moving_mnist(size, 1, 16, (0, 1))


def test_a_frame_smaller_than_a_digit_is_named():
    with pytest.raises(
        ValueError, match=r"at least 2, the width of a digit \(.*, received 1"
    ):
        small(size=1)
