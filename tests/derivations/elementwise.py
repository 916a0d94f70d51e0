"""Activations: f written anew, f′ and f″ from its values on a circle."""

from functools import cache

import numpy as np

from derivations.proofs import differenced, prove, sweeps
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
