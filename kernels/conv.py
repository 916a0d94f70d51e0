"""Convolution over any number of axes, channels last, as three primitives.

x (N, *S, C), weights (*K, C/G, O), dy (N, *S′, O); stride s, padding p, dilation d and
G groups of channels. With "convolution" meaning cross-correlation, as everywhere in
this field, and writing one spatial axis and one group:

    fprop   y[n,i,o]   = Σ_{a,c} x[n, s·i + d·a − p, c] W[a,c,o]
    dgrad   dx         = the adjoint of fprop in x, applied to dy
    wgrad   dW[a,c,o]  = Σ_{n,i} x[n, s·i + d·a − p, c] dy[n,i,o]

y is bilinear in (x, W), so that every derivative of every order, of a convolution and
of its transpose, is one of these three with other arguments. Group g reads the g-th of
G equal runs of x's channels and makes the g-th of y's.

They are computed in one of two ways: as these sums (`direct`), or, in float32, images
under kernels of 3 × 3 to 5 × 5 and stride 1 or 2, with fewer multiplications
(`winograd`), where that pays. What the latter makes of W, x and dy serves several
sweeps; a `Convolution` keeps it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.kernels import direct, winograd
from scratchgan.kernels.cuda.device import runner
from scratchgan.kernels.geometry import Geometry
from scratchgan.kernels.transformed import TransformedWeights
from scratchgan.types import Array

__all__ = ["Convolution", "Geometry", "Tiles", "convolution", "dgrad", "fprop", "wgrad"]


class Tiles(NamedTuple):
    """What `winograd` makes of x or dy, in place of it; batch axis first."""

    values: Array


@dataclass(frozen=True)
class Convolution:
    """One convolution, with what all sweeps over batches of one shape take from W.

    An object and not a tree: it belongs to no sample, so that `tree.rows` leaves it.
    x and dy may come as they are, or as `inputs` and `outputs` made of them, which are
    worth keeping where they meet more than one of the primitives.
    """

    W: Array  # (*K, C/G, O)
    geometry: Geometry
    size: tuple[int, ...]  # of x
    plan: winograd.Plan | None  # where that pays
    U: TransformedWeights | None

    def inputs(self, x: Array) -> Array | Tiles:
        """What `fprop` and `wgrad` take for x (N, *S, C)."""
        if self.plan is None or isinstance(x, Tiles):
            return x
        return Tiles(winograd.input_tiles(self.plan, x))

    def outputs(self, dy: Array) -> Array | Tiles:
        """What `dgrad` and `wgrad` take for dy (N, *S′, O)."""
        if self.plan is None or isinstance(dy, Tiles):
            return dy
        return Tiles(winograd.output_tiles(self.plan, dy))

    def fprop(self, x: Array | Tiles, bias: Array | None = None) -> Array:
        """Y (N, *S′, O), and a bias (O,)."""
        if self.plan is None:
            return direct.fprop(x, self.W, self.geometry, bias)
        y = winograd.fprop(self.plan, self.inputs(x).values, self.U.array())
        return y if bias is None else np.add(y, bias, out=y)

    def dgrad(self, dy: Array | Tiles) -> Array:
        """Dx (N, *S, C)."""
        if self.plan is None:
            return direct.dgrad(dy, self.W, self.geometry, self.size)
        return winograd.dgrad(self.plan, self.outputs(dy).values, self.U.array())

    def wgrad(self, *pairs: tuple[Array | Tiles, Array | Tiles]) -> Array:
        """DW (*K, C/G, O), summed over pairs of x and dy: one product for all."""
        xs, dys = zip(*pairs, strict=True)
        if self.plan is None:
            return direct.wgrad(_joined(xs), _joined(dys), self.geometry)
        V = winograd.joined([self.inputs(x).values for x in xs])
        Z = winograd.joined([self.outputs(dy).values for dy in dys])
        return winograd.wgrad(self.plan, V, Z)


def convolution(
    W: Array, geometry: Geometry, images: int, size: tuple[int, ...]
) -> Convolution:
    """The convolution by W of so many images x of spatial shape `size`."""
    plan = _plan(geometry, images, size, W.shape[-2:], W)
    U = None if plan is None else TransformedWeights(plan, W)
    return Convolution(W, geometry, size, plan, U)


def fprop(x: Array, W: Array, geometry: Geometry) -> Array:
    """Y (N, *S′, O) from x (N, *S, C) and W (*K, C/G, O)."""
    return convolution(W, geometry, len(x), x.shape[1:-1]).fprop(x)


def dgrad(dy: Array, W: Array, geometry: Geometry, size: tuple[int, ...]) -> Array:
    """Dx (N, *size, C) from dy (N, *S′, O) and W (*K, C/G, O)."""
    return convolution(W, geometry, len(dy), size).dgrad(dy)


def wgrad(x: Array, dy: Array, geometry: Geometry) -> Array:
    """DW (*K, C/G, O) from x (N, *S, C) and dy (N, *S′, O)."""
    size, channels = x.shape[1:-1], (x.shape[-1], dy.shape[-1])
    plan = _plan(geometry, len(x), size, channels, x)
    if plan is None:
        return direct.wgrad(x, dy, geometry)
    tiles = winograd.input_tiles(plan, x), winograd.output_tiles(plan, dy)
    return winograd.wgrad(plan, *tiles)


def _plan(
    geometry: Geometry,
    images: int,
    size: tuple[int, ...],
    channels: tuple[int, int],
    like: Array,
) -> winograd.Plan | None:
    """How `winograd` would do it, where it can and that pays: never with kernels."""
    kernel, stride, padding, dilation, groups = geometry
    if len(kernel) != 2 or dilation != (1, 1) or groups != 1 or runner(like):
        return None
    out = geometry.output_size(size)
    ways = winograd.plans(kernel, stride, padding, size, out)
    return winograd.cheapest(ways, images, channels, like.dtype)


def _joined(batches: tuple[Array, ...]) -> Array:
    return batches[0] if len(batches) == 1 else np.concatenate(batches)
