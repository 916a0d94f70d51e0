"""One palette of 256 colours for several pictures.

Colours that are equal but for the last three bits of each channel are one *cell*, with
the mean of its pixels for a colour. If all pictures have at most 256 cells, these are
the palette. If not, the 16 most frequent ones are kept as they are (paper, ink, the
black around a digit), and median cut, then k-means, makes 240 of the others. A cell
counts there with the root of its pixels, so that a colour which is rare, but unlike the
rest, is not lost in a hundred shades of the background. Every cell then takes the
nearest.
"""

from collections.abc import Sequence

import numpy as np

from scratchgan.types import Array

COLOURS, KEPT = 256, 16
SAMPLE = 50_000  # pixels that the 240 are chosen from, about
BITS = 5  # of each channel that tell one cell from another


def in_one_palette(pictures: Sequence[Array]) -> tuple[Array, list[Array]]:
    """Reduce uint8 pictures (H, W, 3) to the same 256 colours.

    Returns
    -------
    palette : Array
        uint8 ``(K, 3)``, K at most 256.
    indices : list of Array
        For every picture uint8 ``(H, W)``: which colour each pixel takes.
    """
    counts, sums = np.zeros(8**BITS), np.zeros((3, 8**BITS))
    for picture in pictures:
        cells = _cells(picture).ravel()
        counts += np.bincount(cells, minlength=len(counts))
        for total, channel in zip(sums, picture.reshape(-1, 3).T, strict=True):
            total += np.bincount(cells, channel, minlength=len(counts))
    seen = np.flatnonzero(counts)
    means = (sums[:, seen] / counts[seen]).T  # (cells, 3)
    palette = _palette(means, counts[seen])
    table = np.zeros(len(counts), np.uint8)
    table[seen] = _nearest(means, palette)
    return palette, [table[_cells(picture)] for picture in pictures]


def _cells(picture: Array) -> Array:
    """Number of every pixel's cell, (H, W)."""
    r, g, b = np.moveaxis(picture >> (8 - BITS), -1, 0).astype(np.int32)
    return (r << 2 * BITS) + (g << BITS) + b


def _palette(means: Array, counts: Array) -> Array:
    from PIL import Image

    colours = means.round().astype(np.uint8)
    order = np.argsort(-counts, kind="stable")
    if len(order) <= COLOURS:
        return colours[order]
    kept, others = order[:KEPT], order[KEPT:]
    roots = np.sqrt(counts[others])
    times = np.ceil(roots * min(1, SAMPLE / roots.sum())).astype(int)
    strip = Image.fromarray(colours[others].repeat(times, axis=0)[None])
    cut = strip.quantize(COLOURS - KEPT, Image.Quantize.MEDIANCUT, kmeans=1)
    found = np.array(cut.getpalette(), np.uint8).reshape(-1, 3)[: COLOURS - KEPT]
    return np.concatenate([colours[kept], found])


def _nearest(colours: Array, palette: Array) -> Array:
    wide = palette.astype(np.float64)
    squares = (wide * wide).sum(1) - 2 * (colours @ wide.T)  # but for ‖colour‖²
    return squares.argmin(axis=1).astype(np.uint8)
