"""Softmax and maxout: what of several channels goes on."""

from functools import cache

import numpy as np

from derivations.proofs import derivative, prove, pulled, sweeps
from scratchgan import layers as nn


def softmax(x):
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


@cache
def rows():
    s = sweeps(nn.Softmax(), (2, 4))
    s.J = lambda u: pulled(softmax, s.x, u)
    s.sum = lambda a: a.sum(-1, keepdims=True)
    return s


prove(
    "layers.softmax",
    rows,
    {
        "J u = y (u − Σ y u)": lambda s: (
            s.J(s.dy),
            derivative(softmax, s.x, s.dy),
            s.y * (s.dy - s.sum(s.y * s.dy)),
        ),
        "y = eˣ / Σ eˣ": lambda s: (s.y, np.exp(s.x) / s.sum(np.exp(s.x))),
        "dx = J dy": lambda s: (s.dx, s.J(s.dy)),
        "ty = J tx": lambda s: (s.ty, s.J(s.tx)),
        "tdx = ty (dy − Σ y dy) − y Σ ty dy + J tdy": lambda s: (
            s.tdx,
            s.ty * (s.dy - s.sum(s.y * s.dy)) - s.y * s.sum(s.ty * s.dy) + s.J(s.tdy),
        ),
    },
)


@cache
def largest():
    s = sweeps(nn.Maxout(3), (2, 6))
    s.runs = lambda a: a.reshape(3, 2, 2, 3)
    s.M = np.equal(s.runs(s.x), s.runs(s.x).max(-1, keepdims=True)).astype(float)
    return s


prove(
    "layers.maxout",
    largest,
    {
        "y = Σ M x": lambda s: (
            s.y,
            s.runs(s.x).max(-1),
            (s.M * s.runs(s.x)).sum(-1),
        ),
        "dx = M dy": lambda s: (s.runs(s.dx), s.M * s.dy[..., None]),
        "ty = Σ M tx": lambda s: (s.ty, (s.M * s.runs(s.tx)).sum(-1)),
        "tdx = M tdy": lambda s: (s.runs(s.tdx), s.M * s.tdy[..., None]),
    },
)
