"""Convolutions of 3 × 3 to 5 × 5 taps with up to four times fewer multiplications.

Winograd's minimal filtering (Lavin and Gray 2016, section 4; matrices in `cook_toom`).
For a tile d of P × P pixels of x and the m × m pixels of y that it decides,

    y = A [U ⊙ V],        V = B d        U = G W        (each along both axes)

where ⊙ stands for sums over channels, one product of matrices for each of the P²
places. With r = 3, m = 4 that is 36 multiplications for 16 outputs in place of 144. The
pairing ⟨dy, y⟩ is linear in d, W and dy alike, and with Z = Aᵀ dy it is one sum over
places, Σ ⟨Z, V U⟩. So the three primitives are the three ways to leave one factor out,
and each factor is transformed in one way only:

    fprop   y  = A (V U)        dgrad   d  = Bᵀ (Z Uᵀ)        wgrad   dW = Gᵀ (Vᵀ Z)

**Stride 2** is stride 1 on pixels of 2 × 2: a tile then has 4C channels, and r = ⌈K/2⌉
taps, the last row and column of them zero where K is odd.

The transforms cost digits: relative errors of float32 are 1e-6 to 1e-5, up to ten
times those of the plain sum, and float64 is left to the plain sum.
"""

from math import prod

import numpy as np

from scratchgan.kernels.cook_toom import along_both, filtering
from scratchgan.kernels.tiles import (
    Plan,
    by_place,
    flat,
    from_input_tiles,
    from_output_tiles,
    input_tiles,
    joined,
    output_tiles,
)
from scratchgan.types import Array

__all__ = [
    "Plan",
    "cheapest",
    "cost",
    "dgrad",
    "fprop",
    "input_tiles",
    "joined",
    "output_tiles",
    "plans",
    "wgrad",
]

#: By taps along an axis: tiles of up to six points of interpolation. Small ones take
#: more multiplications, and less than half as many transformed weights.
FILTERINGS = {
    2: (filtering(4, 2), filtering(2, 2)),
    3: (filtering(4, 3), filtering(2, 3)),
    4: (filtering(3, 4),),
}
#: Below, the transforms cost more than they save.
FEWEST_CHANNELS = 16
#: What transforms cost in multiplications (`cost`): of a number of V, of one of Z, and
#: of one of U for all tiles; fitted to times on two cores.
TILE, OUTPUT, WEIGHTS = 110, 80, 80
#: What a multiplication of the plain sum costs, and a number of its patches, which
#: meets every channel of y.
PLAIN, PATCH = 1.1, 40
#: Bytes of dU at a time, a core's second-level cache; but no fewer channels than a
#: share of the tiles, where the product weighs more than its transform.
WEIGHTS_BLOCK, TILES_SHARE = 1 << 20, 4


def plans(
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    size: tuple[int, ...],
    out: tuple[int, ...],
) -> list[Plan]:
    """All ways to do a convolution without dilation or groups; often there is none."""
    k, s = kernel[0], stride[0]
    square = kernel == (k, k) and stride == (s, s)
    if not square or k < 3 or s > 2 or min(out) < 1:
        return []
    (top, _), (left, _) = padding
    where = (top, left), (size[0], size[1]), (out[0], out[1])
    return [Plan(tiling, k, s, *where) for tiling in FILTERINGS.get(-(-k // s), ())]


def cheapest(
    ways: list[Plan], images: int, channels: tuple[int, int], dtype: np.dtype
) -> Plan | None:
    """The fastest way for so many images, and channels in and out; None is the sum."""
    if not ways or not images or dtype != np.float32:
        return None
    if min(channels) < FEWEST_CHANNELS:
        return None
    best = min(ways, key=lambda plan: cost(plan, images, channels))
    plain = prod(best.out) * best.kernel**2 * (PLAIN + PATCH / channels[1])
    return best if cost(best, images, channels) < plain else None


def cost(plan: Plan, images: int, channels: tuple[int, int]) -> float:
    """Of a sweep, in multiplications for an image and a pair of channels.

    Each place of a tile is one, for each of s² pixels. A number of V serves O of them
    and one of Z s²C, so that these are the shares in which their transforms weigh; and
    U, made once for some sweeps, serves all tiles.
    """
    tiles, squared = prod(plan.counts), plan.stride**2
    C, features = channels
    multiplications = tiles * plan.filtering.side**2 * squared
    transforms = TILE / features + OUTPUT / (squared * C) + WEIGHTS / (images * tiles)
    return multiplications * (1 + transforms)


def fprop(plan: Plan, V: Array, U: Array) -> Array:
    """Y (N, *out, O) from the tiles of x and U."""
    return from_output_tiles(plan, by_place(V) @ U, len(V))


def dgrad(plan: Plan, Z: Array, U: Array) -> Array:
    """Dx (N, *size, C) from the tiles of dy and U."""
    return from_input_tiles(plan, by_place(Z) @ U.swapaxes(1, 2), len(Z))


def wgrad(plan: Plan, V: Array, Z: Array) -> Array:
    """DW (K, K, C, O) from the tiles of x and of dy, some channels of x at a time."""
    s, r, k, C = plan.stride, plan.filtering.taps, plan.kernel, V.shape[-1]
    tiles, dy = by_place(V).swapaxes(1, 2), by_place(Z)
    dW = np.empty_like(V, shape=(r * r, C, dy.shape[-1]))
    held = WEIGHTS_BLOCK // max(1, dy[:, 0].nbytes)
    fewest = max(1, held, dy.shape[1] // TILES_SHARE)
    step = -(-C // max(1, round(C / fewest)))
    for start in range(0, C, step):
        part = slice(start, start + step)
        dU = tiles[:, part] @ dy
        along_both(plan.filtering.weights.T, flat(dU), flat(dW[:, part]))
    split = dW.reshape(r, r, s, s, C // s**2, -1).transpose(0, 2, 1, 3, 4, 5)
    return split.reshape(r * s, r * s, C // s**2, -1)[:k, :k]
