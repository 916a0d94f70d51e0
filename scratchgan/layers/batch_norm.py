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

from scratchgan.layers import gain_and_bias as gb
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.layers.checks import not_negative, share
from scratchgan.layers.group import Group
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

    gamma: Array | None  # None where the layer has none, and so for beta
    beta: Array | None
    state: Any


class BatchNormCache(NamedTuple):
    """h and r of the input, and what `advance` needs."""

    s: Standardized
    mean: Array | None  # of the batch, (C,); None at inference
    variance: Array | None  # of the batch, unbiased, (C,)
    group: Group  # who has the rest of the batch


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
    affine : bool
        Whether to scale and shift by learned γ and β.
    """

    momentum: float = 0.9
    eps: float = 1e-5
    affine: bool = True

    def __post_init__(self) -> None:
        share(momentum=self.momentum)
        not_negative(eps=self.eps)

    @property
    def couples_batch(self) -> bool:
        return True

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[BatchNormParams, Shape]:
        channels = in_shape[-1]
        state = State(mean=np.zeros(channels), variance=np.ones(channels))
        return BatchNormParams(*gb.initial(channels, self.affine), state), in_shape

    def forward(
        self, params: BatchNormParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, BatchNormCache]:
        require_input(self, x, "", len(params.state["mean"]))
        if ctx.training:
            s, mean, variance = standardize(x, _axes(x), self.eps, ctx.group)
            count = ctx.group.size * x.size // x.shape[-1]
            unbiased = variance.reshape(-1) * (count / max(1, count - 1))
            cache = BatchNormCache(s, mean.reshape(-1), unbiased, ctx.group)
        else:
            r = 1 / np.sqrt(params.state["variance"] + x.dtype.type(self.eps))
            s = Standardized((x - params.state["mean"]) * r, r)
            cache = BatchNormCache(s, None, None, ctx.group)
        return gb.applied(params, cache.s.h), cache

    def backward(
        self,
        params: BatchNormParams,
        cache: BatchNormCache,
        dy: Array,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, BatchNormParams | None, Array]:
        dx, dparams = None, None
        if wrt != "params":
            dx = _project(cache, gb.scaled(params, dy))
        if wrt != "inputs":
            dparams = BatchNormParams(*gb.gradient(params, cache.s.h, dy), None)
        return dx, dparams, dy

    def jvp(
        self, params: BatchNormParams, cache: BatchNormCache, tx: Array
    ) -> tuple[Array, BatchNormTangent]:
        th = _project(cache, tx)
        return gb.scaled(params, th), BatchNormTangent(tx, th)

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
                u = gb.scaled(params, dy)
                tdx = project_tangent(cache.s, u, tx, th, axes, cache.group)
            if tdy is not None:
                more = _project(cache, gb.scaled(params, tdy))
                tdx = more if tdx is None else tdx + more
        if wrt != "inputs":
            moved = gb.gradient_tangent(params, cache.s.h, th, dy, tdy)
            tdparams = BatchNormParams(*moved, None)
        return tdx, tdparams

    def advance(
        self, params: BatchNormParams, cache: BatchNormCache
    ) -> BatchNormParams:
        """Move the running statistics towards those of the batch."""
        if cache.mean is None or cache.variance is None:
            return params
        keep, old = self.momentum, params.state
        state = State(
            mean=_moved(keep, old["mean"], cache.mean),
            variance=_moved(keep, old["variance"], cache.variance),
        )
        return params._replace(state=state)


def _moved(keep: float, old: Array, new: Array) -> Array:
    """Their mean, `keep` of the old; in its type."""
    share = new.dtype.type(keep)
    return (share * old + (1 - share) * new).astype(old.dtype, copy=False)


def _axes(x: Array) -> tuple[int, ...]:
    return tuple(range(x.ndim - 1))


def _project(cache: BatchNormCache, u: Array) -> Array:
    """P u with batch statistics, r u with running ones."""
    if cache.mean is None:
        return cache.s.r * u
    return project(cache.s, u, _axes(u), cache.group)
