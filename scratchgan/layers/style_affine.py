"""StyleAffine: gain and bias per channel and sample, from a style.

h (N, *S, C) and style s (N, 2C) = [g, b]. Karras et al. 2019 (StyleGAN), eq. 8, after
the normalisation. y is bilinear in h and g:

    forward        y   = g h + b
    backward       dh  = g dy                dg  = Σ h dy                db  = Σ dy
    jvp            ty  = g th + tg h + tb
    backward_jvp   tdh = g tdy + tg dy       tdg = Σ (th dy + h tdy)     tdb = Σ tdy

with sums over pixels; ds = [dg, db] and so on. Kept: h and g, dy, th and tg.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import inner, total
from scratchgan.layers.base import (
    TRAINING,
    Context,
    Layer,
    require_input,
    require_inputs,
)
from scratchgan.types import Array, Shape, Wrt


class StyleAffineCache(NamedTuple):
    """What the product rule needs: both factors."""

    h: Array
    g: Array  # (N, 1, …, C)


class StyleAffineTangent(NamedTuple):
    """Tangents of both factors, None where zero."""

    th: Array | None
    tg: Array | None


@dataclass(frozen=True)
class StyleAffine(Layer):
    """Scale and shift by a style, the second half of AdaIN; no parameters."""

    def init(self, rng: np.random.Generator, in_shape: Any) -> tuple[tuple, Shape]:
        require_inputs(self, in_shape, 2, "x, style")
        shape, style = in_shape
        if style != (2 * shape[-1],):
            raise ValueError(
                f"StyleAffine: in_shape: expected a style ({2 * shape[-1]},) for "
                f"{shape[-1]} channels, received {style}"
            )
        return (), shape

    def forward(
        self, params: tuple, x: tuple, ctx: Context = TRAINING
    ) -> tuple[Array, StyleAffineCache]:
        require_inputs(self, x, 2, "x, style")
        h, style = x
        require_input(self, h, "")
        require_input(self, style, "C", 2 * h.shape[-1])
        g, b = _halves(style, h.ndim)
        return g * h + b, StyleAffineCache(h, g)

    def backward(
        self, params: tuple, cache: StyleAffineCache, dy: Array, wrt: Wrt = "all"
    ) -> tuple[tuple, tuple, Array]:
        h, g = cache
        ds = np.concatenate([inner(h, dy, _pixels(h)), total(dy, _pixels(h))], axis=-1)
        return (g * dy, ds), (), dy

    def jvp(
        self, params: tuple, cache: StyleAffineCache, tx: tuple
    ) -> tuple[Array, StyleAffineTangent]:
        th, ts = tx
        if ts is None:
            return cache.g * th, StyleAffineTangent(th, None)
        tg, tb = _halves(ts, cache.h.ndim)
        ty = tg * cache.h + tb
        return (ty if th is None else ty + cache.g * th), StyleAffineTangent(th, tg)

    def backward_jvp(
        self,
        params: tuple,
        cache: StyleAffineCache,
        dcache: Array,
        tcache: StyleAffineTangent,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[tuple | None, tuple]:
        (h, g), dy, (th, tg) = cache, dcache, tcache
        over = _pixels(h)
        tdh = None if tg is None else tg * dy
        tdg = None if th is None else inner(th, dy, over)
        tdb = np.zeros_like(dy, shape=(len(h), h.shape[-1]))
        if tdy is not None:
            tdh = g * tdy if tdh is None else tdh + g * tdy
            more = inner(h, tdy, over)
            tdg = more if tdg is None else tdg + more
            tdb = total(tdy, over)
        if tdg is None:
            return (tdh, None), ()
        return (tdh, np.concatenate([tdg, tdb], axis=-1)), ()


def _halves(style: Array, ndim: int) -> tuple[Array, Array]:
    """G and b with axes of length one where an image has pixels."""
    wide = style.reshape(len(style), *(1,) * (ndim - 2), style.shape[-1])
    channels = style.shape[-1] // 2
    return wide[..., :channels], wide[..., channels:]


def _pixels(x: Array) -> tuple[int, ...]:
    return tuple(range(1, x.ndim - 1))
