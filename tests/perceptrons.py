"""Perceptrons with tanh by hand in plain NumPy, and batches for them.

Parameters are lists of dicts with W and b. Nothing here is scratchgan's.
"""

from itertools import pairwise

import numpy as np

SIZES = (3, 7, 6, 5, 1)
N = 4


def perceptron(rng, sizes=SIZES):
    return [
        {"W": rng.normal(size=(i, o)) / np.sqrt(i), "b": 0.3 * rng.normal(size=o)}
        for i, o in pairwise(sizes)
    ]


def forward(params, x):
    """Output, and for each layer its input and f′, f″ at its pre-activation."""
    trace = []
    for k, p in enumerate(params):
        z = x @ p["W"] + p["b"]
        last = k == len(params) - 1
        y = z if last else np.tanh(z)
        f1 = np.ones_like(z) if last else 1 - y * y
        f2 = np.zeros_like(z) if last else -2 * y * (1 - y * y)
        trace.append((x, f1, f2))
        x = y
    return x, trace


def backward(params, trace, dy):
    """Gradients of ⟨dy, output⟩ in x and θ, and the cotangent above each layer."""
    grads, above = [], []
    for p, (x, f1, _) in zip(params[::-1], trace[::-1], strict=True):
        dz = f1 * dy
        grads.append({"W": x.T @ dz, "b": dz.sum(axis=0)})
        above.append(dy)
        dy = dz @ p["W"].T
    return dy, grads[::-1], above[::-1]


def add(a, b, factor=1.0):
    return [{k: p[k] + factor * q[k] for k in p} for p, q in zip(a, b, strict=True)]


def scaled(a, factor):
    return [{k: factor * p[k] for k in p} for p in a]


def squeezed(a):
    return a.reshape(len(a), -1)


def arguments(seed=0, shape=(3,), sizes=SIZES):
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(2, N, *shape))
    first = int(np.prod(shape))
    return {
        "params": perceptron(rng, (first, *sizes[1:])),
        "x_real": real,
        "x_fake": fake,
        "generator_params": perceptron(rng, (2, 6, first)),
        "z": rng.normal(size=(N, 2)),
    }


def critic_only(shape=(3,), seed=0):
    each = arguments(seed, shape)
    return {name: each[name] for name in ("params", "x_real", "x_fake")}
