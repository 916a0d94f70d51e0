import io

import numpy as np
import pytest
from PIL import Image

from scratchgan.data import load
from scratchgan.metrics.meanings import MEANINGS
from scratchgan.training.pictures import (
    GAP,
    MEANING,
    curve_title,
    curves,
    enlarged,
    save_losses,
    save_points,
    save_sheet,
    sheet,
)


def test_a_sheet_holds_every_tile_in_reading_order():
    images = np.linspace(0, 1, 6 * 4 * 3).reshape(6, 4, 3, 1)
    picture = sheet(images, 3, (0, 1))
    factor = picture.shape[0] // (2 * (4 + GAP) + GAP)
    small = picture[::factor, ::factor, 0]
    assert small.shape == (2 * (4 + GAP) + GAP, 3 * (3 + GAP) + GAP)
    for i in range(6):
        top, left = GAP + i // 3 * (4 + GAP), GAP + i % 3 * (3 + GAP)
        tile = small[top : top + 4, left : left + 3]
        np.testing.assert_array_equal(tile, (images[i, ..., 0] * 255).round())


def test_values_outside_the_range_are_clipped():
    images = np.array([-5.0, -1, 0, 1, 5]).reshape(5, 1, 1, 1)
    picture = sheet(images, 5, (-1, 1))
    factor = picture.shape[1] // (5 * (1 + GAP) + GAP)
    row = picture[GAP * factor, ::factor, 0][GAP :: 1 + GAP]
    assert row.tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize("channels", [1, 3])
def test_sheets_are_grey_or_colour(tmp_path, channels):
    save_sheet(tmp_path / "a.png", np.zeros((4, 8, 8, channels)), 2, (0, 1))
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == {1: "L", 3: "RGB"}[channels]
    with pytest.raises(ValueError, match="expected 1 or 3 channels, received 2"):
        save_sheet(tmp_path / "b.png", np.zeros((4, 8, 8, 2)), 2, (0, 1))


def test_equal_curves_and_points_are_equal_files(tmp_path):
    lines = [
        {"step": s, "critic_loss": -1 / s, "wasserstein": 1 / s} for s in range(1, 9)
    ]
    points = load("ring").batch(0, 0, 200)
    for name in ("a", "b"):
        save_losses(tmp_path / f"{name}-losses.png", lines, "title")
        save_points(tmp_path / f"{name}-points.png", points, points, "title", 2.0)
    for kind in ("losses", "points"):
        a, b = ((tmp_path / f"{n}-{kind}.png").read_bytes() for n in ("a", "b"))
        assert a == b
        with Image.open(io.BytesIO(a)) as image:
            assert min(image.size) > 200


def test_no_lines_make_no_picture(tmp_path):
    save_losses(tmp_path / "losses.png", [], "title")
    assert not list(tmp_path.iterdir())


def test_small_pictures_are_enlarged_by_whole_pixels():
    small = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)
    large = enlarged(small, 9)
    assert large.shape == (9, 12, 1)
    np.testing.assert_array_equal(large[1::3, 2::3], small)
    np.testing.assert_array_equal(enlarged(small, 4), small)


def test_every_meaning_fits_above_its_curve():
    names = MEANING.keys() | MEANINGS.keys()
    lines = [{"step": s} | dict.fromkeys(names, 1e5 * s) for s in range(3)]
    figure = curves(lines, "title")
    figure.draw_without_rendering()
    left, right = figure.axes[:2]
    for i, axes in enumerate(figure.axes):
        end = axes._left_title.get_window_extent().x1
        assert end < (figure.bbox.x1 if i % 2 else right.bbox.x0)
    assert left.bbox.x1 < right.bbox.x0
    assert len(figure.axes) == len(names)
    assert figure.dpi == 100


def test_curves_that_the_last_line_lacks_are_drawn_and_single_values_seen():
    lines = [
        {"step": 1, "generator_loss": 3.0, "r1_penalty": 2.0, "seconds": 1.0},
        {"step": 2, "generator_loss": 1.0, "modes": 8.0},
        {"step": 3, "generator_loss": 2.0},
    ]
    figure = curves(lines, "title")
    shown = {axes.get_title("left"): axes.get_lines()[0] for axes in figure.axes}
    names = ["generator_loss", "r1_penalty", "modes"]
    assert list(shown) == [curve_title(name) for name in names]
    line = shown[curve_title("r1_penalty")]
    np.testing.assert_array_equal(line.get_xydata(), [[1, 2]])
    assert line.get_marker() == "."
    many = [{"step": s, "generator_loss": 0.0} for s in range(100)]
    assert curves(many, "title").axes[0].get_lines()[0].get_marker() in ("", "None")


def test_real_points_alone_have_no_generated_ones(tmp_path):
    points = load("ring").batch(0, 0, 50)
    save_points(tmp_path / "a.png", None, points, "title", 2.0)
    with Image.open(tmp_path / "a.png") as image:
        colours = np.array(image.convert("RGB")).reshape(-1, 3).astype(int)
    red, _, blue = colours.T
    assert (red - blue < 40).all()  # no orange anywhere
