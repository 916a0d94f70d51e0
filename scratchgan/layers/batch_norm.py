"""BatchNorm: every channel standardised over the batch and all other axes.

x (N, …, C); gamma, beta (C,). Ioffe and Szegedy 2015, algorithm 1. In training, with
h, P and Ṗ of `standardize` over all axes but the channels:

    forward        y   = γ h + β
    backward       dx  = P(γ dy)              dγ  = Σ h dy              dβ  = Σ dy
    jvp            ty  = γ th                 th  = P tx
    backward_jvp   tdx = Ṗ(γ dy) + P(γ tdy)   tdγ = Σ (th dy + h tdy)   tdβ = Σ tdy

At inference mean and variance are the running ones, constants: h is affine in x, and
P u = r u, Ṗ = 0. The running statistics are state, not parameters: `advance` moves
them by `momentum` towards those of the batch, and no gradient reaches them.

One sample's output depends on the whole batch, so that ∇ₓD of one sample is not defined
by that sample alone: a gradient penalty per sample wants LayerNorm instead. Kept: h and
r, and the batch's mean and variance for `advance`.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.layers.standardize import (
    Standardized,
    project,
    project_tangent,
    standardize,
)
from scratchgan.tree import State
from scratchgan.types import Array, Shape, Wrt


class BatchNormParams(NamedTuple):
    """Gain and bias (C,), and the running mean and variance (C,) as state."""

    gamma: Array
    beta: Array | None  # None in a gradient: exactly zero
    state: Any


class BatchNormCache(NamedTuple):
    """h and r of the input, and what `advance` needs."""

    s: Standardized
    mean: Array | None  # of the batch, (C,); None at inference
    variance: Array | None  # of the batch, unbiased, (C,)


class BatchNormTangent(NamedTuple):
    """What jvp leaves: the input's tangent, and that of h."""

    tx: Array
    th: Array


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalisation per channel.

    Parameters
    ----------
    momentum : float
        Share of the old running statistics that one batch leaves, 0 to 1.
    eps : float
        Stabiliser added to the variance.
    """

    momentum: float = 0.9
    eps: float = 1e-5

    @property
    def couples_batch(self) -> bool:
        return True

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[BatchNormParams, Shape]:
        channels = in_shape[-1]
        state = State(mean=np.zeros(channels), variance=np.ones(channels))
        return BatchNormParams(np.ones(channels), np.zeros(channels), state), in_shape

    def forward(
        self, params: BatchNormParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, BatchNormCache]:
        require_input(self, x, "", len(params.gamma))
        if ctx.training:
            s, mean, variance = standardize(x, _axes(x), self.eps)
            count = x.size // x.shape[-1]
            unbiased = variance.reshape(-1) * (count / max(1, count - 1))
            cache = BatchNormCache(s, mean.reshape(-1), unbiased)
        else:
            r = 1 / np.sqrt(params.state["variance"] + x.dtype.type(self.eps))
            cache = BatchNormCache(
                Standardized((x - params.state["mean"]) * r, r), None, None
            )
        return params.gamma * cache.s.h + params.beta, cache

    def backward(
        self,
        params: BatchNormParams,
        cache: BatchNormCache,
        dy: Array,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, BatchNormParams | None, Array]:
        dx, dparams = None, None
        if wrt != "params":
            dx = _project(cache, params.gamma * dy)
        if wrt != "inputs":
            dgamma = (cache.s.h * dy).sum(_axes(dy))
            dparams = BatchNormParams(dgamma, dy.sum(_axes(dy)), None)
        return dx, dparams, dy

    def jvp(
        self, params: BatchNormParams, cache: BatchNormCache, tx: Array
    ) -> tuple[Array, BatchNormTangent]:
        th = _project(cache, tx)
        return params.gamma * th, BatchNormTangent(tx, th)

    def backward_jvp(
        self,
        params: BatchNormParams,
        cache: BatchNormCache,
        dcache: Array,
        tcache: BatchNormTangent,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, BatchNormParams | None]:
        dy, (tx, th), axes = dcache, tcache, _axes(dcache)
        tdx, tdparams = None, None
        if wrt != "params":
            if cache.mean is not None:
                tdx = project_tangent(cache.s, params.gamma * dy, tx, th, axes)
            if tdy is not None:
                more = _project(cache, params.gamma * tdy)
                tdx = more if tdx is None else tdx + more
        if wrt != "inputs":
            tdgamma = (th * dy).sum(axes)
            tdparams = BatchNormParams(tdgamma, None, None)
            if tdy is not None:
                tdgamma = tdgamma + (cache.s.h * tdy).sum(axes)
                tdparams = BatchNormParams(tdgamma, tdy.sum(axes), None)
        return tdx, tdparams

    def advance(
        self, params: BatchNormParams, cache: BatchNormCache
    ) -> BatchNormParams:
        """Move the running statistics towards those of the batch."""
        if cache.mean is None or cache.variance is None:
            return params
        old = params.state
        keep = old["mean"].dtype.type(self.momentum)
        state = State(
            mean=keep * old["mean"] + (1 - keep) * cache.mean,
            variance=keep * old["variance"] + (1 - keep) * cache.variance,
        )
        return params._replace(state=state)


def _axes(x: Array) -> tuple[int, ...]:
    return tuple(range(x.ndim - 1))


def _project(cache: BatchNormCache, u: Array) -> Array:
    """P u with batch statistics, r u with running ones."""
    return cache.s.r * u if cache.mean is None else project(cache.s, u, _axes(u))
