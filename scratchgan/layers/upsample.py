"""UpsampleNearest and UpsampleBilinear: images r times larger.

x (N, *S, C) to y (N, *rS, C), every spatial axis by itself, for one to three of them.
Both are linear, y = U x along an axis, with U (rn, n):

    UpsampleNearest    y[i]  = x[⌊i/r⌋]
    UpsampleBilinear   y[i]  = (1 − φ) x[j] + φ x[j + 1],     j + φ = (i + ½)/r − ½

j and j + 1 clamped to 0 … n − 1: pixel centres at halves ("align_corners=False"). The
verbs are those of `shaping.LinearMap`, with Uᵀ on the way down.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.kernels import banded
from scratchgan.kernels.accumulate import wide
from scratchgan.layers.base import Layer
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.shaping import LinearMap
from scratchgan.types import Array, Shape


class _Upsample(LinearMap):
    factor: int

    def __post_init__(self) -> None:
        at_least_one(factor=self.factor)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        require_image(self, in_shape)
        *size, channels = in_shape
        return (), (*(n * self.factor for n in size), channels)


@dataclass(frozen=True)
class UpsampleNearest(_Upsample):
    """Every pixel repeated.

    Parameters
    ----------
    factor : int
        r.
    """

    factor: int = 2

    def apply(self, x: Array) -> Array:
        for axis in range(1, x.ndim - 1):
            x = x.repeat(self.factor, axis=axis)
        return x

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        split = [len(dy)]
        for n in in_shape[:-1]:
            split += [n, self.factor]
        repeats = tuple(range(2, len(split), 2))
        blocks = wide(dy).reshape(*split, in_shape[-1])
        return blocks.sum(axis=repeats).astype(dy.dtype, copy=False)


@dataclass(frozen=True)
class UpsampleBilinear(_Upsample):
    """Linear interpolation along every axis.

    Parameters
    ----------
    factor : int
        r.
    """

    factor: int = 2

    def apply(self, x: Array) -> Array:
        for axis in range(1, x.ndim - 1):
            x = banded.apply(self._matrix(x.shape[axis]), x, axis)
        return x

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        for axis in range(1, dy.ndim - 1):
            dy = banded.apply(self._matrix(in_shape[axis - 1]).T, dy, axis)
        return dy

    def _matrix(self, n: int) -> np.ndarray:
        """U (rn, n)."""
        place = (np.arange(n * self.factor) + 0.5) / self.factor - 0.5
        low = np.floor(place)
        U = np.zeros((len(place), n))
        for j, weight in ((low, low + 1 - place), (low + 1, place - low)):
            U[np.arange(len(place)), np.clip(j, 0, n - 1).astype(int)] += weight
        return U


def require_image(layer: Layer, in_shape: Shape) -> None:
    """Raise ValueError unless there are one to three spatial axes and channels."""
    if not 2 <= len(in_shape) <= 4 or min(in_shape) < 1:
        raise ValueError(
            f"{type(layer).__name__}: in_shape: expected one to three spatial axes and "
            f"channels, received {in_shape}"
        )
