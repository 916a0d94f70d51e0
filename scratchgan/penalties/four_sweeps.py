"""The parameter gradient of a penalty on input gradients, in four sweeps.

Let g = ∇ₓD(x̂; θ), summed over the scores, and v = ∂P/∂g held fixed. Then

    ∂θ P(∇ₓD(x̂; θ)) = ∂θ ⟨v, ∇ₓD(x̂; θ)⟩ = d/dε ∇θ D(x̂ + ε v; θ)  at ε = 0

since the derivatives in x and θ commute. The right-hand side is the parameter part of
`backward_jvp` along tx = v:

    1. forward         up      scores of x̂
    2. backward        down    g, inputs only, from ones
    3. jvp             up      along v
    4. backward_jvp    down    parameters only; dy is constant: tdy is None

No graph is kept, and nothing here depends on what the network is made of.
"""

from typing import Any, NamedTuple

import numpy as np

from scratchgan.layers import Layer
from scratchgan.penalties.base import Penalty, PenaltyValue
from scratchgan.types import Array, Tree


class PenaltyGradient(NamedTuple):
    """Value of a penalty and its gradient in the critic's parameters."""

    value: PenaltyValue
    dparams: Tree


def penalty_gradient(
    critic: Layer, params: Tree, x_hat: Array, penalty: Penalty
) -> PenaltyGradient:
    """Value and parameter gradient of ``penalty(∇ₓ critic(x̂))``.

    Parameters
    ----------
    critic : Layer
        Network with one score a sample.
    params : Tree
        Its parameters.
    x_hat : Array
        ``(N, …)``; a constant.
    penalty : Penalty
        ``g -> (loss, v, norm)``.
    """
    scores, cache = critic.forward(params, x_hat)
    return penalty_sweeps(critic, params, cache, np.ones_like(scores), penalty)


def penalty_sweeps(
    critic: Layer, params: Tree, cache: Any, ones: Array, penalty: Penalty
) -> PenaltyGradient:
    """Sweeps 2 to 4, after a forward pass that left `cache`."""
    g, _, dcache = critic.backward(params, cache, ones, wrt="inputs")
    value = penalty(g)
    _, tcache = critic.jvp(params, cache, value.v)
    _, dparams = critic.backward_jvp(params, cache, dcache, tcache, wrt="params")
    return PenaltyGradient(value, dparams)
