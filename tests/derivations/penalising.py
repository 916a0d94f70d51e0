"""Penalties: values written anew, gradients from those values."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.proofs import differenced, gradient, prove
from scratchgan import layers as nn
from scratchgan.gradcheck import random_params
from scratchgan.penalties import (
    R1,
    GradientPenalty,
    PathLength,
    interpolate,
    penalty_gradient,
    running_target,
)

N = 5


def norms(g):
    return np.sqrt((g * g).sum(axis=1, keepdims=True))


def P(g, λ=10.0):
    return λ / N * ((norms(g) - 1) ** 2).sum()


@cache
def inputs():
    """Gradients with norms on both sides of one, and samples to interpolate."""
    rng = np.random.default_rng(0)
    g, real, fake = rng.normal(size=(3, N, 3))
    g *= np.linspace(0.5, 1.5, N)[:, None] / norms(g)
    one_sided = GradientPenalty(one_sided=True)(g)
    return SimpleNamespace(
        g=g, real=real, fake=fake, ε=rng.random(N), p=GradientPenalty()(g), q=one_sided
    )


prove(
    "penalties.wgan_gp",
    inputs,
    {
        "P(g) = λ/N Σₙ (‖gₙ‖ − 1)²": lambda s: (s.p.loss, P(s.g)),
        "P(g) = λ/N Σₙ max(0, ‖gₙ‖ − 1)²": lambda s: (
            s.q.loss,
            10 / N * (np.maximum(0, norms(s.g) - 1) ** 2).sum(),
        ),
        "vₙ = ∂P/∂gₙ = 2λ/N (‖gₙ‖ − 1) gₙ / ‖gₙ‖": lambda s: (
            np.stack([s.p.v, s.q.v]),
            gradient(P, s.g) * one_or_above(s.g),
            20 / N * (norms(s.g) - 1) * s.g / norms(s.g) * one_or_above(s.g),
        ),
        "x̂ = ε x_real + (1 − ε) x_fake": lambda s: (
            interpolate(s.real, s.fake, s.ε),
            s.ε[:, None] * s.real + (1 - s.ε[:, None]) * s.fake,
        ),
    },
)


def one_or_above(g):
    """Two-sided: 1 for all samples. One-sided: 0 where the norm is below one."""
    return np.stack([np.ones_like(norms(g)), norms(g) > 1])


@cache
def critic():
    """f(x) = tanh(x W + b) w for a constant dy, and P of its input gradient."""
    rng = np.random.default_rng(0)
    net = nn.Sequential([nn.Dense(4), nn.Tanh(), nn.Dense(2)])
    params = random_params(net, (3,), rng)
    (W, b), _, (w, _) = params
    x, dy = rng.normal(size=(N, 3)), rng.normal(size=(N, 2))
    s = SimpleNamespace(W=W, x=x, dy=dy, f=lambda x, W=W: np.tanh(x @ W + b) @ w)
    s.slope = lambda W: 1 - np.tanh(x @ W + b) ** 2
    s.g = lambda W: (s.slope(W) * (dy @ w.T)) @ W.T
    s.along = lambda W, v: (s.slope(W) * (v @ W)) @ w
    s.found = penalty_gradient(net, params, x, GradientPenalty(), dy=dy)
    s.v = s.found.value.v
    return s


prove(
    "penalties.four_sweeps",
    critic,
    {
        "∂θ P(g) = ∂θ ⟨v, Jᵀ dy⟩ = ∂θ ⟨J v, dy⟩ "
        "= d/dε ∂θ ⟨dy, f(x + ε v; θ)⟩ at ε = 0": lambda s: (
            gradient(lambda W: P(s.g(W)), s.W),
            gradient(lambda W: (s.v * s.g(W)).sum(), s.W),
            gradient(lambda W: (s.along(W, s.v) * s.dy).sum(), s.W),
            differenced(
                lambda x: gradient(lambda W: (s.dy * s.f(x, W)).sum(), s.W), s.x, s.v
            ),
            s.found.dparams[0].W,
        ),
    },
)


def R(g, γ=10.0):
    return γ / (2 * N) * (g * g).sum()


@cache
def at_real_samples():
    g = np.random.default_rng(0).normal(size=(N, 3))
    return SimpleNamespace(g=g, p=R1(r1_gamma=10.0)(g))


prove(
    "penalties.r1",
    at_real_samples,
    {
        "P(g) = γ/(2N) Σ ‖gₙ‖²": lambda s: (s.p.loss, 10 / (2 * N) * (s.g**2).sum()),
        "vₙ = γ/N gₙ": lambda s: (s.p.v, gradient(R, s.g), 10 / N * s.g),
    },
)

L, TARGET, λ = 4, 0.9, 2.0


def lengths(g):
    return np.sqrt((g * g).sum((1, 2)) / L)


def P_lengths(g):
    return λ / N * ((lengths(g) - TARGET) ** 2).sum()


@cache
def latents():
    """Gradients in L latents a sample, with lengths on both sides of the target."""
    g = np.random.default_rng(0).normal(size=(N, L, 3))
    g *= (np.linspace(0.5, 1.5, N) / lengths(g))[:, None, None]
    return SimpleNamespace(g=g, p=PathLength(TARGET, λ)(g), ℓ=lengths(g)[:, None, None])


prove(
    "penalties.path_length",
    latents,
    {
        "ℓₙ = √(1/L Σ gₙ²)": lambda s: (
            s.p.norm,
            [np.sqrt((g**2).sum() / L) for g in s.g],
        ),
        "P(g) = λ/N Σ (ℓₙ − a)²": lambda s: (
            s.p.loss,
            λ / N * ((s.ℓ - TARGET) ** 2).sum(),
        ),
        "vₙ = 2λ/(N L) (ℓₙ − a) gₙ / ℓₙ": lambda s: (
            s.p.v,
            gradient(P_lengths, s.g),
            2 * λ / (N * L) * (s.ℓ - TARGET) * s.g / s.ℓ,
        ),
        "a ← a + β (1/N Σ ℓₙ − a)": lambda s: (
            running_target(TARGET, s.p.norm, 0.3),
            TARGET + 0.3 * (s.ℓ.sum() / N - TARGET),
        ),
    },
)
