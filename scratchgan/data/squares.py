"""Images as smaller squares: the middle, cut out, and averaged.

A pixel of the result is the mean over its share of the square, s/n pixels both ways.
With T (n, s), T[m, i] the length of pixel i within [m s/n, (m + 1) s/n], divided by
s/n, and X the square of s × s, the result is T X Tᵀ.
"""

import numpy as np

from scratchgan.types import Array


def squares(images: Array, size: int) -> Array:
    """Images (N, H, W, C) of bytes as (N, size, size, C).

    Raises
    ------
    ValueError
        If they are smaller than `size`.
    """
    if images.ndim != 4 or images.dtype != np.uint8:
        raise ValueError(
            f"data: expected 8-bit images (N, H, W, C) to make squares of, received "
            f"{images.dtype} {images.shape}"
        )
    side = min(images.shape[1:3])
    if side < size:
        raise ValueError(
            f"size: expected at most {side}, the shorter side of the images, "
            f"received {size}"
        )
    top, left = ((n - side) // 2 for n in images.shape[1:3])
    middle = images[:, top : top + side, left : left + side].astype(np.float64)
    T = _means(size, side)
    small = np.einsum("mi,nijc,kj->nmkc", T, middle, T, optimize=True)
    return np.round(small).astype(np.uint8)


def _means(n: int, s: int) -> Array:
    """T, (n, s)."""
    edges = np.arange(n + 1) * (s / n)
    low, high = edges[:-1, None], edges[1:, None]
    i = np.arange(s)
    return np.clip(np.minimum(high, i + 1) - np.maximum(low, i), 0, None) * (n / s)
