"""AvgPool, MaxPool and GlobalAvgPool.

x (N, *S, C) to y (N, *S′, C), for one to three spatial axes. With the windows of K
pixels that start at every stride-th, w(i, k) the k-th pixel of window i,

    AvgPool    y[i]  = 1/K Σₖ x[w(i, k)]
    MaxPool    y[i]  = maxₖ x[w(i, k)] = Σₖ M[i, k] x[w(i, k)]

GlobalAvgPool takes all pixels as one window, (N, *S, C) to (N, C). All three are linear
in x once M is fixed, and M is constant almost everywhere: the verbs are y = A x and
dx = Aᵀ dy, for tangents too, and there is no second derivative. M is one at the first
largest pixel. Kept: the shape of a sample, and for MaxPool which pixel that was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import mean, wide
from scratchgan.kernels.largest import chosen, largest
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.layers.padding import PerAxis, per_axis
from scratchgan.layers.shaping import LinearMap
from scratchgan.layers.upsample import require_image
from scratchgan.types import Array, Shape, Wrt


class MaxPoolCache(NamedTuple):
    """Number of the largest pixel in its window (N, *S′, C), and a sample's shape."""

    largest: Array
    in_shape: Shape


@dataclass(frozen=True)
class AvgPool(LinearMap):
    """Mean over windows.

    Parameters
    ----------
    kernel : int or tuple of int
        Size of a window.
    stride : int or tuple of int, optional
        Distance between windows; the kernel when left out. Pixels behind the last
        whole window are not read.
    """

    kernel: PerAxis
    stride: PerAxis | None = None

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), _out_shape(self, in_shape, self.kernel, self.stride)

    def apply(self, x: Array) -> Array:
        out = _out_shape(self, x.shape[1:], self.kernel, self.stride)
        y = np.zeros_like(wide(x[:0]), shape=(len(x), *out))
        for window in _windows(out[:-1], self.kernel, self.stride):
            y += x[:, *window]
        y /= prod(per_axis(self.kernel, len(out) - 1, "kernel"))
        return y.astype(x.dtype, copy=False)

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        out = dy.shape[1:-1]
        dx = np.zeros_like(wide(dy[:0]), shape=(len(dy), *in_shape))
        share = wide(dy) / prod(per_axis(self.kernel, len(out), "kernel"))
        for window in _windows(out, self.kernel, self.stride):
            dx[:, *window] += share
        return dx.astype(dy.dtype, copy=False)


@dataclass(frozen=True)
class GlobalAvgPool(LinearMap):
    """Mean over all pixels, (N, *S, C) to (N, C)."""

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        require_image(self, in_shape)
        return (), in_shape[-1:]

    def apply(self, x: Array) -> Array:
        over = tuple(range(1, x.ndim - 1))
        found = mean(x, over).astype(x.dtype, copy=False)
        return found.reshape(len(x), x.shape[-1])

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        *size, channels = in_shape
        share = dy.reshape(len(dy), *(1 for _ in size), channels) / prod(size)
        return np.broadcast_to(share, (len(dy), *in_shape)).copy()


@dataclass(frozen=True)
class MaxPool(Layer):
    """Largest number of windows.

    Parameters
    ----------
    kernel : int or tuple of int
        Size of a window.
    stride : int or tuple of int, optional
        Distance between windows; the kernel when left out. Pixels behind the last
        whole window are not read.
    """

    kernel: PerAxis
    stride: PerAxis | None = None

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), _out_shape(self, in_shape, self.kernel, self.stride)

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, MaxPoolCache]:
        require_input(self, x, "")
        out = _out_shape(self, x.shape[1:], self.kernel, self.stride)[:-1]
        y, winner = largest(self._pixels(x, out))
        return y, MaxPoolCache(winner, x.shape[1:])

    def backward(
        self, params: tuple, cache: MaxPoolCache, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, None]:
        dx = np.zeros_like(dy, shape=(len(dy), *cache.in_shape))
        windows = _windows(dy.shape[1:-1], self.kernel, self.stride)
        for k, window in enumerate(windows):
            dx[:, *window] += dy * (cache.largest == k)
        return dx, (), None

    def jvp(self, params: tuple, cache: MaxPoolCache, tx: Array) -> tuple[Array, None]:
        pixels = self._pixels(tx, cache.largest.shape[1:-1])
        return chosen(pixels, cache.largest), None

    def backward_jvp(
        self,
        params: tuple,
        cache: MaxPoolCache,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, tuple]:
        return (None if tdy is None else self.backward(params, cache, tdy)[0]), ()

    def _pixels(self, x: Array, out: Shape) -> list[Array]:
        """For each k, the k-th pixels of all windows."""
        return [x[:, *window] for window in _windows(out, self.kernel, self.stride)]


def _out_shape(
    layer: Layer, in_shape: Shape, kernel: PerAxis, stride: PerAxis | None
) -> Shape:
    require_image(layer, in_shape)
    *size, channels = in_shape
    sizes = per_axis(kernel, len(size), "kernel")
    steps = sizes if stride is None else per_axis(stride, len(size), "stride")
    out = tuple((n - k) // s + 1 for n, k, s in zip(size, sizes, steps, strict=True))
    if min(out) < 1:
        raise ValueError(
            f"{type(layer).__name__}: in_shape: expected at least the kernel {sizes}, "
            f"received {in_shape}"
        )
    return (*out, channels)


def _windows(
    out: Shape, kernel: PerAxis, stride: PerAxis | None
) -> Iterator[tuple[slice, ...]]:
    """For each k, where the k-th pixels of all windows are."""
    sizes = per_axis(kernel, len(out), "kernel")
    steps = sizes if stride is None else per_axis(stride, len(out), "stride")
    for first in np.ndindex(*sizes):
        axes = zip(first, steps, out, strict=True)
        yield tuple(slice(k, k + s * n, s) for k, s, n in axes)
