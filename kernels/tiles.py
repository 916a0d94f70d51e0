"""Images cut into overlapping tiles and transformed, and the adjoints of both.

Every tile decides m × m pixels of y, and sees P × P pixels of x; neighbours overlap by
P − m. Transforms are products with small matrices (`cook_toom`), cuts are copies of
strided arrays; both go block by block of images, so that a block stays in cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from scratchgan.kernels.cook_toom import Filtering, along_both
from scratchgan.types import Array

#: Bytes of a block of tiles. More leave the cache; less are done before a thread that
#: waits for the interpreter wakes up.
BLOCK = 1 << 20


@dataclass(frozen=True)
class Plan:
    """How one convolution is cut into tiles.

    Parameters
    ----------
    filtering : Filtering
        F(m, r) along both axes, r = ⌈kernel / stride⌉.
    kernel, stride : int
        Along either axis.
    before : tuple of int
        Zeros above and to the left of x.
    size, out : tuple of int
        Height and width of x and of y.
    """

    filtering: Filtering
    kernel: int
    stride: int
    before: tuple[int, int]
    size: tuple[int, int]
    out: tuple[int, int]

    @property
    def counts(self) -> tuple[int, int]:
        """Tiles down and across an image."""
        m = self.filtering.outputs
        return -(-self.out[0] // m), -(-self.out[1] // m)


def input_tiles(plan: Plan, x: Array) -> Array:
    """V (N, P², tiles, s²C): tiles of P × P pixels at every m-th, transformed by B."""
    n, C, s = len(x), x.shape[-1], plan.stride
    P, (down, across) = plan.filtering.side, plan.counts
    width = s * s * C
    V = np.empty_like(x, shape=(P * P, n * down * across, width))
    bytes_each = P * P * down * across * width * x.itemsize
    for images, places in _blocks(plan, n, bytes_each):
        tiles = _cut(plan, _framed(plan, x[images]))
        along_both(plan.filtering.input, tiles.reshape(P * P, -1), flat(V[:, places]))
    return _by_image(V, n)


def _cut(plan: Plan, whole: Array) -> Array:
    """Tiles (P, P, n, down, across, s, sC) of framed images, which overlap: a view.

    `whole` is in C order, so that s pixels side by side are one run of numbers.
    """
    m, P, s = plan.filtering.outputs, plan.filtering.side, plan.stride
    images, rows, columns, each = whole.strides
    shape = (P, P, len(whole), *plan.counts, s, s * whole.shape[-1])
    pixel, tile = (s * rows, s * columns), (m * s * rows, m * s * columns)
    strides = (*pixel, images, *tile, rows, each)
    return as_strided(whole, shape, strides, writeable=False)


def from_input_tiles(plan: Plan, tiles: Array, n: int) -> Array:
    """The adjoint of `input_tiles`: Bᵀ, then every tile added where it lay."""
    s, C = plan.stride, tiles.shape[-1] // plan.stride**2
    P = plan.filtering.side
    (top, left), (height, width) = plan.before, plan.size
    dx = np.empty_like(tiles, shape=(n, height, width, C))
    for images, places in _blocks(plan, n, tiles[:, 0].nbytes * prod(plan.counts)):
        block = along_both(plan.filtering.input.T, flat(tiles[:, places]))
        whole = np.zeros_like(dx, shape=(images.stop - images.start, *_frame(plan), C))
        _lay(plan, block.reshape(P, P, -1, *plan.counts, s, s, C), _pixels(plan, whole))
        dx[images] = whole[:, top : top + height, left : left + width]
    return dx


def _lay(plan: Plan, block: Array, pixels: Array) -> None:
    """Add overlapping tiles (P, P, n, down, across, …) up in `pixels`.

    What a tile has beyond its first m rows belongs to the first rows of the next tile
    down, and is added there, tile to tile; then the same along columns. What is left
    does not overlap, and is copied.
    """
    m, (down, across) = plan.filtering.outputs, plan.counts
    over = plan.filtering.side - m
    block[:over, :, :, 1:] += block[m:, :, :, :-1]
    last = block[m:, :, :, -1:]  # of the lowest tiles
    for rows, at in ((block[:m], 0), (last, m * down)):
        rows[:, :over, :, :, 1:] += rows[:, m:, :, :, :-1]
        high = at + rows.shape[0] * rows.shape[3]
        _copy(rows[:, :m], pixels[:, at:high, : m * across])
        _copy(rows[:, m:, :, :, -1:], pixels[:, at:high, m * across :])


def _copy(tiles: Array, pixels: Array) -> None:
    """Tiles (a, b, n, down, across, …) side by side, as pixels (n, H, W, …)."""
    a, b, n, down, across, *rest = tiles.shape
    split = tiles.transpose(2, 3, 0, 4, 1, *range(5, tiles.ndim))
    np.copyto(pixels.reshape(n, down, a, across, b, *rest), split)


def output_tiles(plan: Plan, dy: Array) -> Array:
    """Z (N, P², tiles, O): tiles of m × m outputs, zero off the edge, by Aᵀ."""
    n, height, width, features = dy.shape
    m, P = plan.filtering.outputs, plan.filtering.side
    down, across = plan.counts
    Z = np.empty_like(dy, shape=(P * P, n * down * across, features))
    exact = (height, width) == (m * down, m * across)
    for images, places in _blocks(plan, n, Z[:, 0].nbytes * down * across):
        part = dy[images]
        if not exact:
            part = np.zeros_like(dy, shape=(len(part), m * down, m * across, features))
            part[:, :height, :width] = dy[images]
        tiles = part.reshape(-1, down, m, across, m, features).transpose(
            2, 4, 0, 1, 3, 5
        )
        rows = tiles.reshape(m * m, -1)
        along_both(plan.filtering.output.T, rows, flat(Z[:, places]))
    return _by_image(Z, n)


def from_output_tiles(plan: Plan, tiles: Array, n: int) -> Array:
    """The adjoint of `output_tiles`: A, then every output in its place."""
    m, features = plan.filtering.outputs, tiles.shape[-1]
    down, across = plan.counts
    height, width = plan.out
    y = np.empty_like(tiles, shape=(n, height, width, features))
    for images, places in _blocks(plan, n, tiles[:, 0].nbytes * down * across):
        block = along_both(plan.filtering.output, flat(tiles[:, places]))
        block = block.reshape(m, m, -1, down, across, features)
        whole = block.transpose(2, 3, 0, 4, 1, 5).reshape(
            -1, m * down, m * across, features
        )
        y[images] = whole[:, :height, :width]
    return y


def by_place(tiles: Array) -> Array:
    """Tiles (N, P², tiles of an image, C) as P² matrices (P², N tiles, C), a view."""
    _, places, each, width = tiles.shape
    return tiles.transpose(1, 0, 2, 3).reshape(places, len(tiles) * each, width)


def joined(batches: list[Array]) -> Array:
    """The tiles of several batches as those of one; by place, as they lie."""
    if len(batches) == 1:
        return batches[0]
    apart = [tiles.transpose(1, 0, 2, 3) for tiles in batches]
    return np.concatenate(apart, axis=1).transpose(1, 0, 2, 3)


def _by_image(tiles: Array, n: int) -> Array:
    """The inverse of `by_place`, for n images."""
    return tiles.reshape(len(tiles), n, -1, tiles.shape[-1]).transpose(1, 0, 2, 3)


def flat(tiles: Array) -> Array:
    """(P², tiles, C) as a matrix of P² rows, a view."""
    return tiles.reshape(len(tiles), -1)


def _blocks(plan: Plan, images: int, image_bytes: int) -> Iterator[tuple[slice, slice]]:
    """Ranges of images whose tiles fill a block, and the ranges of those tiles."""
    each = plan.counts[0] * plan.counts[1]
    step = max(1, BLOCK // max(1, image_bytes))
    for start in range(0, images, step):
        stop = min(start + step, images)
        yield slice(start, stop), slice(start * each, stop * each)


def _framed(plan: Plan, x: Array) -> Array:
    """X among its zeros, (n, *frame, C)."""
    (top, left), (height, width) = plan.before, plan.size
    shape = (len(x), *_frame(plan), x.shape[-1])
    whole = np.zeros_like(x, shape=shape, order="C")  # whatever order x has
    whole[:, top : top + height, left : left + width] = x
    return whole


def _pixels(plan: Plan, whole: Array) -> Array:
    """What the tiles cover, as pixels of s × s: (n, H/s, W/s, s, s, C), a view."""
    s, (height, width) = plan.stride, _reach(plan)
    split = whole[:, :height, :width].reshape(
        len(whole), height // s, s, width // s, s, whole.shape[-1]
    )
    return split.transpose(0, 1, 3, 2, 4, 5)


def _frame(plan: Plan) -> tuple[int, int]:
    """Height and width of x with its zeros, no less than the tiles cover."""
    ends = [b + n for b, n in zip(plan.before, plan.size, strict=True)]
    height, width = _reach(plan)
    return max(height, ends[0]), max(width, ends[1])


def _reach(plan: Plan) -> tuple[int, int]:
    """Height and width that the tiles of an image cover."""
    m, r = plan.filtering.outputs, plan.filtering.taps
    down, across = plan.counts
    return plan.stride * (m * down + r - 1), plan.stride * (m * across + r - 1)
