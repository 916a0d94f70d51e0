"""All sheets of a run as one GIF: how its samples came to be.

samples.gif      made of samples/step-*.png, and of nothing else

All frames share one palette, and no colour is dithered: what does not change from one
sheet to the next does not flicker either. Grey sheets keep their 256 levels exactly;
colours are rounded to 256 that are chosen from all frames together (`palette`).
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scratchgan.training.checkpoint import write_atomically
from scratchgan.training.folder import Folder
from scratchgan.training.palette import in_one_palette
from scratchgan.training.pictures import INK, PAPER, font
from scratchgan.types import Array

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

NAME = "samples.gif"
FRAMES = 60  # at most
PIXELS = 640  # of a frame's longer side, at most
HEADER = 24  # pixels above the sheet, for its step
#: How long a frame is seen, and the last one, in milliseconds.
DURATION, LAST = 150, 2500


def animate(folder: Folder, suffix: str) -> None:
    """Write samples.gif of a run whose sheets are single pictures, as `suffix` tells.

    Videos are animated already; sounds and texts have no pictures of this kind.
    """
    if suffix == ".png":
        files = folder.samples.glob("step-*.png")
        save_animation(folder.path / NAME, sorted(f for f in files if _step(f)))


def save_animation(path: Path, sheets: Sequence[Path]) -> None:
    """Write sheets, PNGs named ``step-NUMBER``, one after the other as a GIF.

    Of more than 60, so many evenly chosen ones, the last always among them. Sheets of
    another size than the last one are left out; without any sheet nothing is written.

    Raises
    ------
    OSError
        If a sheet is no picture, or the file cannot be written.
    """
    frames = _in_one_palette(_frames([sheets[i] for i in chosen(len(sheets))]))
    if not frames:
        return
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[DURATION] * (len(frames) - 1) + [LAST],
        loop=0,
        optimize=False,
    )
    write_atomically(path, buffer.getvalue())


def chosen(count: int, most: int = FRAMES) -> list[int]:
    """Which of `count` sheets are shown: `most` of them, evenly, first and last too."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()


def _frames(sheets: list[Path]) -> "list[Picture]":
    pictures = [_read(sheet) for sheet in sheets]
    return [
        _labelled(picture, f"step {int(_step(sheet)):,}")
        for picture, sheet in zip(pictures, sheets, strict=True)
        if picture.size == pictures[-1].size and picture.mode == pictures[-1].mode
    ]


def _step(sheet: Path) -> str:
    """The digits of a sheet's name; nothing for another file."""
    found = re.fullmatch(r"step-(\d+)", sheet.stem)
    return found[1] if found else ""


def _read(sheet: Path) -> "Picture":
    """A sheet as grey or colour, no larger than a frame has place for."""
    from PIL import Image

    with Image.open(sheet) as image:
        picture = image.convert("L" if image.mode == "L" else "RGB")
    width, height = picture.size
    share = min(PIXELS / width, (PIXELS - HEADER) / height)
    if share >= 1:
        return picture
    factor = enlargement(np.asarray(picture))
    if factor * share >= 1:  # pixels stay sharp, and take less to store
        share = int(factor * share) / factor
        size = (round(share * width), round(share * height))
        return picture.resize(size, Image.Resampling.NEAREST)
    size = (max(1, round(share * width)), max(1, round(share * height)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def enlargement(picture: Array, most: int = 16) -> int:
    """The whole factor by which pixels (H, W, …) were repeated along both axes."""
    for factor in range(most, 1, -1):
        if any(side % factor for side in picture.shape[:2]):
            continue
        small = picture[::factor, ::factor]
        if np.array_equal(small.repeat(factor, 0).repeat(factor, 1), picture):
            return factor
    return 1


def _labelled(picture: "Picture", label: str) -> "Picture":
    """`picture`, and above it a strip with the label."""
    from PIL import Image, ImageDraw

    size = (picture.width, picture.height + HEADER)
    frame = Image.new(picture.mode, size, PAPER)
    frame.paste(picture, (0, HEADER))
    draw = ImageDraw.Draw(frame)
    draw.text((6, HEADER // 2), label, fill=INK, font=font(14), anchor="lm")
    return frame


def _in_one_palette(frames: "list[Picture]") -> "list[Picture]":
    """Grey frames as they are, colours rounded to 256 that all frames share."""
    from PIL import Image

    if not frames or frames[0].mode == "L":
        return frames
    palette, indices = in_one_palette([np.asarray(frame) for frame in frames])
    found = [Image.frombytes("P", i.shape[::-1], i.tobytes()) for i in indices]
    for frame in found:
        frame.putpalette(palette.tobytes())
    return found
