"""Activations: f written anew, f′ and f″ from its values on a circle."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.proofs import joined, prove, sweeps
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


def layerwise(activations):
    """All activations, each on numbers of its own; and f, f′, f″ of each."""
    scenes = [sweeps(layer, (7,), seed=i) for i, layer in enumerate(activations)]
    s = joined(scenes, "x y dy dx tx ty tdy tdx")
    for name, order in (("f", 0), ("f1", 1), ("f2", 2)):
        parts = [
            cauchy(f, each.x.ravel(), order)
            for f, each in zip(activations.values(), scenes, strict=True)
        ]
        setattr(s, name, np.concatenate(parts))
    return s


@cache
def smooth():
    return layerwise(SMOOTH)


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
    layers = {nn.LeakyReLU(0.2): 0.2, nn.LeakyReLU(0.7): 0.7, nn.ReLU(): 0.0}
    scenes = [sweeps(layer, (7,), seed=i) for i, layer in enumerate(layers)]
    s = joined(scenes, "x y dy dx tx ty tdy tdx")
    alphas = np.repeat(list(layers.values()), len(s.x) // len(layers))
    return SimpleNamespace(**vars(s), slope=np.where(s.x >= 0, 1, alphas))


prove(
    "layers.leaky_relu",
    leaky,
    {
        "y = s x": lambda s: (s.y, s.slope * s.x),
        "f = f′ · x": lambda s: (
            s.y,
            (s.slope * (s.x + 1e-6) - s.slope * (s.x - 1e-6)) / 2e-6 * s.x,
        ),
        "dx = s dy": lambda s: (s.dx, s.slope * s.dy),
        "ty = s tx": lambda s: (s.ty, s.slope * s.tx),
        "tdx = s tdy": lambda s: (s.tdx, s.slope * s.tdy),
    },
)
