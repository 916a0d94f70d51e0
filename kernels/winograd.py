"""3 × 3 convolutions of stride 1 with four times fewer multiplications.

Winograd's F(4 × 4, 3 × 3) (Lavin and Gray 2016, section 4.3). For a tile d of 6 × 6
pixels of x and the 4 × 4 pixels of y that it decides, channel by channel in and out,

    y   = Aᵀ [(G W Gᵀ) ⊙ (Bᵀ d B)] A

where ⊙ stands for sums over channels, one product of matrices for each of the 36
places: 36 multiplications for 16 outputs, where the sum itself takes 144. y is bilinear
in d and W, and its adjoint in W has the same three transforms:

    dW  = Gᵀ [(Bᵀ d B) ⊙ (A dy Aᵀ)] G

Bᵀ d B is one product with B ⊗ B, for all tiles at once; so that everything here is a
product of matrices or a copy of strided slices. The adjoint in d is another convolution
(see `conv`) and needs no code.

The transforms have entries up to 8 and divide by up to 24, which costs digits: relative
errors of float32 are 1e-6 to 4e-6, up to ten times those of the plain sum, and float64
is left to the plain sum.
"""

import numpy as np

from scratchgan.types import Array

TILE = 4  # outputs of a tile along an axis; it reads TILE + 2 pixels
#: Below either the transforms cost more than they save (measured, 2 cores).
FEWEST_CHANNELS, FEWEST_TILES = 16, 16
B = np.array(
    [
        [4, 0, 0, 0, 0, 0],
        [0, -4, 4, -2, 2, 4],
        [-5, -4, -4, -1, -1, 0],
        [0, 1, -1, 2, -2, -5],
        [1, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]
)
G = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]])
G = G / 24.0
A = np.array(
    [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
).T
#: The same along both axes of a tile, as one matrix each.
INPUT, WEIGHTS, OUTPUT = np.kron(B, B).T, np.kron(G, G), np.kron(A, A).T

Sides = tuple[tuple[int, int], ...]


def pays(x: Array, channels: tuple[int, int], padding: Sides) -> bool:
    """Whether to use these for x and so many channels in and out."""
    out = _output_size(x, padding)
    if x.dtype != np.float32 or min(channels) < FEWEST_CHANNELS or min(out) < 1:
        return False
    down, across = _counts(out)
    return len(x) * down * across >= FEWEST_TILES


def fprop(x: Array, W: Array, padding: Sides) -> Array:
    """Y (N, H′, W′, O) from x (N, H, W, C) and W (3, 3, C, O)."""
    out = _output_size(x, padding)
    V = _transformed(INPUT, _input_tiles(x, padding, out))
    U = _transformed(WEIGHTS, W.reshape(9, *W.shape[2:]))
    Y = _transformed(OUTPUT, V @ U)
    return _joined(Y, len(x), out)


def wgrad(x: Array, dy: Array, padding: Sides) -> Array:
    """DW (3, 3, C, O) from x (N, H, W, C) and dy (N, H′, W′, O)."""
    out = _output_size(x, padding)
    V = _transformed(INPUT, _input_tiles(x, padding, out))
    Z = _transformed(OUTPUT.T, _output_tiles(dy))
    dU = V.swapaxes(1, 2) @ Z
    return _transformed(WEIGHTS.T, dU).reshape(3, 3, x.shape[-1], dy.shape[-1])


def _transformed(matrix: Array, tiles: Array) -> Array:
    """One product for all tiles: (P, …) to (Q, …)."""
    flat = matrix.astype(tiles.dtype) @ tiles.reshape(len(tiles), -1)
    return flat.reshape(len(matrix), *tiles.shape[1:])


def _output_size(x: Array, padding: Sides) -> tuple[int, int]:
    height, width = (
        n + sum(pad) - 2 for n, pad in zip(x.shape[1:3], padding, strict=True)
    )
    return height, width


def _counts(out: tuple[int, int]) -> tuple[int, int]:
    """Tiles down and across."""
    return -(-out[0] // TILE), -(-out[1] // TILE)


def _input_tiles(x: Array, padding: Sides, out: tuple[int, int]) -> Array:
    """Tiles of 6 × 6 pixels, (36, tiles, C)."""
    n, height, width, channels = x.shape
    (top, _), (left, _) = padding
    down, across = _counts(out)
    whole = TILE * down + 2, TILE * across + 2
    padded = np.zeros_like(x, shape=(n, *whole, channels))
    padded[:, top : top + height, left : left + width] = x
    return _cut(padded, TILE + 2, down, across)


def _output_tiles(dy: Array) -> Array:
    """Tiles of 4 × 4 pixels, (16, tiles, O); zero beyond the edge."""
    n, height, width, channels = dy.shape
    down, across = _counts((height, width))
    if (height, width) != (TILE * down, TILE * across):
        whole = np.zeros_like(dy, shape=(n, TILE * down, TILE * across, channels))
        whole[:, :height, :width] = dy
        dy = whole
    return _cut(dy, TILE, down, across)


def _cut(x: Array, side: int, down: int, across: int) -> Array:
    """Tiles of side × side pixels at every fourth, (side², tiles, C)."""
    n, channels = len(x), x.shape[-1]
    tiles = np.empty_like(x, shape=(side, side, n, down, across, channels))
    for a in range(side):
        rows = slice(a, a + TILE * down, TILE)
        for b in range(side):
            tiles[a, b] = x[:, rows, b : b + TILE * across : TILE]
    return tiles.reshape(side * side, n * down * across, channels)


def _joined(Y: Array, n: int, out: tuple[int, int]) -> Array:
    """Tiles of 4 × 4 outputs (16, tiles, O) in their places."""
    down, across = _counts(out)
    tiles = Y.reshape(TILE, TILE, n, down, across, Y.shape[-1])
    y = tiles.transpose(2, 3, 0, 4, 1, 5)
    whole = y.reshape(n, TILE * down, TILE * across, Y.shape[-1])
    return whole[:, : out[0], : out[1]]
