"""Bias, Gain and Scale: one number added or multiplied.

x of any shape (N, …, C). Bias b (C,); Gain with one learned scalar γ; Scale with a
constant α. Each is linear in x, Gain bilinear in x and γ:

    Bias   forward        y   = x + b
           backward       dx  = dy            db  = Σ dy
           jvp            ty  = tx
           backward_jvp   tdx = tdy           tdb = Σ tdy

    Gain   forward        y   = γ x
           backward       dx  = γ dy          dγ  = Σ x dy
           jvp            ty  = γ tx
           backward_jvp   tdx = γ tdy         tdγ = Σ (tx dy + x tdy)

    Scale  forward        y   = α x
           backward       dx  = α dy
           jvp            ty  = α tx
           backward_jvp   tdx = α tdy

Gain starts at zero in SAGAN (eq. 3): the block begins as what it is added to. Kept: x,
dy and tx, by Gain.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import inner, total
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.layers.shaping import LinearMap
from scratchgan.types import Array, Shape, Wrt


class BiasParams(NamedTuple):
    """b (C,)."""

    b: Array | None  # None in a gradient: exactly zero


class GainParams(NamedTuple):
    """γ, (1,)."""

    gamma: Array


@dataclass(frozen=True)
class Bias(Layer):
    """A learned number added to every channel.

    Parameters
    ----------
    start : float
        Initial value.
    """

    start: float = 0.0

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[BiasParams, Shape]:
        return BiasParams(np.full(in_shape[-1], self.start)), in_shape

    def forward(
        self, params: BiasParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, None]:
        require_input(self, x, "", 0 if params.b is None else len(params.b))
        return x + params.b, None

    def backward(
        self, params: BiasParams, cache: None, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, BiasParams | None, None]:
        dx = None if wrt == "params" else dy
        if wrt == "inputs":
            return dx, None, None
        return dx, BiasParams(total(dy, tuple(range(dy.ndim - 1)))), None

    def jvp(self, params: BiasParams, cache: None, tx: Array) -> tuple[Array, None]:
        return tx, None

    def backward_jvp(
        self,
        params: BiasParams,
        cache: None,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, BiasParams | None]:
        if tdy is None:
            return None, None
        return self.backward(params, cache, tdy, wrt)[:2]


@dataclass(frozen=True)
class Gain(Layer):
    """One learned factor for all numbers.

    Parameters
    ----------
    start : float
        Initial value.
    """

    start: float = 0.0

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[GainParams, Shape]:
        return GainParams(np.full(1, self.start)), in_shape

    def forward(
        self, params: GainParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_input(self, x, "")
        return params.gamma * x, x

    def backward(
        self, params: GainParams, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, GainParams | None, Array]:
        x = cache
        dx = None if wrt == "params" else params.gamma * dy
        dparams = None if wrt == "inputs" else GainParams(_dot(x, dy))
        return dx, dparams, dy

    def jvp(self, params: GainParams, cache: Array, tx: Array) -> tuple[Array, Array]:
        return params.gamma * tx, tx

    def backward_jvp(
        self,
        params: GainParams,
        cache: Array,
        dcache: Array,
        tcache: Array,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, GainParams | None]:
        x, dy, tx = cache, dcache, tcache
        tdx, tdparams = None, None
        if tdy is not None and wrt != "params":
            tdx = params.gamma * tdy
        if wrt != "inputs":
            tdgamma = _dot(tx, dy)
            tdparams = GainParams(tdgamma if tdy is None else tdgamma + _dot(x, tdy))
        return tdx, tdparams


@dataclass(frozen=True)
class Scale(LinearMap):
    """Multiplication by a constant, such as √½ behind a residual sum.

    Parameters
    ----------
    factor : float
        α.
    """

    factor: float

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), in_shape

    def apply(self, x: Array) -> Array:
        return x * float(self.factor)

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        return dy * float(self.factor)


def _dot(a: Array, b: Array) -> Array:
    return inner(a, b, None).reshape(1)
