"""The contract, composites and shaping: Jacobians of functions written anew."""

from functools import cache
from math import prod

import numpy as np

from derivations.proofs import (
    differenced,
    gradient,
    jacobian,
    joined,
    prove,
    sweeps,
)
from scratchgan import layers as nn


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


def moved(layer, in_shape, choice):
    """A layer that only moves numbers: output i is input choice[i]."""
    s = sweeps(layer, in_shape, batch=2)
    A = np.zeros((choice.size, prod(in_shape)))
    A[np.arange(choice.size), choice.ravel()] = 1
    samples = {n: getattr(s, n).reshape(2, -1) for n in ("x", "tx", "dy", "tdy")}
    s.Ax, s.Atx = (samples[n] @ A.T for n in ("x", "tx"))
    s.At_dy, s.At_tdy = (samples[n] @ A for n in ("dy", "tdy"))
    return s


@cache
def shaping():
    numbers = np.arange(24)
    scenes = [
        moved(nn.Flatten(), (2, 3, 4), numbers),
        moved(nn.Reshape((4, 6)), (2, 3, 4), numbers),
        moved(nn.Crop(2, 1), (4, 3, 2), numbers.reshape(4, 3, 2)[:2, :1]),
    ]
    return joined(scenes, "y dx ty tdx Ax Atx At_dy At_tdy")


prove(
    "layers.shaping",
    shaping,
    {
        "y = A x": lambda s: (s.y, s.Ax),
        "dx = Aᵀ dy": lambda s: (s.dx, s.At_dy),
        "ty = A tx": lambda s: (s.ty, s.Atx),
        "tdx = Aᵀ tdy": lambda s: (s.tdx, s.At_tdy),
    },
)
