"""Activations: f written anew, f′ and f″ from its values on a circle."""

import math
from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.proofs import derivative, differenced, prove, sweeps
from scratchgan import layers as nn

SMOOTH = {
    nn.Sigmoid(): lambda z: 1 / (1 + np.exp(-z)),
    nn.Softplus(): lambda z: np.log(1 + np.exp(z)),
    nn.Tanh(): lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
}


def cauchy(f, x, order, radius=0.5, points=64):
    """The derivative of an analytic f by Cauchy's integral, exact to rounding."""
    w = np.exp(2j * np.pi * np.arange(points) / points)
    values = f(x[..., None] + radius * w) * w**-order
    return np.real(values.mean(-1)) * np.prod(np.arange(1, order + 1)) / radius**order


@cache
def smooth():
    scenes = []
    for i, (layer, f) in enumerate(SMOOTH.items()):
        s = sweeps(layer, (7,), seed=i)
        s.f, s.f1, s.f2 = (cauchy(f, s.x, order) for order in (0, 1, 2))
        scenes.append(s)
    return scenes


prove(
    "layers.activations",
    smooth,
    {
        "y = f(x)": lambda s: (s.y, s.f),
        "dx = f′(x) dy": lambda s: (s.dx, s.f1 * s.dy),
        "ty = f′(x) tx": lambda s: (s.ty, s.f1 * s.tx),
        "tdx = f″(x) tx dy + f′(x) tdy": lambda s: (
            s.tdx,
            s.f2 * s.tx * s.dy + s.f1 * s.tdy,
        ),
    },
)


@cache
def leaky():
    scenes = []
    for alpha, layer in (
        (0.2, nn.LeakyReLU()),
        (0.7, nn.LeakyReLU(0.7)),
        (0, nn.ReLU()),
    ):
        s = sweeps(layer, (7,))
        s.f = lambda x, alpha=alpha: np.maximum(x, alpha * x)
        s.s = np.where(s.x >= 0, 1, alpha)
        scenes.append(s)
    return scenes


prove(
    "layers.leaky_relu",
    leaky,
    {
        "y = s x": lambda s: (s.y, s.f(s.x), s.s * s.x),
        "f = f′ · x": lambda s: (s.y, differenced(s.f, s.x, np.ones_like(s.x)) * s.x),
        "dx = s dy": lambda s: (s.dx, s.s * s.dy),
        "ty = s tx": lambda s: (s.ty, s.s * s.tx),
        "tdx = s tdy": lambda s: (s.tdx, s.s * s.tdy),
    },
)


@cache
def tails():
    """ELU and its kin on both sides of zero."""
    x = np.array([-2.1, -0.7, 0.4, 1.9])
    s = SimpleNamespace(x=x, pos=x > 0, neg=x <= 0, α=1.3)
    s.elu = values(nn.ELU(s.α), x)
    s.selu, s.smooth = values(nn.SELU(), x), values(nn.SmoothELU(), x)
    s.s = 1 / (1 + np.exp(-(2 * x + 2)))
    return s


def values(layer, x):
    """f, f′ and f″ as the layer has them."""
    f, kept = layer.f(x)
    return SimpleNamespace(f=f, f1=layer.f1(kept), f2=layer.f2(kept))


def elu(x, α):
    return np.where(x > 0, x, α * (np.exp(x) - 1))


def smooth_elu(x):
    return np.log(1 + np.exp(2 * x + 2)) / 2 - 1


prove(
    "layers.elu",
    tails,
    {
        "f = x": lambda s: (s.elu.f[s.pos], s.x[s.pos]),
        "f′ = 1": lambda s: (s.elu.f1[s.pos], np.ones(2)),
        "f″ = 0": lambda s: (s.elu.f2[s.pos], np.zeros(2)),
        "f = α (eˣ − 1)": lambda s: (s.elu.f[s.neg], s.α * (np.exp(s.x[s.neg]) - 1)),
        "f′ = α eˣ": lambda s: (s.elu.f1[s.neg], s.α * np.exp(s.x[s.neg])),
        "f″ = α eˣ": lambda s: (s.elu.f2[s.neg], s.α * np.exp(s.x[s.neg])),
        "f = λ ELU(x)": lambda s: (
            s.selu.f,
            1.0507009873554805 * elu(s.x, 1.6732632423543772),
        ),
        "f = ½ log(1 + e²ˣ⁺²) − 1": lambda s: (s.smooth.f, smooth_elu(s.x)),
        "f′ = s": lambda s: (s.smooth.f1, cauchy(smooth_elu, s.x, 1), +s.s),
        "f″ = 2 s (1 − s)": lambda s: (
            s.smooth.f2,
            cauchy(smooth_elu, s.x, 2),
            2 * s.s * (1 - s.s),
        ),
    },
)

C, A = np.sqrt(2 / np.pi), 0.044715


@cache
def gates():
    x = np.array([-2.1, -0.7, 0.4, 1.9])
    s = SimpleNamespace(x=x, s=1 / (1 + np.exp(-x)), c=C, a=A)
    s.silu, s.gelu = values(nn.SiLU(), x), values(nn.GELU(), x)
    s.tanh = values(nn.GELU("tanh"), x)
    s.Φ, s.φ = normal(x), np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    s.u, s.u1, s.u2 = U(x), derivative(U, x, np.ones(4)), cauchy(U, x, 2)
    s.t = np.tanh(s.u)
    return s


def normal(x):
    return np.array([0.5 * (1 + math.erf(a / math.sqrt(2))) for a in x])


def U(x):
    return C * (x + A * x**3)


def by_tanh(x):
    return x * (1 + np.tanh(U(x))) / 2


prove(
    "layers.gelu",
    gates,
    {
        "f = x s": lambda s: (s.silu.f, s.x * s.s),
        "f′ = s (1 + x (1 − s))": lambda s: (
            s.silu.f1,
            cauchy(lambda x: x / (1 + np.exp(-x)), s.x, 1),
            s.s * (1 + s.x * (1 - s.s)),
        ),
        "f″ = s (1 − s) (2 + x (1 − 2 s))": lambda s: (
            s.silu.f2,
            cauchy(lambda x: x / (1 + np.exp(-x)), s.x, 2),
            s.s * (1 - s.s) * (2 + s.x * (1 - 2 * s.s)),
        ),
        "f = x Φ": lambda s: (s.gelu.f, s.x * s.Φ),
        "f′ = Φ + x φ": lambda s: (
            s.gelu.f1,
            differenced(lambda x: x * normal(x), s.x, 1.0),
            s.Φ + s.x * s.φ,
        ),
        "f″ = φ (2 − x²)": lambda s: (s.gelu.f2, s.φ * (2 - s.x**2)),
        "u = c (x + a x³)": lambda s: (
            np.arctanh(2 * s.tanh.f / s.x - 1),
            s.c * (s.x + s.a * s.x**3),
        ),
        "u′ = c (1 + 3 a x²)": lambda s: (s.u1, s.c * (1 + 3 * s.a * s.x**2)),
        "u″ = 6 a c x": lambda s: (s.u2, 6 * s.a * s.c * s.x),
        "t = tanh(u)": lambda s: (2 * s.tanh.f / s.x - 1, np.tanh(s.u)),
        "f = ½ x (1 + t)": lambda s: (s.tanh.f, s.x * (1 + s.t) / 2),
        "f′ = ½ (1 + t) + ½ x (1 − t²) u′": lambda s: (
            s.tanh.f1,
            cauchy(by_tanh, s.x, 1),
            (1 + s.t) / 2 + s.x * (1 - s.t**2) * s.u1 / 2,
        ),
        "f″ = (1 − t²) (u′ + x (½ u″ − t u′²))": lambda s: (
            s.tanh.f2,
            cauchy(by_tanh, s.x, 2),
            (1 - s.t**2) * (s.u1 + s.x * (s.u2 / 2 - s.t * s.u1**2)),
        ),
    },
)
