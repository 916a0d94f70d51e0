"""Augment: random invertible transformations before a discriminator.

Karras et al. 2020, "Training generative adversarial networks with limited data". All
that a discriminator sees, real or generated, is transformed at random, by each
transformation with probability p. It cannot then learn few images by heart; and as long
as p < 1, a generator whose images look right when transformed has right images, where
what the transformations do to the distribution can be undone.

Given a sample's random numbers, the transformation is affine. With x and y as pixels by
channels, (HW, C), a matrix A (HW, HW) that reads pixels (`places`, `kernels.warp`), and
a map of colours M, b (`colours`):

    forward        y   = A x Mᵀ + 1 bᵀ
    backward       dx  = Aᵀ dy M
    jvp            ty  = A tx Mᵀ
    backward_jvp   tdx = Aᵀ tdy M

There is no second derivative. p is state: it is set between steps (`training.ada`),
travels with the parameters, and has no gradient. Kept: each sample's maps, eight
numbers or eighteen, from which A is made anew in each sweep.

What differs from the authors' code: images are interpolated bilinearly at their own
resolution, where theirs are upsampled twofold by a wavelet's filter before, filtered
and downsampled behind; image-space filtering and corruptions, which the paper's final
set does without, are left out.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.backend import like
from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.warp import warp, warp_adjoint
from scratchgan.layers import lots
from scratchgan.layers.base import (
    TRAINING,
    Context,
    Layer,
    require_input,
    require_rank,
)
from scratchgan.layers.checks import not_negative
from scratchgan.layers.colours import colours
from scratchgan.layers.places import places
from scratchgan.tree import State
from scratchgan.types import Array, Shape, Wrt


class AugmentParams(NamedTuple):
    """The probability p, ()."""

    state: State


class Maps(NamedTuple):
    """How each sample is transformed; None where it is not."""

    place: Array | None  # (N, 2, 3)
    colour: Array | None  # (N, C, C + 1): M, and b as the last column


@dataclass(frozen=True)
class Augment(Layer):
    """Random transformations of images in training; nothing at inference.

    Parameters
    ----------
    p : float
        Initial probability of each transformation.
    pixel : bool
        Flips, quarter turns and shifts by whole pixels.
    geometric : bool
        Scaling, rotation, stretching, and translation by parts of pixels.
    colour : bool
        Brightness, contrast, luma flip, hue and saturation of colours in [−1, 1]; grey
        images change their brightness and contrast.
    """

    p: float = 0.0
    pixel: bool = True
    geometric: bool = True
    colour: bool = True

    def __post_init__(self) -> None:
        not_negative(p=self.p)

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[AugmentParams, Shape]:
        require_rank(self, in_shape, "HWC")
        if self.colour and in_shape[-1] not in (1, 3):
            raise ValueError(
                "Augment: in_shape: expected 1 or 3 channels, whose colours it "
                f"changes, received {in_shape}"
            )
        return AugmentParams(State(p=np.array(self.p))), in_shape

    def forward(
        self, params: AugmentParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Maps]:
        require_input(self, x, "HWC")
        maps = self._maps(strength(params), x, ctx)
        return _applied(maps, x, offset=True), maps

    def backward(
        self, params: AugmentParams, cache: Maps, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, None, None]:
        return (None if wrt == "params" else _adjoint(cache, dy)), None, None

    def jvp(self, params: AugmentParams, cache: Maps, tx: Array) -> tuple[Array, None]:
        return _applied(cache, tx, offset=False), None

    def backward_jvp(
        self,
        params: AugmentParams,
        cache: Maps,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, None]:
        if tdy is None:
            return None, None
        return self.backward(params, cache, tdy, wrt)[:2]

    def _maps(self, p: float, x: Array, ctx: Context) -> Maps:
        if p == 0 or not ctx.training:
            return Maps(None, None)
        n, height, width, channels = x.shape
        drawn = lots.draw(ctx, self, n, p)
        place = colour = None
        if self.pixel or self.geometric:
            place = places(drawn, height, width, self.pixel, self.geometric)
            place = like(place, x)
        if self.colour:
            colour = like(colours(drawn, channels), x)
        return Maps(place, colour)


def strength(params: AugmentParams) -> float:
    """The p that `params` holds."""
    return float(params.state["p"])


def with_strength(params: AugmentParams, p: float) -> AugmentParams:
    """`params` with another p, of the same dtype."""
    kept = params.state["p"]
    return AugmentParams(State(p=np.full_like(kept, p)))


def _applied(maps: Maps, x: Array, offset: bool) -> Array:
    y = wide(x)
    if maps.place is not None:
        y = warp(y, maps.place)
    if maps.colour is not None:
        M, b = _map_of_colours(maps.colour, y)
        y = _recoloured(y, M.swapaxes(1, 2))
        y = y + b if offset else y
    return y.astype(x.dtype, copy=False)


def _adjoint(maps: Maps, dy: Array) -> Array:
    dx = wide(dy)
    if maps.colour is not None:
        dx = _recoloured(dx, _map_of_colours(maps.colour, dx)[0])
    if maps.place is not None:
        dx = warp_adjoint(dx, maps.place)
    return dx.astype(dy.dtype, copy=False)


def _map_of_colours(colour: Array, like: Array) -> tuple[Array, Array]:
    """M (N, C, C), and b for all pixels, (N, 1, 1, C)."""
    colour = colour.astype(like.dtype, copy=False)
    return colour[..., :-1], colour[:, None, None, :, -1]


def _recoloured(x: Array, M: Array) -> Array:
    """X M for every pixel of a sample."""
    if M.shape[1] == 1:
        return x * M[:, None]
    pixels = x.shape[1] * x.shape[2]
    return (x.reshape(-1, pixels, x.shape[3]) @ M).reshape(x.shape)
