"""The contract, sweeps and residuals: Jacobians of functions written anew."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.proofs import (
    differenced,
    gradient,
    jacobian,
    prove,
    sweeps,
)
from scratchgan import layers as nn
from scratchgan.layers.dense import DenseParams
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


def fl(a):
    """To float16 and back."""
    return a.astype(np.float16).astype(np.float64)


@cache
def mixed_precision():
    """A Dense layer of numbers whose products are exact, once they are rounded."""
    rng = np.random.default_rng(0)

    def integers(size, *shape):
        """Whole numbers times `size`, each a little too large for float16."""
        return rng.integers(-8, 9, shape) * size * (1 + 2.0**-20)

    layer = nn.MixedPrecision(nn.Dense(4))
    s = SimpleNamespace(layer=layer, x=integers(1, 3, 5), L=1 / 16)
    s.params = DenseParams(integers(1, 5, 4), integers(1, 4))
    s.dy, s.tdy = integers(2.0**-7, 3, 4), integers(2.0**-12, 3, 4)
    s.tx = integers(2.0**-5, 3, 5)
    s.y, s.trace = layer.forward(s.params, s.x)
    s.dx, s.dparams, s.dtrace = layer.backward(s.params, s.trace, s.dy)
    s.ty, s.ttrace = layer.jvp(s.params, s.trace, s.tx)
    traces = (s.trace, s.dtrace, s.ttrace)
    s.tdx, s.tdparams = layer.backward_jvp(s.params, *traces, s.tdy)
    s.down = layer.backward(s.params, s.trace, s.tdy)
    s.s, s.σ = 1 / s.dtrace.inverse, 1 / s.ttrace.inverse
    s.W, s.b = (fl(p) for p in s.params)
    return s


def second_order(s):
    """What `backward_jvp` of Dense gives along tx alone: tdW, and tdb = 0."""
    tdW = fl(s.σ * s.tx).T @ fl(s.s * s.dy) / (s.s * s.σ)
    return DenseParams(tdW, np.zeros(4))


def size(s, a):
    """2^⌈log₂(L / max |a|)⌉."""
    return 2.0 ** np.ceil(np.log2(s.L / np.abs(a).max()))


prove(
    "layers.mixed_precision",
    mixed_precision,
    {
        "y = f(fl(x); fl(θ))": lambda s: (s.y, fl(s.x) @ s.W + s.b),
        "s = 2^⌈log₂(L / max |dy|)⌉": lambda s: (s.s, size(s, s.dy)),
        "σ = 2^⌈log₂(L / max |tx|)⌉": lambda s: (s.σ, size(s, s.tx)),
        "dx = Jᵀ fl(s dy) / s": lambda s: (s.dx, fl(s.s * s.dy) @ s.W.T / s.s),
        "ty = J fl(σ tx) / σ": lambda s: (s.ty, fl(s.σ * s.tx) @ s.W / s.σ),
        "tdx = backward_jvp(fl(s dy), fl(σ tx), 0) / (s σ) + backward(tdy)": lambda s: (
            flat(s.tdx, [s.tdparams]),
            flat(0 * s.tdx, [second_order(s)]) + flat(s.down[0], [s.down[1]]),
        ),
    },
)
