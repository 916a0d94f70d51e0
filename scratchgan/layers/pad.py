"""Pad: pixels added around an image, as zeros, a mirror image or copies of the edge.

x (N, *S, C), one to three spatial axes of n pixels each. Pixel i of the output reads

    zero        y[i] = x[i − before], 0 outside
    reflect     y[i] = x[ρ(i − before)],   ρ mirrors at the centres of the edge pixels
    replicate   y[i] = x[min(max(i − before, 0), n − 1)]

A linear map, y = A x axis by axis; Aᵀ adds what falls outside to the pixel that was
read there. The verbs are those of `shaping.LinearMap`.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from scratchgan.backend import like
from scratchgan.kernels.accumulate import wide
from scratchgan.layers.padding import sides_of
from scratchgan.layers.shaping import LinearMap
from scratchgan.layers.upsample import require_image
from scratchgan.types import Array, Shape

Mode = Literal["zero", "reflect", "replicate"]


@dataclass(frozen=True)
class Pad(LinearMap):
    """Padding of all spatial axes.

    Parameters
    ----------
    amount : int or tuple
        Pixels on every side, one number an axis, or one (before, after) an axis.
    mode : {"zero", "reflect", "replicate"}
        What they are. "reflect" wants fewer of them than the axis has pixels.
    """

    amount: Any
    mode: Mode = "zero"

    def __post_init__(self) -> None:
        if self.mode not in ("zero", "reflect", "replicate"):
            raise ValueError(
                "mode: expected 'zero', 'reflect' or 'replicate', "
                f"received {self.mode!r}"
            )

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        require_image(self, in_shape)
        *size, channels = in_shape
        sides = self._sides(len(size))
        for n, pair in zip(size, sides, strict=True):
            if self.mode == "reflect" and max(pair) >= n:
                raise ValueError(
                    f"Pad: amount: expected less than {n} pixels to reflect, "
                    f"received {self.amount}"
                )
        return (), (*(n + sum(p) for n, p in zip(size, sides, strict=True)), channels)

    def apply(self, x: Array) -> Array:
        sides = self._sides(x.ndim - 2)
        if self.mode == "zero":
            return np.pad(x, ((0, 0), *sides, (0, 0)))
        for axis, pair in enumerate(sides, start=1):
            x = x.take(like(self._read_from(x.shape[axis], pair), x), axis=axis)
        return x

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        dx = wide(dy)
        for axis, pair in enumerate(self._sides(dy.ndim - 2), start=1):
            n = in_shape[axis - 1]
            padded = np.moveaxis(dx, axis, 0)
            whole = padded[pair[0] : pair[0] + n].copy()
            if self.mode != "zero":
                source = self._read_from(n, pair)
                for i in (*range(pair[0]), *range(pair[0] + n, len(padded))):
                    whole[source[i]] += padded[i]
            dx = np.moveaxis(whole, 0, axis)
        return dx.astype(dy.dtype, copy=False)

    def _sides(self, axes: int) -> tuple[tuple[int, int], ...]:
        sides = sides_of(self.amount, axes)
        if sides is None or any(n < 0 for pair in sides for n in pair):
            raise ValueError(
                "amount: expected an integer >= 0, one an axis, or one (before, after) "
                f"an axis, received {self.amount!r}"
            )
        return sides

    def _read_from(self, n: int, pair: tuple[int, int]) -> Any:
        """Which pixel every pixel of the output reads."""
        place = np.arange(-pair[0], n + pair[1])
        if self.mode == "replicate":
            return np.clip(place, 0, n - 1)
        inside = np.abs(place)
        return np.where(inside < n, inside, 2 * (n - 1) - inside)
