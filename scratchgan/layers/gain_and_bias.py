"""Gain and bias per channel, y = γ h + β: what normalising layers end with.

h (N, …, C); gamma, beta (C,). y is bilinear in h and γ. For cotangents and tangents,

    forward        y   = γ h + β
    backward       dh  = γ dy         dγ  = Σ h dy                  dβ  = Σ dy
    jvp            ty  = γ th
    backward_jvp   tdh = γ tdy        tdγ = Σ (th dy + h tdy)       tdβ = Σ tdy

with sums over all axes but the channels. Both are None in a layer without them.
"""

from typing import NamedTuple, Protocol

import numpy as np

from scratchgan.kernels.accumulate import inner, total
from scratchgan.types import Array


class HasGainBias(Protocol):
    """Parameters with a gain and a bias, and perhaps more."""

    @property
    def gamma(self) -> Array | None:
        """(C,) or None."""

    @property
    def beta(self) -> Array | None:
        """(C,) or None."""


class GainBias(NamedTuple):
    """Gain and bias per channel, both (C,); None where there is none."""

    gamma: Array | None
    beta: Array | None


def initial(channels: int, affine: bool) -> GainBias:
    """γ = 1 and β = 0."""
    if not affine:
        return GainBias(None, None)
    return GainBias(np.ones(channels), np.zeros(channels))


def scaled(params: HasGainBias, u: Array) -> Array:
    """γ u."""
    return u if params.gamma is None else params.gamma * u


def applied(params: HasGainBias, h: Array) -> Array:
    """γ h + β."""
    y = scaled(params, h)
    return y if params.beta is None else y + params.beta


def gradient(params: HasGainBias, h: Array, dy: Array) -> GainBias:
    """Σ h dy and Σ dy."""
    if params.gamma is None:
        return GainBias(None, None)
    over = tuple(range(dy.ndim - 1))
    return GainBias(inner(h, dy, over), total(dy, over))


def gradient_tangent(
    params: HasGainBias, h: Array, th: Array, dy: Array, tdy: Array | None
) -> GainBias:
    """The derivative of `gradient` along (th, tdy)."""
    if params.gamma is None:
        return GainBias(None, None)
    over = tuple(range(dy.ndim - 1))
    tdgamma = inner(th, dy, over)
    if tdy is None:
        return GainBias(tdgamma, None)
    return GainBias(tdgamma + inner(h, tdy, over), total(tdy, over))
