"""The GIF of a run's sheets: every frame where it should be, and as it should look."""

import numpy as np
import pytest
from PIL import Image, ImageSequence
from runs import contents, images, run, trainer

from scratchgan.training.animation import (
    DURATION,
    FRAMES,
    HEADER,
    LAST,
    PIXELS,
    animate,
    chosen,
    enlargement,
    save_animation,
)
from scratchgan.training.folder import Folder
from scratchgan.training.pictures import save_picture

RNG = np.random.default_rng(0)


def sheets(folder, pictures, every=10):
    """Sheets of steps `every`, 2 `every`, …"""
    paths = []
    for i, picture in enumerate(pictures, 1):
        paths.append(folder / f"step-{i * every:08d}.png")
        save_picture(paths[-1], picture)
    return paths


def frames_of(path):
    """Frames in RGB, and how long each is seen."""
    with Image.open(path) as film:
        assert film.info["loop"] == 0
        found = [
            (np.array(frame.convert("RGB")).astype(int), frame.info["duration"])
            for frame in ImageSequence.Iterator(film)
        ]
    return [frame for frame, _ in found], [duration for _, duration in found]


def animated(folder, pictures):
    save_animation(folder / "a.gif", sheets(folder, pictures))
    return frames_of(folder / "a.gif")


def grey(n, side=40):
    return RNG.integers(0, 256, (n, side, side, 1), np.uint8)


def test_grey_sheets_are_kept_to_the_level_and_the_last_is_held(tmp_path):
    pictures = grey(4)
    frames, durations = animated(tmp_path, pictures)
    assert durations == [DURATION] * 3 + [LAST]
    assert len(frames) == 4
    for frame, picture in zip(frames, pictures, strict=True):
        assert frame.shape == (40 + HEADER, 40, 3)
        np.testing.assert_array_equal(frame[HEADER:], picture.repeat(3, axis=2))


def test_the_step_stands_above_the_sheet(tmp_path):
    """Strips differ where the steps do, alone; blank sheets show nothing else."""
    blank = np.full((2, 40, 120, 1), 255, np.uint8)
    first, second = animated(tmp_path, blank)[0]
    for frame in (first, second):
        assert (frame[HEADER:] == 255).all()
        assert (frame[:HEADER] < 100).any()
    changed = np.abs(first - second).any(axis=(0, 2))
    assert changed.any()
    same = first[:HEADER, : changed.argmax()]  # "step "
    assert (same < 100).any()


def test_colours_are_rounded_a_little_and_do_not_flicker(tmp_path):
    ramp = np.linspace(0, 255, 64)
    still = np.stack(np.meshgrid(ramp, ramp[::-1]), axis=-1)
    still = np.concatenate([still, np.full((64, 64, 1), 90)], axis=2)
    moving = RNG.integers(0, 256, (5, 64, 16, 3)).astype(float)
    pictures = [np.concatenate([still, m], axis=1).astype(np.uint8) for m in moving]
    frames, _ = animated(tmp_path, pictures)
    for frame in frames[1:]:
        np.testing.assert_array_equal(frame[HEADER:, :64], frames[0][HEADER:, :64])
    error = np.abs(frames[-1][HEADER:] - pictures[-1])
    # 256 colours for two ramps of 64 and for noise: cells of about 255 / 6.3 levels
    assert error[:, :64].mean() < 255 / 6.3 / 2
    few = np.array([[200, 30, 40], [255, 255, 255], [21, 91, 163]], np.uint8)
    flat = few[RNG.integers(0, 3, (2, 32, 32))]
    (tmp_path / "flat").mkdir()
    frames, _ = animated(tmp_path / "flat", flat)
    np.testing.assert_array_equal(frames[-1][HEADER:], flat[-1])


def test_sixty_frames_are_enough_and_the_last_is_among_them(tmp_path):
    assert chosen(3) == [0, 1, 2]
    for count in (60, 61, 100, 1000):
        some = chosen(count)
        assert len(set(some)) == FRAMES
        assert (some[0], some[-1]) == (0, count - 1)
        assert max(np.diff(some)) - min(np.diff(some)) <= 1
    pictures = grey(70, side=8)
    frames, durations = animated(tmp_path, pictures)
    assert len(frames) == FRAMES
    assert durations[-1] == LAST
    np.testing.assert_array_equal(frames[-1][HEADER:, :, :1], pictures[-1])


@pytest.mark.parametrize(
    ("size", "factor"),
    [((242, 242), 3), ((100, 60), 8), ((700, 900), 1), ((900, 700), 1)],
)
def test_frames_are_small_and_pixels_stay_sharp(size, factor, tmp_path):
    small = RNG.integers(0, 256, (*size, 1), np.uint8)
    whole = small.repeat(factor, 0).repeat(factor, 1)
    assert enlargement(whole) == factor
    frames, _ = animated(tmp_path, [whole, 255 - whole])
    height, width, _ = frames[0].shape
    assert PIXELS / 2 < max(height, width) <= PIXELS
    assert (height - HEADER) / width == pytest.approx(size[0] / size[1], rel=0.01)
    if factor > 1:  # a whole number of pixels each
        step = width // size[1]
        np.testing.assert_array_equal(frames[0][HEADER::step, ::step, :1], small)


def test_what_is_no_sheet_of_this_run_is_left_out(tmp_path):
    """Sheets of another size, as an older version left them."""
    save_animation(tmp_path / "none.gif", [])
    assert not list(tmp_path.iterdir())
    pictures = [*grey(2, 16), *grey(3, 40)]
    frames, _ = animated(tmp_path, pictures)
    assert [f.shape[1] for f in frames] == [40] * 3
    assert not list(tmp_path.glob("*.tmp"))


def test_a_run_animates_its_sheets_and_makes_the_same_again(tmp_path):
    data = images(tmp_path / "images.npy")
    t = trainer(tmp_path / "run", "wgan-mnist", data, steps=5, sample_every=2)
    state = run(t)
    film = tmp_path / "run" / "samples.gif"
    frames, _ = frames_of(film)
    assert len(frames) == 3  # of steps 2, 4 and 5
    (t.folder.samples / "step-by-step.png").write_text("a note of the user's")
    before = contents(t.folder.path)
    film.unlink()
    t.finish(state)
    assert contents(t.folder.path) == before


def test_videos_sounds_and_texts_have_no_such_animation(tmp_path):
    folder = Folder(tmp_path)
    folder.make_folders()
    pictures = grey(2)
    sheets(folder.samples, pictures)  # as sounds have pictures beside them
    for suffix in (".gif", ".txt", ".wav"):
        animate(folder, suffix)
    assert not (tmp_path / "samples.gif").exists()
    animate(folder, ".png")
    frames, _ = frames_of(tmp_path / "samples.gif")
    for frame, picture in zip(frames, pictures, strict=True):  # in the order of steps
        np.testing.assert_array_equal(frame[HEADER:, :, :1], picture)
