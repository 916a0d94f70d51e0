"""Figures of a study: a curve an arm with its standard error, and last sheets."""

from itertools import cycle
from pathlib import Path

import numpy as np

from scratchgan.studies.results import Result
from scratchgan.studies.study import Study
from scratchgan.training.checkpoint import write_atomically
from scratchgan.training.comparison import COLOURS
from scratchgan.training.folder import Folder
from scratchgan.training.pictures import (
    INK,
    PAPER,
    curve_title,
    figure_and_axes,
    font,
    png,
    save_figure,
)
from scratchgan.types import Array

#: What stands below a curve, by what it is drawn over.
CLOCKS = {
    "step": "training step",
    "seconds": "seconds, with what was logged and evaluated until then",
}
THUMBNAIL = 400  # pixels of a sheet's longer side
LINE, GAP = 18, 8  # pixels of a line of text, and between sheets
WIDE = 10  # ratio of the last means from which on the axis is logarithmic


def save_curves(
    path: Path, study: Study, results: list[Result], clock: str = "step"
) -> bool:
    """Draw the study's curve over steps or seconds; whether there was one to draw."""
    last = []
    figure, axes = figure_and_axes(7.5, 4.2)
    for colour, arm in zip(cycle(COLOURS), study.arms, strict=False):
        own = [result for result in results if result.job.arm.name == arm.name]
        when, mean, error = band(own, study.curve, clock)
        if not len(when):
            continue
        last.append(mean[-1])
        axes.plot(when, mean, color=colour, linewidth=1.4, label=arm.name)
        axes.fill_between(when, mean - error, mean + error, color=colour, alpha=0.18)
    if last:
        if min(last) > 0 and max(last) > WIDE * min(last):
            axes.set_yscale("log")
        axes.set_title(curve_title(study.curve), fontsize=10, color=INK, loc="left")
        axes.set_xlabel(CLOCKS[clock], fontsize=9, color=INK)
        axes.legend(frameon=False, fontsize=8)
        save_figure(path, figure)
    return bool(last)


def band(
    results: list[Result], key: str, clock: str = "step"
) -> tuple[Array, Array, Array]:
    """When all runs have logged `key`, its mean and its standard error.

    When: the steps that they share or, for the clock "seconds", the mean over the runs
    of the seconds until each of these steps.
    """
    needed = {key, clock}
    runs = [{li["step"]: li for li in r.curves if needed <= set(li)} for r in results]
    shared = sorted(set.intersection(*map(set, runs))) if runs else []
    if not shared:
        return np.array([]), np.array([]), np.array([])
    values = np.array([[run[step][key] for step in shared] for run in runs])
    when = np.array([[run[step][clock] for step in shared] for run in runs])
    count = len(runs)
    error = values.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else values[0] * 0
    return when.mean(axis=0), values.mean(axis=0), error


def save_sheets(path: Path, study: Study, results: list[Result]) -> bool:
    """Put the last sheets of the first seed side by side; whether there were any."""
    from PIL import Image, ImageDraw

    sheets = [(r.job.arm.name, _last_sheet(r)) for r in results if r.job.seed == 0]
    found = [(name, sheet) for name, sheet in sheets if sheet is not None]
    if not found:
        return False
    images = [Image.open(sheet).convert("RGB") for _, sheet in found]
    for image in images:
        image.thumbnail((THUMBNAIL, THUMBNAIL))
    columns = min(3, len(found))
    rows = -(-len(found) // columns)
    width, height = (
        max(sizes) + GAP for sizes in zip(*(i.size for i in images), strict=True)
    )
    height += LINE
    picture = Image.new("RGB", (columns * width, rows * height), PAPER)
    draw = ImageDraw.Draw(picture)
    for i, ((name, _), image) in enumerate(zip(found, images, strict=True)):
        left, top = i % columns * width + GAP // 2, i // columns * height
        draw.text((left, top + 2), name, fill=INK, font=font(12))
        picture.paste(image, (left, top + LINE))
    write_atomically(path, png(picture))
    return True


def _last_sheet(result: Result) -> Path | None:
    sheets = sorted(Folder(result.job.folder).samples.glob("step-*.png"))
    return sheets[-1] if sheets else None
