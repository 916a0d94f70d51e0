"""Weights that are functions of others, around a Dense layer without surprises."""

from functools import cache

import numpy as np

from derivations.proofs import jacobian, over, prove, pulled, sweeps
from scratchgan import layers as nn


def wrapped(layer):
    """The scene of a wrapper, and the gradients dW and tdW of the weights inside."""
    s = sweeps(layer, (5,))
    s.W = layer.effective(s.params).W
    s.dW_inside, s.tdW_inside = s.x.T @ s.dy, s.tx.T @ s.dy + s.x.T @ s.tdy
    return s


def both(f, s):
    """A linear map of a gradient, for gradients and for their tangents."""
    return np.stack([f(s.dW_inside), f(s.tdW_inside)])


@cache
def equalized():
    s = wrapped(nn.Equalized(nn.Dense(4), gain=2.0, lr_multiplier=0.5))
    s.w, s.β, s.g, s.μ, s.fan_in = s.params.W, s.params.b, 2.0, 0.5, 5
    s.c = s.g * s.μ / np.sqrt(s.fan_in)
    return s


prove(
    "layers.equalized",
    equalized,
    {
        "W = c w": lambda s: (s.y - s.μ * s.β, s.x @ (s.c * s.w)),
        "c = g μ / √fan_in": lambda s: (
            s.W / s.w,
            np.full_like(s.w, s.g * s.μ / np.sqrt(s.fan_in)),
        ),
        "b = μ β": lambda s: (s.y - s.x @ s.W, s.μ * np.tile(s.β, (3, 1))),
        "dw = c dW": lambda s: (
            np.stack([s.dparams.W, s.tdparams.W]),
            both(lambda dW: s.c * dW, s),
        ),
        "dβ = μ db": lambda s: (
            np.stack([s.dparams.b, s.tdparams.b]),
            [s.μ * over(s.dy), s.μ * over(s.tdy)],
        ),
    },
)


@cache
def weight_norm():
    s = wrapped(nn.WeightNorm(nn.Dense(4, bias=False)))
    s.v, s.g = s.params.layer.W, s.params.g
    s.n = np.sqrt((s.v**2).sum(0, keepdims=True))
    s.dot = lambda a, b: (a * b).sum(0, keepdims=True)
    s.φ = lambda θ: θ[0] * θ[1:] / np.sqrt((θ[1:] ** 2).sum(0, keepdims=True))
    s.θ = np.vstack([s.g, s.v])
    s.dθ, s.tdθ = (np.vstack([d.g, d.layer.W]).ravel() for d in (s.dparams, s.tdparams))
    return s


prove(
    "layers.weight_norm",
    weight_norm,
    {
        "W = g v / n": lambda s: (s.y, s.x @ (s.g * s.v / s.n)),
        "dg = ⟨v, dW⟩ / n": lambda s: (
            np.stack([s.dparams.g, s.tdparams.g]),
            both(lambda dW: pulled(s.φ, s.θ, dW)[:1], s),
            both(lambda dW: s.dot(s.v, dW) / s.n, s),
        ),
        "dv = g (dW − v ⟨v, dW⟩ / n²) / n": lambda s: (
            np.stack([s.dparams.layer.W, s.tdparams.layer.W]),
            both(lambda dW: pulled(s.φ, s.θ, dW)[1:], s),
            both(lambda dW: s.g * (dW - s.v * s.dot(s.v, dW) / s.n**2) / s.n, s),
        ),
    },
)

prove(
    "layers.reparametrized",
    weight_norm,
    {
        "dθ = φ′(θ)ᵀ dW": lambda s: (
            s.dθ,
            jacobian(s.φ, s.θ).T @ s.dW_inside.ravel(),
        ),
        "tdθ = φ′(θ)ᵀ tdW": lambda s: (
            s.tdθ,
            jacobian(s.φ, s.θ).T @ s.tdW_inside.ravel(),
        ),
    },
)


@cache
def spectral_norm():
    s = wrapped(nn.SpectralNorm(nn.Dense(4, bias=False)))
    s.w, s.u, s.v = s.params.layer.W, s.params.state["u"], s.params.state["v"]
    s.σ = s.u @ s.w @ s.v
    moved = s.layer.advance(s.params, s.cache).state
    s.new_u, s.new_v = moved["u"], moved["v"]
    return s


def unit(a):
    return a / np.sqrt((a * a).sum())


prove(
    "layers.spectral_norm",
    spectral_norm,
    {
        "σ = uᵀ w v": lambda s: (s.w / s.W, np.full_like(s.w, s.u @ s.w @ s.v)),
        "W = w / σ": lambda s: (s.y, s.x @ (s.w / s.σ)),
        "dw = (dW − ⟨dW, W⟩ u vᵀ) / σ": lambda s: (
            np.stack([s.dparams.layer.W, s.tdparams.layer.W]),
            both(lambda dW: pulled(lambda w: w / (s.u @ w @ s.v), s.w, dW), s),
            both(lambda dW: (dW - (dW * s.W).sum() * np.outer(s.u, s.v)) / s.σ, s),
        ),
        "v ← wᵀ u / ‖wᵀ u‖": lambda s: (s.new_v, unit(s.w.T @ s.u)),
        "u ← w v / ‖w v‖": lambda s: (s.new_u, unit(s.w @ s.new_v)),
    },
)
