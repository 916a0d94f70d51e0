"""Videos from .npy files: axes in both orders, clips, and what is refused."""

import numpy as np
import pytest

from scratchgan.data.videos import read_videos

RNG = np.random.default_rng(0)
VIDEOS = RNG.integers(0, 256, (30, 20, 6, 5), np.uint8)


def saved(path, array, **options):
    np.save(path / "videos.npy", array, **options)
    return str(path / "videos.npy")


@pytest.mark.parametrize(
    "array", [VIDEOS, VIDEOS.swapaxes(0, 1), VIDEOS[..., None]], ids=["NT", "TN", "NTC"]
)
def test_clips_are_frames_in_a_row_of_every_video(tmp_path, array):
    data = read_videos(saved(tmp_path, array), 16, (0, 255))
    assert (len(data), data.shape) == (30, (16, 6, 5, 1))
    batch = data.batch(0, 0, 30)
    found = {}
    for clip in batch[..., 0]:
        for n, start in np.ndindex(30, 5):
            if np.array_equal(VIDEOS[n, start : start + 16], clip):
                found[n] = start
    assert sorted(found) == list(range(30))
    assert set(found.values()) == set(range(5))
    np.testing.assert_array_equal(batch, data.batch(0, 0, 30))


def test_videos_of_just_enough_frames_are_whole(tmp_path):
    data = read_videos(saved(tmp_path, VIDEOS[:, :16]), 16, (-1, 1))
    batch = data.batch(0, 0, 30)
    assert batch.dtype == np.float32
    expected = np.sort(VIDEOS[:, :16].reshape(30, -1) / 127.5 - 1, axis=0)
    np.testing.assert_allclose(
        np.sort(batch.reshape(30, -1), axis=0), expected, atol=1e-6
    )


def test_floats_and_colours_are_taken_as_they_are(tmp_path):
    array = RNG.normal(size=(18, 16, 4, 4, 3))
    data = read_videos(saved(tmp_path, array), 16, (-1, 1))
    assert data.shape == (16, 4, 4, 3)
    expected = np.sort(array.astype(np.float32), axis=0)
    np.testing.assert_array_equal(np.sort(data.batch(0, 0, 18), axis=0), expected)


@pytest.mark.parametrize(
    ("array", "error", "match"),
    [
        (VIDEOS[:, :15], ValueError, "at least 16 frames, received 30 of 15"),
        (VIDEOS[0], ValueError, r"expected videos \(N, T, H, W\).*\(20, 6, 5\)"),
        (VIDEOS[:0], ValueError, r"received \(0, 20, 6, 5\)"),
        (VIDEOS.astype(int), TypeError, "expected uint8 or floats, received int64"),
        (
            np.repeat(VIDEOS[..., None], 2, -1),
            ValueError,
            r"expected 1 or 3 channels.*\(30, 20, 6, 5, 2\)",
        ),
        (np.full((20, 16, 4, 4), np.nan), ValueError, "received NaN or infinity"),
    ],
    ids=["short", "one video", "none", "integers", "two channels", "NaN"],
)
def test_what_is_no_set_of_videos_is_named(tmp_path, array, error, match):
    with pytest.raises(error, match=match) as caught:
        read_videos(saved(tmp_path, array), 16, (0, 1))
    assert "videos.npy" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_videos_of_different_lengths_are_named(tmp_path):
    uneven = np.empty(2, object)
    uneven[:] = [VIDEOS[0], VIDEOS[1, :17]]
    path = saved(tmp_path, uneven, allow_pickle=True)
    with pytest.raises(ValueError, match=r"videos\.npy: not a readable array") as found:
        read_videos(path, 16, (0, 1))
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("source", ["mnist", "clip.mp4", "moving-mnst"])
def test_what_is_no_npy_is_named(source):
    with pytest.raises(ValueError, match=f"moving-mnist or a .npy.*'{source}'"):
        read_videos(source, 16, (0, 1))


def test_missing_and_empty_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.npy: no such file"):
        read_videos(str(tmp_path / "none.npy"), 16, (0, 1))
    (tmp_path / "empty.npy").touch()
    with pytest.raises(ValueError, match=r"empty\.npy: the file is empty"):
        read_videos(str(tmp_path / "empty.npy"), 16, (0, 1))
