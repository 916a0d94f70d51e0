"""What the panels of a run in the plane hold."""

import numpy as np
import pytest
from matplotlib.contour import ContourSet

from scratchgan.data import load
from scratchgan.training.panels import panels
from scratchgan.training.pictures import save_figure
from scratchgan.training.plane import CELLS, Field, density, ticks

REACH = 2.0
REAL = load("ring").batch(0, 0, 200)
POINTS = np.random.default_rng(0).normal(size=(200, 2))
SIDE = ticks(REACH)
SLOPE = Field(np.tile(1.5 * SIDE, (CELLS, 1)), np.full((CELLS, CELLS), 1.5))
CONE = Field(np.hypot(SIDE, SIDE[:, None]), np.exp(SIDE) * np.ones((CELLS, 1)))


def drawn(field=None, is_critic=False):
    figure = panels(POINTS, REAL, "title", REACH, field, is_critic)
    figure.draw_without_rendering()
    return figure


def lines_of(axes):
    """Levels of the contours in `axes`, a list a contour set."""
    sets = [c for c in axes.get_children() if isinstance(c, ContourSet)]
    return [list(s.levels) for s in sets]


def test_without_a_judge_there_are_two_panels():
    figure = drawn()
    assert [axes.get_title("left").split()[0] for axes in figure.axes] == [
        "generated",
        "density",
    ]
    width, height = figure.get_size_inches()
    assert width > 1.8 * height


def test_the_density_stands_on_the_scale_of_the_real_one():
    (image,) = drawn().axes[1].get_images()
    np.testing.assert_array_equal(image.get_array(), density(POINTS, REACH))
    assert image.norm.vmax == density(REAL, REACH).max()
    assert image.origin == "lower"
    assert tuple(image.get_extent()) == (-REACH, REACH, -REACH, REACH)


def test_a_critics_level_one_is_drawn_and_marked():
    _, _, score, norm = drawn(CONE, is_critic=True).axes
    assert lines_of(norm) == [[1.0]]
    assert len(lines_of(score)) == 1
    (bar,) = norm.child_axes
    assert bar.get_ylabel() == "‖∇D(x)‖"
    assert any(line.get_ydata()[0] == 1 for line in bar.get_lines())
    (image,) = norm.get_images()
    assert image.norm(1.0) == pytest.approx(0.5)  # the middle of the scale: white
    assert "ideal: 1" in norm.get_title("left")


def test_a_discriminators_level_zero_is_drawn_and_its_scale_is_even():
    field = CONE._replace(score=CONE.score - 1)
    _, _, score, norm = drawn(field).axes
    levels = lines_of(score)
    assert levels[1] == [0.0]
    (image,) = score.get_images()
    assert image.norm.vmin == -image.norm.vmax
    assert lines_of(norm) == []
    assert "log" in score.get_title("left")


@pytest.mark.parametrize("is_critic", [True, False])
@pytest.mark.parametrize(
    "field",
    [
        SLOPE,
        Field(*np.zeros((2, CELLS, CELLS))),
        Field(*np.full((2, CELLS, CELLS), 1e12)),
        Field(*np.full((2, CELLS, CELLS), 1e-12)),
    ],
    ids=["slope", "zero", "huge", "tiny"],
)
def test_fields_without_such_a_level_are_drawn_too(field, is_critic, tmp_path):
    """Without lines, for which some versions of matplotlib have a warning."""
    figure = drawn(field, is_critic)
    save_figure(tmp_path / "a.png", figure)
    assert (tmp_path / "a.png").stat().st_size > 10_000
    _, _, score, norm = figure.axes
    assert lines_of(norm) == []
    if field is not SLOPE:
        assert lines_of(score) == []


@pytest.mark.parametrize("is_critic", [True, False])
@pytest.mark.parametrize("unit", [1.0, 1e-5, 1e5])
def test_titles_and_scales_end_before_the_next_panel(is_critic, unit):
    """Those of a critic with clipped weights have small numbers."""
    field = Field(-unit * CONE.score, unit * CONE.norm)
    figure = drawn(field, is_critic)
    width = figure.bbox.width
    for i, axes in enumerate(figure.axes):
        end = axes.get_tightbbox().x1
        assert end <= (width if i % 2 else figure.axes[1].bbox.x0)


def test_equal_panels_are_equal_files(tmp_path):
    for name in "ab":
        save_figure(tmp_path / name, panels(POINTS, REAL, "title", REACH, CONE, True))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
