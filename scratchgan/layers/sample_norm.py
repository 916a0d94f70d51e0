"""LayerNorm, InstanceNorm and GroupNorm: samples standardised one by one, then scaled.

x (N, *S, C); gamma, beta (C,). The three differ in the axes whose numbers share a mean
and a variance:

    LayerNorm      all of a sample, *S and C          Ba, Kiros and Hinton 2016, eq. 4
    InstanceNorm   *S, each channel by itself         Ulyanov et al. 2016, eq. 4
    GroupNorm      *S and the C/G channels of a group     Wu and He 2018, eq. 7

With h, P and Ṗ of `standardize` over these axes,

    forward        y   = γ h + β
    backward       dx  = P(γ dy)              dγ  = Σ h dy              dβ  = Σ dy
    jvp            ty  = γ th                 th  = P tx
    backward_jvp   tdx = Ṗ(γ dy) + P(γ tdy)   tdγ = Σ (th dy + h tdy)   tdβ = Σ tdy

with sums over all axes but the channels. LayerNorm's gain and bias are per channel, as
in the WGAN-GP code; for (N, C) inputs the two readings agree. It is what WGAN-GP puts
in place of batch normalisation, since the penalty speaks of single samples. Kept: h
and r.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.layers import gain_and_bias as gb
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.layers.checks import at_least_one, not_negative
from scratchgan.layers.gain_and_bias import GainBias
from scratchgan.layers.standardize import (
    Standardized,
    project,
    project_tangent,
    standardize,
)
from scratchgan.types import Array, Shape, Wrt


class NormTangent(NamedTuple):
    """What jvp leaves: the input's tangent, and that of h."""

    tx: Array
    th: Array


class SampleNorm(Layer):
    """The five verbs, for any choice of axes."""

    eps: float
    affine: bool

    def together(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """A view of `x`, and the axes of that view that share their statistics."""
        raise NotImplementedError

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[GainBias, Shape]:
        return gb.initial(in_shape[-1], self.affine), in_shape

    def forward(
        self, params: GainBias, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Standardized]:
        require_input(self, x, "", 0 if params.gamma is None else len(params.gamma))
        view, axes = self.together(x)
        s, _, _ = standardize(view, axes, self.eps)
        return gb.applied(params, s.h.reshape(x.shape)), s

    def backward(
        self, params: GainBias, cache: Standardized, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, GainBias | None, Array]:
        dx, dparams = None, None
        if wrt != "params":
            dx = self._project(cache, gb.scaled(params, dy))
        if wrt != "inputs":
            dparams = gb.gradient(params, cache.h.reshape(dy.shape), dy)
        return dx, dparams, dy

    def jvp(
        self, params: GainBias, cache: Standardized, tx: Array
    ) -> tuple[Array, NormTangent]:
        th = self._project(cache, tx)
        return gb.scaled(params, th), NormTangent(tx, th)

    def backward_jvp(
        self,
        params: GainBias,
        cache: Standardized,
        dcache: Array,
        tcache: NormTangent,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, GainBias | None]:
        s, dy, (tx, th) = cache, dcache, tcache
        tdx, tdparams = None, None
        if wrt != "params":
            u, axes = self.together(gb.scaled(params, dy))
            moving = project_tangent(
                s, u, self.together(tx)[0], th.reshape(u.shape), axes
            )
            tdx = moving.reshape(dy.shape)
            if tdy is not None:
                tdx += self._project(s, gb.scaled(params, tdy))
        if wrt != "inputs":
            h = s.h.reshape(dy.shape)
            tdparams = gb.gradient_tangent(params, h, th, dy, tdy)
        return tdx, tdparams

    def _project(self, s: Standardized, u: Array) -> Array:
        view, axes = self.together(u)
        return project(s, view, axes).reshape(u.shape)


@dataclass(frozen=True)
class LayerNorm(SampleNorm):
    """Layer normalisation over all axes but the batch.

    Parameters
    ----------
    eps : float
        Stabiliser added to the variance.
    affine : bool
        Whether to scale and shift by learned γ and β.
    """

    eps: float = 1e-5
    affine: bool = True

    def __post_init__(self) -> None:
        not_negative(eps=self.eps)

    def together(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """All axes of a sample."""
        return x, tuple(range(1, x.ndim))


@dataclass(frozen=True)
class InstanceNorm(SampleNorm):
    """Instance normalisation: every channel of every sample over its pixels.

    Parameters
    ----------
    eps : float
        Stabiliser added to the variance.
    affine : bool
        Whether to scale and shift by learned γ and β; CycleGAN does not.
    """

    eps: float = 1e-5
    affine: bool = True

    def __post_init__(self) -> None:
        not_negative(eps=self.eps)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[GainBias, Shape]:
        if len(in_shape) < 2:
            raise ValueError(
                f"InstanceNorm: in_shape: expected spatial axes and channels, "
                f"received {in_shape}"
            )
        return super().init(rng, in_shape)

    def together(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """The spatial axes."""
        return x, tuple(range(1, x.ndim - 1))


@dataclass(frozen=True)
class GroupNorm(SampleNorm):
    """Group normalisation: runs of C/G channels of a sample, over their pixels.

    Parameters
    ----------
    groups : int
        G, a divisor of the number of channels.
    eps : float
        Stabiliser added to the variance.
    affine : bool
        Whether to scale and shift by learned γ and β.
    """

    groups: int
    eps: float = 1e-5
    affine: bool = True

    def __post_init__(self) -> None:
        at_least_one(groups=self.groups)
        not_negative(eps=self.eps)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[GainBias, Shape]:
        if in_shape[-1] % self.groups:
            raise ValueError(
                f"GroupNorm: groups: expected a divisor of {in_shape[-1]} channels, "
                f"received {self.groups}"
            )
        return super().init(rng, in_shape)

    def together(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """Channels split into groups; the spatial axes and those within a group."""
        *shape, channels = x.shape
        view = x.reshape(*shape, self.groups, channels // self.groups)
        return view, (*range(1, x.ndim - 1), x.ndim)
