"""Films play every video at once, over and over; strips lay them out."""

import numpy as np
import pytest
from PIL import Image, ImageSequence

from scratchgan.training.films import DURATION, FILM_PIXELS, save_films, save_strip
from scratchgan.training.pictures import sheet

RNG = np.random.default_rng(0)


def films(channels):
    return RNG.random((5, 16, 8, 8, channels))


def test_a_film_has_every_frame_of_the_grid(tmp_path):
    videos = films(1)
    save_films(tmp_path / "a.gif", videos, 3, (0, 1))
    with Image.open(tmp_path / "a.gif") as film:
        assert film.info["loop"] == 0
        frames = [np.array(f.convert("L")) for f in ImageSequence.Iterator(film)]
        assert film.info["duration"] == DURATION
    assert len(frames) == 16
    for t, frame in enumerate(frames):
        np.testing.assert_array_equal(
            frame, sheet(videos[:, t], 3, (0, 1), FILM_PIXELS)[..., 0]
        )


@pytest.mark.parametrize("channels", [1, 3])
def test_equal_videos_are_equal_files(tmp_path, channels):
    videos = films(channels)
    for name in ("a", "b"):
        save_films(tmp_path / f"{name}.gif", videos.copy(), 3, (0, 1))
    a, b = ((tmp_path / f"{n}.gif").read_bytes() for n in ("a", "b"))
    assert a == b
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gif", "b.gif"]


def test_a_strip_has_a_row_a_video_and_a_column_a_frame(tmp_path):
    videos = films(1)
    save_strip(tmp_path / "a.png", videos, (0, 1))
    with Image.open(tmp_path / "a.png") as image:
        found = np.array(image)
    expected = sheet(videos.reshape(80, 8, 8, 1), 16, (0, 1))[..., 0]
    np.testing.assert_array_equal(found, expected)


def test_two_channels_are_refused(tmp_path):
    with pytest.raises(ValueError, match="expected 1 or 3 channels, received 2"):
        save_films(tmp_path / "a.gif", films(2), 3, (0, 1))
