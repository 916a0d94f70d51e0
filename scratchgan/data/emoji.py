"""The same emoji as Twitter and as Google draw them: 1,911 pairs of 64 × 64.

Two sheets with 48 tiles a row (Twemoji, CC BY 4.0; Noto, Apache 2.0) and index.csv,
which says what each tile is. Sets that are aligned, so that a translation that never
saw a pair can be compared with the truth. Every fifth emoji is held out of both sets:
they are sorted by code point, and the last fifth would be others than the first four.
"""

import csv
from collections.abc import Callable
from functools import partial

import numpy as np

from scratchgan.data.dataset import Labelled
from scratchgan.data.fetch import VARIABLE, local_folder
from scratchgan.data.images import read_image
from scratchgan.types import Array

SIDE, FIFTH = 64, 5


def read_emoji(style: str, test: bool = False) -> Labelled:
    """Emoji in one style, four fifths for training or the rest; uint8 (N, 64, 64, 3).

    Parameters
    ----------
    style : str
        ``"twitter"`` or ``"google"``; number i is the same emoji in both.
    test : bool
        Whether those that are held out are asked for.

    Raises
    ------
    OSError
        If the sheets are in no local folder.
    ValueError
        If they are not what index.csv says.
    """
    folder = local_folder("emoji")
    sheet, index = f"emoji_{style}_64.png", "index.csv"
    if folder is None or not all((folder / f).is_file() for f in (sheet, index)):
        raise FileNotFoundError(
            f"data: emoji-{style}: expected {sheet} and {index} in ${VARIABLE}/emoji; "
            "they are not downloaded"
        )
    tiles = cut_sheet(read_image(folder / sheet), str(folder / sheet))
    with open(folder / index, newline="") as file:
        places = [(int(row["row"]), int(row["col"])) for row in csv.DictReader(file)]
    rows, columns = np.array(places).T
    if rows.max() >= tiles.shape[0] or columns.max() >= tiles.shape[1]:
        raise ValueError(f"{folder / sheet}: smaller than {index} says")
    held_out = np.arange(len(rows)) % FIFTH == FIFTH - 1
    chosen = held_out if test else ~held_out
    return Labelled(tiles[rows[chosen], columns[chosen]])


def cut_sheet(sheet: Array, name: str) -> Array:
    """Tiles (rows, columns, 64, 64, C) of a sheet."""
    height, width, channels = sheet.shape
    if height % SIDE or width % SIDE:
        raise ValueError(
            f"{name}: expected tiles of {SIDE} × {SIDE}, received {width} × {height}"
        )
    tiles = sheet.reshape(height // SIDE, SIDE, width // SIDE, SIDE, channels)
    return tiles.swapaxes(1, 2)


#: Readers of the training sets, by name.
EMOJI: dict[str, Callable[[], Labelled]] = {
    f"emoji-{style}": partial(read_emoji, style) for style in ("twitter", "google")
}
