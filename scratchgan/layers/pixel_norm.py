"""PixelNorm: every pixel's vector of channels scaled to unit mean square.

x (N, …, C). Karras et al. 2018 (progressive growing), section 4.2. With m(·) the mean
over channels, kept as an axis of length one,

    q = m(x²)        r = (q + eps)^(−½)        h = x r

Since tq = 2 m(x tx) and tr = −½ r³ tq = −r² m(h tx), the Jacobian is

    P u = r (u − h m(h u))                     symmetric, so that backward is P too

and along tx, with th = P tx and tr / r = −r m(h tx),

    Ṗ u = (tr / r) P u − r (th m(h u) + h m(th u))

    forward        y   = h
    backward       dx  = P dy
    jvp            ty  = P tx
    backward_jvp   tdx = Ṗ dy + P tdy

It is `standardize` without the mean taken off. StyleGAN2 normalises z with it. Kept: h
and r, which stays in float32 on a device with kernels.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import mean, wide
from scratchgan.kernels.cuda import pixel_norm
from scratchgan.kernels.cuda.device import runner
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.layers.checks import not_negative
from scratchgan.layers.standardize import Standardized
from scratchgan.types import Array, Shape, Wrt


class PixelNormTangent(NamedTuple):
    """What jvp leaves: the input's tangent, and that of h."""

    tx: Array
    th: Array


@dataclass(frozen=True)
class PixelNorm(Layer):
    """Normalisation of the vector of channels at every pixel.

    Parameters
    ----------
    eps : float
        Stabiliser added to the mean square.
    """

    eps: float = 1e-8

    def __post_init__(self) -> None:
        not_negative(eps=self.eps)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), in_shape

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Standardized]:
        require_input(self, x, "")
        if run := runner(x):
            found = Standardized(*pixel_norm.forward(run, x, self.eps))
            return found.h, found
        square = mean(wide(x) * wide(x), -1)
        r = (1 / np.sqrt(square + square.dtype.type(self.eps))).astype(x.dtype)
        h = x * r
        return h, Standardized(h, r)

    def backward(
        self, params: tuple, cache: Standardized, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, Array]:
        return _project(cache, dy), (), dy

    def jvp(
        self, params: tuple, cache: Standardized, tx: Array
    ) -> tuple[Array, PixelNormTangent]:
        th = _project(cache, tx)
        return th, PixelNormTangent(tx, th)

    def backward_jvp(
        self,
        params: tuple,
        cache: Standardized,
        dcache: Array,
        tcache: PixelNormTangent,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array, tuple]:
        (h, r), dy, (tx, th) = cache, dcache, tcache
        if run := runner(h):
            return pixel_norm.backward_jvp(run, h, r, dy, tx, th, tdy), ()
        relative = -r * _mean(h * tx)  # tr / r
        tdx = relative * _project(cache, dy)
        tdx -= r * (th * _mean(h * dy) + h * _mean(th * dy))
        if tdy is not None:
            tdx += _project(cache, tdy)
        return tdx, ()


def _mean(x: Array) -> Array:
    return mean(x, -1).astype(x.dtype, copy=False)


def _project(s: Standardized, u: Array) -> Array:
    """P u = r (u − h m(h u))."""
    if run := runner(u):
        return pixel_norm.backward(run, s.h, s.r, u)
    return s.r * (u - s.h * _mean(s.h * u))
