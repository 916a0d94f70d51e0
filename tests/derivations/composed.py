"""The contract, sweeps and residuals: Jacobians of functions written anew."""

from functools import cache

import numpy as np

from derivations.proofs import (
    differenced,
    gradient,
    jacobian,
    prove,
    sweeps,
)
from scratchgan import layers as nn
from scratchgan.layers.sweep import Zero, pull_tangent


@cache
def contract():
    """The contract on the smallest layer that is not linear: y = tanh(x W + b)."""
    s = sweeps(nn.Sequential([nn.Dense(2), nn.Tanh()]), (3,))
    s.θ = s.params[0]
    s.f = lambda x, W=s.θ.W, b=s.θ.b: np.tanh(x @ W + b)
    s.J = jacobian(s.f, s.x)
    s.init = s.layer.init(np.random.default_rng(0), (3,))
    s.forward = s.layer.forward(s.params, s.x)
    s.backward = s.layer.backward(s.params, s.forward[1], s.dy)
    s.jvp = s.layer.jvp(s.params, s.forward[1], s.tx)
    s.backward_jvp = s.layer.backward_jvp(
        s.params, s.forward[1], s.backward[2], s.jvp[1], s.tdy
    )
    return s


def flat(dx, dparams):
    """An input gradient and Dense's parameter gradients in one vector."""
    return np.concatenate([dx.ravel(), dparams[0].W.ravel(), dparams[0].b])


def backward_along(s, ε):
    """`backward` at x + ε tx and dy + ε tdy."""
    _, trace = s.layer.forward(s.params, s.x + ε * s.tx)
    return flat(*s.layer.backward(s.params, trace, s.dy + ε * s.tdy)[:2])


prove(
    "layers.base",
    contract,
    {
        "params, out_shape = layer.init(rng, in_shape)": lambda s: (
            s.init[1],
            s.y.shape[1:],
        ),
        "y, cache = layer.forward(params, x)": lambda s: (len(s.forward), 2),
        "dx, dparams, dcache = layer.backward(params, cache, dy)": lambda s: (
            len(s.backward),
            3,
        ),
        "ty, tcache = layer.jvp(params, cache, tx)": lambda s: (len(s.jvp), 2),
        "tdx, tdparams = layer.backward_jvp(params, cache, dcache, tcache, tdy)": (
            lambda s: (len(s.backward_jvp), 2)
        ),
        "y = f(x; θ)": lambda s: (s.y, s.f(s.x)),
        "dx = Jᵀ dy, ∂⟨dy, y⟩/∂θ": lambda s: (
            flat(s.dx, s.dparams),
            np.concatenate(
                [
                    s.J.T @ s.dy.ravel(),
                    gradient(lambda W: (s.dy * s.f(s.x, W)).sum(), s.θ.W).ravel(),
                    gradient(lambda b: (s.dy * s.f(s.x, b=b)).sum(), s.θ.b),
                ]
            ),
        ),
        "ty = J tx": lambda s: (s.ty.ravel(), s.J @ s.tx.ravel()),
        "(tdx, tdparams) = d/dε backward(x + ε tx, dy + ε tdy) at ε = 0": lambda s: (
            flat(s.tdx, s.tdparams),
            differenced(lambda ε: backward_along(s, ε), 0.0, 1.0),
        ),
    },
)


@cache
def residual():
    α = 0.3
    body = nn.Sequential([nn.Dense(5), nn.Tanh(), nn.Dense(3)])
    s = sweeps(nn.Residual(body, nn.Dense(3), scale=α), (4,))
    (first, _, second), shortcut = s.params.body, s.params.shortcut
    s.α = α
    s.B = lambda x: np.tanh(x @ first.W + first.b) @ second.W + second.b
    s.S = lambda x: x @ shortcut.W + shortcut.b
    s.J, s.K = (lambda x, f=f: jacobian(f, x) for f in (s.B, s.S))
    return s


def pulled(s, K):
    """d(Kᵀ dy), where K moves along tx and dy along tdy."""

    def at(ε):
        return K(s.x + ε * s.tx).T @ (s.dy + ε * s.tdy).ravel()

    return differenced(at, 0.0, 1.0)


prove(
    "layers.residual",
    residual,
    {
        "y = S(x) + α B(x)": lambda s: (s.y, s.S(s.x) + s.α * s.B(s.x)),
        "dx = Kᵀ dy + Jᵀ (α dy)": lambda s: (
            s.dx.ravel(),
            s.K(s.x).T @ s.dy.ravel() + s.J(s.x).T @ (s.α * s.dy.ravel()),
        ),
        "ty = K tx + α J tx": lambda s: (
            s.ty.ravel(),
            s.K(s.x) @ s.tx.ravel() + s.α * s.J(s.x) @ s.tx.ravel(),
        ),
        "tdx = d(Kᵀ dy) + d(Jᵀ α dy)": lambda s: (
            s.tdx.ravel(),
            pulled(s, s.K) + s.α * pulled(s, s.J),
        ),
    },
)


@cache
def halted():
    """A layer that is not linear; sweeps along zero, and from zero."""
    s = sweeps(nn.Sequential([nn.Dense(2), nn.Tanh()]), (3,))
    W, b = s.params[0]
    s.J = lambda x: jacobian(lambda x: np.tanh(x @ W + b), x)
    s.along_zero = s.layer.jvp(s.params, s.cache, 0 * s.x)[0]
    s.from_zero = s.layer.backward(s.params, s.cache, 0 * s.y)[0]
    return s


def pulled_from(s, dcache, tcache):
    """The input part of `pull_tangent` behind a sweep that did not run."""
    found = pull_tangent(s.layer, s.params, s.cache, dcache, tcache, s.tdy, "all")
    return found[0].ravel()


def halted_tangent(s, tx, dy):
    """d/dε J(x + ε tx)ᵀ (dy + ε tdy)."""
    return differenced(
        lambda ε: s.J(s.x + ε * tx).T @ (dy + ε * s.tdy).ravel(), 0.0, 1.0
    )


prove(
    "layers.sweep",
    halted,
    {
        "J · 0 = 0": lambda s: (s.along_zero, 0 * s.y),
        "Jᵀ · 0 = 0": lambda s: (s.from_zero, 0 * s.x),
        "d/dε J(x + ε tx)ᵀ (dy + ε tdy) = Jᵀ tdy": lambda s: (
            halted_tangent(s, 0 * s.tx, s.dy),
            halted_tangent(s, s.tx, 0 * s.dy),
            pulled_from(s, s.dcache, Zero()),
            pulled_from(s, Zero(), s.tcache),
            s.J(s.x).T @ s.tdy.ravel(),
        ),
    },
)
