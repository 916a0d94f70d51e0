"""The parameter gradient of a penalty on input gradients, in four sweeps.

Let g = Jᵀ dy be a network's input gradient for a constant dy, and v = ∂P/∂g held fixed.
Then, f being the network,

    ∂θ P(g) = ∂θ ⟨v, Jᵀ dy⟩ = ∂θ ⟨J v, dy⟩ = d/dε ∂θ ⟨dy, f(x + ε v; θ)⟩  at ε = 0

since the derivatives in x and θ commute. The right-hand side is the parameter part of
`backward_jvp` along tx = v:

    1. forward         up      y, for a critic the scores of x̂
    2. backward        down    g, inputs only
    3. jvp             up      along v
    4. backward_jvp    down    parameters only; dy is constant: tdy is None

For WGAN-GP and R1, dy is one for each score: g = ∇ₓD. For the path length it is a
random image. No graph is kept, and nothing here depends on what the network is made of.

Where the penalised input is itself learned, the penalty's gradient in it is tdx, the
other half of sweep 4 (``wrt="all"``), and goes on by an ordinary backward.
"""

from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.layers import TRAINING, Context, Layer
from scratchgan.penalties.base import Penalty, PenaltyValue
from scratchgan.types import Tree, Wrt


class PenaltyGradient(NamedTuple):
    """Value of a penalty, and its gradients."""

    value: PenaltyValue
    dparams: Tree  #: in the network's parameters
    dx: Tree = None  #: in its inputs, where asked for


def penalty_gradient(
    network: Layer,
    params: Tree,
    x: Tree,
    penalty: Penalty,
    *,
    dy: Tree = None,
    ctx: Context = TRAINING,
    wrt: Wrt = "params",
) -> PenaltyGradient:
    """Value and gradient of ``penalty(g)`` for g = Jᵀ dy.

    Parameters
    ----------
    network : Layer
        For example a critic with one score a sample.
    params : Tree
        Its parameters.
    x : Tree
        ``(N, …)``, or the tuple of several inputs.
    penalty : Penalty
        ``g -> (loss, v, norm)``.
    dy : Tree, optional
        A constant, in the shapes of y; ones when left out.
    ctx : Context
        Training or inference, and random numbers.
    wrt : str
        "params", or "all" for the gradient in x as well.
    """
    y, cache = network.forward(params, x, ctx)
    dy = tree.map(np.ones_like, y) if dy is None else dy
    return penalty_sweeps(network, params, cache, dy, penalty, wrt)


def penalty_sweeps(
    network: Layer,
    params: Tree,
    cache: Any,
    dy: Tree,
    penalty: Penalty,
    wrt: Wrt = "params",
) -> PenaltyGradient:
    """Sweeps 2 to 4, after a forward pass that left `cache`."""
    g, _, dcache = network.backward(params, cache, dy, wrt="inputs")
    value = penalty(g)
    _, tcache = network.jvp(params, cache, value.v)
    dx, dparams = network.backward_jvp(params, cache, dcache, tcache, wrt=wrt)
    return PenaltyGradient(value, dparams, dx)
