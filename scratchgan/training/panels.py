"""The picture of a run in the plane: points, their density, and what judges them."""

from typing import Any

import numpy as np

from scratchgan.training.pictures import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PAPER,
    plain,
    scatter,
)
from scratchgan.training.plane import Field, density, ticks
from scratchgan.types import Array

#: Of a panel and what stands around it, inches.
SIDE, LEFT, RIGHT, ABOVE, BELOW = 3.6, 0.4, 0.85, 0.42, 0.3
TITLE = 0.25
#: Ends of the scale of scores: pale, so that lines and points stand out.
FALSE, TRUE = "#edc3b4", "#b4d0e4"
LINES = {"colors": INK, "linewidths": 0.5, "linestyles": "-"}

POINTS = "generated (orange) over real points (grey)\nideal: they cover each other"
DENSITY = (
    "density of the generated points, and real ones on it\n"
    "ideal: full colour around each of these, white elsewhere"
)
CRITIC = (
    "the critic D(x): equal steps from line to line\n"
    "ideal: falls evenly from real to generated points",
    "slope of the critic, ‖∇D(x)‖; line: 1\n"
    "ideal: 1 (white) between them; if clipped, any constant",
)
DISCRIMINATOR = (
    "the discriminator's logit D(x); thick line: 0, undecided\n"
    "ideal (cross-entropy): log of real over generated density",
    "slope of the logit, ‖∇D(x)‖, which moves the generator\n"
    "ideal in the end: 0 at all points, nothing left to tell apart",
)


def panels(
    points: Array,
    real: Array,
    title: str,
    reach: float,
    field: Field | None = None,
    is_critic: bool = False,
) -> Any:
    """Draw generated points beside their density, and below them the discriminator.

    Parameters
    ----------
    points, real : Array
        Generated and real points, ``(N, 2)``.
    title : str
        Above all panels.
    reach : float
        The window is [−reach, reach]².
    field : Field, optional
        The discriminator over the window; without it there are two panels, not four.
    is_critic : bool
        Whether it estimates a Wasserstein distance, for which a slope of 1 is best.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = 1 if field is None else 2
    figure = _figure(rows, title)
    _points(_panel(figure, 0, rows, POINTS, reach), points, real)
    _density(_panel(figure, 1, rows, DENSITY, reach), points, real, reach)
    if field is None:
        return figure
    titles = CRITIC if is_critic else DISCRIMINATOR
    for i, draw in enumerate((_score, _norm)):
        axes = _panel(figure, 2 + i, rows, titles[i], reach)
        draw(axes, field, reach, is_critic)
        axes.scatter(*real.T, s=1.5, color=INK, linewidths=0, zorder=3)
        axes.scatter(*points.T, s=1, color=ORANGE, linewidths=0, zorder=3)
    return figure


def _figure(rows: int, title: str) -> Any:
    from matplotlib.figure import Figure

    width = 2 * (LEFT + SIDE + RIGHT)
    height = rows * (ABOVE + SIDE + BELOW) + TITLE
    figure = Figure((width, height), facecolor=PAPER)
    figure.text(0.5, 1 - 0.1 / height, title, ha="center", va="top", color=INK)
    return figure


def _panel(figure: Any, i: int, rows: int, title: str, reach: float) -> Any:
    """Axes number `i`, two a row: places are given, since finding them takes long."""
    width, height = figure.get_size_inches()
    row, column = divmod(i, 2)
    left = LEFT + column * (LEFT + SIDE + RIGHT)
    bottom = BELOW + (rows - 1 - row) * (ABOVE + SIDE + BELOW)
    axes = figure.add_axes((left / width, bottom / height, SIDE / width, SIDE / height))
    plain(axes)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach))
    axes.locator_params(nbins=5)
    axes.tick_params(labelbottom=row == rows - 1)
    if column > 0:
        axes.set_yticks([])
    style = {"fontsize": 9, "color": INK, "linespacing": 1.3}
    axes.set_title(title, loc="left", y=1, **style)  # a place that is not looked for
    return axes


def _points(axes: Any, points: Array, real: Array) -> None:
    scatter(axes, real, GREY)
    scatter(axes, points, ORANGE)


def _density(axes: Any, points: Array, real: Array, reach: float) -> None:
    """On the scale of the real points' own density, the same at every step."""
    from matplotlib.colors import PowerNorm

    most = float(density(real, reach).max())
    norm = PowerNorm(0.5, 0, most or 1.0)
    found = _fill(axes, density(points, reach), reach, (PAPER, ORANGE), norm)
    _scale(axes, found, "share of the points per unit of area", "max")
    axes.scatter(*real.T, s=1, color=INK, linewidths=0, alpha=0.5)


def _score(axes: Any, field: Field, reach: float, is_critic: bool) -> None:
    from matplotlib.colors import Normalize

    low, high = _range(field.score)
    if not is_critic:
        low, high = min(low, -high), max(high, -low)
    norm = Normalize(low, high)
    found = _fill(axes, field.score, reach, (FALSE, PAPER, TRUE), norm)
    side = ticks(reach, len(field.score))
    if field.score.min() < field.score.max():
        axes.contour(side, side, field.score, levels=14, **LINES)
    _scale(axes, found, "D(x): higher is judged more real")
    if not is_critic:
        _line(axes, field.score, reach, 0, 1.6)


def _norm(axes: Any, field: Field, reach: float, is_critic: bool) -> None:
    from matplotlib.colors import LogNorm, Normalize

    if not is_critic:
        norm = Normalize(0, _range(field.norm)[1])
        found = _fill(axes, field.norm, reach, (PAPER, BLUE), norm)
        _scale(axes, found, "‖∇D(x)‖", "max")
        return
    span = _decades(field.norm)
    shown = field.norm.clip(span**-1, span)
    norm = LogNorm(span**-1, span)
    found = _fill(axes, shown, reach, (BLUE, PAPER, ORANGE), norm)
    _line(axes, field.norm, reach, 1, 0.8)
    bar = _scale(axes, found, "‖∇D(x)‖", "both")
    bar.set_ticks([span**-1, 1, span], labels=[f"{span**-1:g}", "1", f"{span:g}"])
    bar.ax.axhline(1, color=INK, linewidth=1.5)


def _line(axes: Any, values: Array, reach: float, level: float, width: float) -> None:
    """The line along which `values` have one level, where there is one."""
    if values.min() < level < values.max():
        side = ticks(reach, len(values))
        style = LINES | {"linewidths": width}
        axes.contour(side, side, values, levels=[level], **style)


def _range(values: Array) -> tuple[float, float]:
    """All of them but the rare extremes, and never empty."""
    low, high = np.quantile(values.astype(np.float64), (0.01, 0.99))
    return float(low), float(max(high, np.nextafter(low, np.inf) + 1e-12))


def _decades(norm: Array) -> float:
    """10, 100, …: a scale from its inverse up to it shows nearly all of `norm`."""
    ends = np.quantile(norm.astype(np.float64), (0.02, 0.98)).clip(1e-4, 1e4)
    return float(10 ** np.ceil(np.abs(np.log10(ends)).max().clip(1)))


def _fill(
    axes: Any, values: Array, reach: float, colours: tuple[str, ...], norm: Any
) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    axes.grid(False)
    return axes.imshow(
        values,
        cmap=LinearSegmentedColormap.from_list("scale", colours),
        norm=norm,
        origin="lower",
        extent=(-reach, reach, -reach, reach),
        interpolation="bilinear",
        interpolation_stage="data",
    )


def _scale(axes: Any, drawn: Any, label: str, extend: str = "both") -> Any:
    beside = axes.inset_axes((1.03, 0, 0.04, 1))
    bar = axes.figure.colorbar(drawn, cax=beside, extend=extend, format="%.3g")
    bar.set_label(label, fontsize=8, color=INK, labelpad=1)
    bar.ax.tick_params(labelsize=7, colors=INK)
    bar.ax.minorticks_off()
    bar.outline.set_visible(False)
    return bar
