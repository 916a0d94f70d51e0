"""Normalising layers: P and its derivative from the definition of h alone."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.proofs import derivative, differenced, prove, sweeps
from scratchgan import layers as nn
from scratchgan.layers.standardize import project, project_tangent, standardize

EPS = 1e-5


class Standardization:
    """m, r, h over `axes` at x, and P and Ṗ as derivatives, not as formulas."""

    def __init__(self, x, axes, tx):
        self.x, self.axes, self.tx = x, axes, tx

    def m(self, a):
        return a.mean(axis=self.axes, keepdims=True)

    def v(self, x):
        return self.m((x - self.m(x)) ** 2)

    def r(self, x):
        return 1 / np.sqrt(self.v(x) + EPS)

    def h(self, x):
        return (x - self.m(x)) * self.r(x)

    def P(self, u, x=None):
        """Jᵀ u = J u, the derivative of h along u."""
        return derivative(self.h, self.x if x is None else x, u)

    def dP(self, u):
        """Ṗ u, the derivative of P u along tx."""
        return differenced(lambda x: self.P(u, x), self.x, self.tx)


@cache
def standardization():
    rng = np.random.default_rng(0)
    x, tx, u = rng.normal(size=(3, 4, 3, 2)) + 0.3
    n = Standardization(x, (0, 1), tx)
    kept, _, variance = standardize(x, n.axes, EPS)
    found = SimpleNamespace(
        P=lambda a: project(kept, a, n.axes),
        tP=lambda a: project_tangent(kept, a, tx, project(kept, tx, n.axes), n.axes),
    )
    return SimpleNamespace(
        x=x, tx=tx, u=u, n=n, m=n.m, h=kept.h, r=kept.r, v=variance, found=found,
        th=n.P(tx), tr=derivative(n.r, x, tx), tv=derivative(n.v, x, tx),
    )  # fmt: skip


prove(
    "layers.standardize",
    standardization,
    {
        "v = m((x − m(x))²)": lambda s: (s.v, s.m((s.x - s.m(s.x)) ** 2)),
        "r = (v + eps)^(−½)": lambda s: (s.r, (s.n.v(s.x) + EPS) ** -0.5),
        "h = (x − m(x)) r": lambda s: (s.h, (s.x - s.m(s.x)) * s.n.r(s.x)),
        "tr = −½ r³ tv = −r² m(h tx)": lambda s: (
            s.tr,
            -0.5 * s.r**3 * s.tv,
            -(s.r**2) * s.m(s.h * s.tx),
        ),
        "th = r (tx − m(tx)) + (x − m(x)) tr "
        "= r (tx − m(tx) − h m(h tx)) =: P tx": lambda s: (
            s.th,
            s.r * (s.tx - s.m(s.tx)) + (s.x - s.m(s.x)) * s.tr,
            s.r * (s.tx - s.m(s.tx) - s.h * s.m(s.h * s.tx)),
            s.found.P(s.tx),
        ),
        "Ṗ u = (tr / r) P u − r (th m(h u) + h m(th u))": lambda s: (
            s.n.dP(s.u),
            s.tr / s.r * s.n.P(s.u)
            - s.r * (s.th * s.m(s.h * s.u) + s.h * s.m(s.th * s.u)),
            s.found.tP(s.u),
        ),
    },
)


def normalised(layer, in_shape, axes):
    s = sweeps(layer, in_shape, batch=4)
    n = Standardization(s.x, axes, s.tx)
    s.h, s.th, s.P, s.dP = n.h(s.x), n.P(s.tx), n.P, n.dP
    others = tuple(range(s.x.ndim - 1))
    s.sum = lambda a: a.sum(axis=others)
    return s


#: What all layers share that standardise, scale and shift.
AFFINE = {
    "y = γ h + β": lambda s: (s.y, s.gamma * s.h + s.beta),
    "dx = P(γ dy)": lambda s: (s.dx, s.P(s.gamma * s.dy)),
    "dγ = Σ h dy": lambda s: (s.dgamma, s.sum(s.h * s.dy)),
    "dβ = Σ dy": lambda s: (s.dbeta, s.sum(s.dy)),
    "ty = γ th": lambda s: (s.ty, s.gamma * s.th),
    "th = P tx": lambda s: (s.ty / s.gamma, s.P(s.tx)),
    "tdx = Ṗ(γ dy) + P(γ tdy)": lambda s: (
        s.tdx,
        s.dP(s.gamma * s.dy) + s.P(s.gamma * s.tdy),
    ),
    "tdγ = Σ (th dy + h tdy)": lambda s: (
        s.tdgamma,
        s.sum(s.th * s.dy + s.h * s.tdy),
    ),
    "tdβ = Σ tdy": lambda s: (s.tdbeta, s.sum(s.tdy)),
}


prove(
    "layers.batch_norm",
    cache(lambda: normalised(nn.BatchNorm(), (3, 2), (0, 1))),
    AFFINE,
)
prove(
    "layers.layer_norm",
    cache(lambda: normalised(nn.LayerNorm(), (3, 2), (1, 2))),
    AFFINE,
)
