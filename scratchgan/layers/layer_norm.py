"""LayerNorm: every sample standardised over all its axes, then scaled per channel.

x (N, …, C); gamma, beta (C,). With h, P and Ṗ of `standardize`, one sample at a time:

    forward        y   = γ h + β
    backward       dx  = P(γ dy)              dγ  = Σ h dy              dβ  = Σ dy
    jvp            ty  = γ th                 th  = P tx
    backward_jvp   tdx = Ṗ(γ dy) + P(γ tdy)   tdγ = Σ (th dy + h tdy)   tdβ = Σ tdy

with sums over all axes but the channels. Ba, Kiros and Hinton 2016, eq. 4, with gain
and bias per channel as in the WGAN-GP code; for (N, C) inputs the two agree. It is
what WGAN-GP puts in place of batch normalisation, since the penalty speaks of single
samples. Kept: h and r.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.layers.standardize import (
    Standardized,
    project,
    project_tangent,
    standardize,
)
from scratchgan.types import Array, Shape, Wrt


class LayerNormParams(NamedTuple):
    """Gain and bias per channel, both (C,)."""

    gamma: Array
    beta: Array | None  # None in a gradient: exactly zero


class LayerNormTangent(NamedTuple):
    """What jvp leaves: the input's tangent, and that of h."""

    tx: Array
    th: Array


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Layer normalisation over all axes but the batch.

    Parameters
    ----------
    eps : float
        Stabiliser added to the variance.
    """

    eps: float = 1e-5

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[LayerNormParams, Shape]:
        channels = in_shape[-1]
        return LayerNormParams(np.ones(channels), np.zeros(channels)), in_shape

    def forward(
        self, params: LayerNormParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Standardized]:
        require_input(self, x, "", len(params.gamma))
        s, _, _ = standardize(x, _features(x), self.eps)
        return params.gamma * s.h + params.beta, s

    def backward(
        self, params: LayerNormParams, cache: Standardized, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, LayerNormParams | None, Array]:
        s, dx, dparams = cache, None, None
        if wrt != "params":
            dx = project(s, params.gamma * dy, _features(dy))
        if wrt != "inputs":
            over = _all_but_channels(dy)
            dparams = LayerNormParams((s.h * dy).sum(over), dy.sum(over))
        return dx, dparams, dy

    def jvp(
        self, params: LayerNormParams, cache: Standardized, tx: Array
    ) -> tuple[Array, LayerNormTangent]:
        th = project(cache, tx, _features(tx))
        return params.gamma * th, LayerNormTangent(tx, th)

    def backward_jvp(
        self,
        params: LayerNormParams,
        cache: Standardized,
        dcache: Array,
        tcache: LayerNormTangent,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, LayerNormParams | None]:
        s, dy, (tx, th) = cache, dcache, tcache
        tdx, tdparams = None, None
        if wrt != "params":
            tdx = project_tangent(s, params.gamma * dy, tx, th, _features(dy))
            if tdy is not None:
                tdx += project(s, params.gamma * tdy, _features(dy))
        if wrt != "inputs":
            over = _all_but_channels(dy)
            tdgamma = (th * dy).sum(over)
            tdparams = LayerNormParams(tdgamma, None)
            if tdy is not None:
                tdparams = LayerNormParams(
                    tdgamma + (s.h * tdy).sum(over), tdy.sum(over)
                )
        return tdx, tdparams


def _features(x: Array) -> tuple[int, ...]:
    return tuple(range(1, x.ndim))


def _all_but_channels(x: Array) -> tuple[int, ...]:
    return tuple(range(x.ndim - 1))
