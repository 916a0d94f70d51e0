"""Optimisers: the third of three updates, from the state before it."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.proofs import prove
from scratchgan.optim import EMA, SGD, Adam, RMSProp

LR, T = 0.1, 3


def updated(optimiser):
    """Parameters and states before and after update T, with the gradient g."""
    rng = np.random.default_rng(0)
    θ = rng.normal(size=4)
    state = optimiser.init(θ)
    for _ in range(T):
        g, old, before = rng.normal(size=4), θ, state
        θ, state = optimiser.update(θ, g, state)
    return SimpleNamespace(g=g, old=old, θ=θ, before=before, state=state)


@cache
def sgd():
    s = updated(SGD(LR, momentum=0.8))
    s.nesterov = updated(SGD(LR, momentum=0.8, nesterov=True))
    s.μ, s.u = 0.8, s.state.velocity
    return s


prove(
    "optim.sgd",
    sgd,
    {
        "u ← μ u + g": lambda s: (s.u, s.μ * s.before.velocity + s.g),
        "θ ← θ − lr u": lambda s: (s.θ, s.old - LR * s.u),
        "θ ← θ − lr (g + μ u)": lambda s: (
            s.nesterov.θ,
            s.nesterov.old - LR * (s.g + s.μ * s.nesterov.state.velocity),
        ),
    },
)

prove(
    "optim.rmsprop",
    cache(lambda: updated(RMSProp(LR, alpha=0.9, eps=0.1))),
    {
        "s ← α s + (1 − α) g²": lambda s: (
            s.state.square,
            0.9 * s.before.square + 0.1 * s.g**2,
        ),
        "θ ← θ − lr g / (√s + eps)": lambda s: (
            s.θ,
            s.old - LR * s.g / (np.sqrt(s.state.square) + 0.1),
        ),
    },
)


@cache
def adam():
    """m̂ and ŝ are seen in the step alone, each with the other as the formula has it."""
    s = updated(Adam(LR, 0.7, 0.9, 0.1))
    s.m, s.s = s.state.first, s.state.second
    s.m_hat, s.s_hat = s.m / (1 - 0.7**T), s.s / (1 - 0.9**T)
    s.step = (s.old - s.θ) / LR
    return s


prove(
    "optim.adam",
    adam,
    {
        "m ← β₁ m + (1 − β₁) g": lambda s: (s.m, 0.7 * s.before.first + 0.3 * s.g),
        "s ← β₂ s + (1 − β₂) g²": lambda s: (s.s, 0.9 * s.before.second + 0.1 * s.g**2),
        "m̂ = m / (1 − β₁ᵗ)": lambda s: (
            s.step * (np.sqrt(s.s_hat) + 0.1),
            s.m / (1 - 0.7**T),
        ),
        "ŝ = s / (1 − β₂ᵗ)": lambda s: (
            (s.m_hat / s.step - 0.1) ** 2,
            s.s / (1 - 0.9**T),
        ),
        "θ ← θ − lr m̂ / (√ŝ + eps)": lambda s: (
            s.θ,
            s.old - LR * s.m_hat / (np.sqrt(s.s_hat) + 0.1),
        ),
    },
)


@cache
def average():
    """Once where the bound decides, once where `decay` does."""
    rng = np.random.default_rng(0)
    scenes = []
    for t, d in ((4, 5 / 14), (400, 0.9)):
        old, θ = rng.normal(size=(2, 4))
        new = EMA(0.9).update(old, θ, t)
        scenes.append(SimpleNamespace(old=old, θ=θ, new=new, t=t, d=d))
    return scenes


prove(
    "optim.ema",
    average,
    {
        "θ̄ ← d θ̄ + (1 − d) θ": lambda s: (s.new, s.d * s.old + (1 - s.d) * s.θ),
        "d = min(decay, (1 + t) / (10 + t))": lambda s: (
            (s.new - s.θ) / (s.old - s.θ),
            np.full(4, min(0.9, (1 + s.t) / (10 + s.t))),
        ),
    },
)
