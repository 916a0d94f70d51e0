"""Normalising layers: P and its derivative from the definition of h alone."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.proofs import derivative, differenced, over, prove, pulled, sweeps
from scratchgan import layers as nn
from scratchgan.layers import gain_and_bias as gb
from scratchgan.layers.standardize import project, project_tangent, standardize

EPS = 1e-5


def mean_over(*axes):
    return lambda a: a.mean(axis=axes, keepdims=True)


def in_groups(count):
    """The mean over pixels and one run of channels, for every number of the run."""

    def m(a):
        runs = np.split(a, count, axis=-1)
        axes = tuple(range(1, a.ndim))
        means = [np.ones_like(r) * r.mean(axis=axes, keepdims=True) for r in runs]
        return np.concatenate(means, axis=-1)

    return m


class Standardization:
    """r and h with a mean m; P and Ṗ as derivatives, not as formulas."""

    def __init__(self, s, m, eps=EPS):
        self.x, self.tx, self.m, self.eps = s.x, s.tx, m, eps

    def v(self, x):
        return self.m((x - self.m(x)) ** 2)

    def r(self, x):
        return 1 / np.sqrt(self.v(x) + self.eps)

    def h(self, x):
        return (x - self.m(x)) * self.r(x)

    def P(self, u, x=None):
        """J u, the derivative of h along u."""
        return derivative(self.h, self.x if x is None else x, u)

    def PT(self, u, x=None):
        return pulled(self.h, self.x if x is None else x, u)

    def dP(self, u):
        """Ṗ u, the derivative of Pᵀ u along tx."""
        return differenced(lambda x: self.PT(u, x), self.x, self.tx)


@cache
def standardization():
    rng = np.random.default_rng(0)
    x, tx, u = rng.normal(size=(3, 4, 3, 2)) + 0.3
    n = Standardization(SimpleNamespace(x=x, tx=tx), mean_over(0, 1))
    kept, _, variance = standardize(x, (0, 1), EPS)
    th = project(kept, tx, (0, 1))
    return SimpleNamespace(
        x=x, tx=tx, u=u, n=n, m=n.m, h=kept.h, r=kept.r, v=variance,
        P_u=project(kept, u, (0, 1)), P_tx=th, th=n.P(tx),
        tP_u=project_tangent(kept, u, tx, th, (0, 1)),
        tr=derivative(n.r, x, tx), tv=derivative(n.v, x, tx),
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
            s.P_tx,
            s.n.PT(s.tx),
        ),
        "Ṗ u = (tr / r) P u − r (th m(h u) + h m(th u))": lambda s: (
            s.n.dP(s.u),
            s.tr / s.r * s.P_u - s.r * (s.th * s.m(s.h * s.u) + s.h * s.m(s.th * s.u)),
            s.tP_u,
        ),
    },
)


def normalised(layer, in_shape, m, eps=EPS):
    s = sweeps(layer, in_shape, batch=4)
    n = Standardization(s, m, eps)
    s.m, s.h, s.r, s.th, s.P, s.dP = m, n.h(s.x), n.r(s.x), n.P(s.tx), n.PT, n.dP
    return s


#: What all layers share that standardise, scale and shift.
AFFINE = {
    "y = γ h + β": lambda s: (s.y, s.gamma * s.h + s.beta),
    "dx = P(γ dy)": lambda s: (s.dx, s.P(s.gamma * s.dy)),
    "dγ = Σ h dy": lambda s: (s.dgamma, over(s.h * s.dy)),
    "dβ = Σ dy": lambda s: (s.dbeta, over(s.dy)),
    "ty = γ th": lambda s: (s.ty, s.gamma * s.th),
    "th = P tx": lambda s: (s.ty / s.gamma, s.P(s.tx)),
    "tdx = Ṗ(γ dy) + P(γ tdy)": lambda s: (
        s.tdx,
        s.dP(s.gamma * s.dy) + s.P(s.gamma * s.tdy),
    ),
    "tdγ = Σ (th dy + h tdy)": lambda s: (s.tdgamma, over(s.th * s.dy + s.h * s.tdy)),
    "tdβ = Σ tdy": lambda s: (s.tdbeta, over(s.tdy)),
}

prove(
    "layers.batch_norm",
    cache(lambda: normalised(nn.BatchNorm(), (3, 2), mean_over(0, 1))),
    AFFINE,
)


@cache
def sample_norms():
    return [
        normalised(nn.LayerNorm(), (3, 2), mean_over(1, 2)),
        normalised(nn.InstanceNorm(), (3, 2), mean_over(1)),
        normalised(nn.GroupNorm(2), (3, 4), in_groups(2)),
    ]


prove("layers.sample_norm", sample_norms, AFFINE)


class PixelNormalization(Standardization):
    """`Standardization` without the mean taken off."""

    def v(self, x):
        return self.m(x**2)

    def h(self, x):
        return x * self.r(x)


@cache
def pixels():
    s = sweeps(nn.PixelNorm(0.1), (2, 3))
    s.u, s.m = s.dy, mean_over(-1)
    s.n = PixelNormalization(s, s.m, 0.1)
    s.h, s.r, s.th = s.n.h(s.x), s.n.r(s.x), s.n.P(s.tx)
    s.tr = derivative(s.n.r, s.x, s.tx)
    return s


prove(
    "layers.pixel_norm",
    pixels,
    {
        "q = m(x²)": lambda s: (s.cache.r**-2 - 0.1, s.m(s.x**2)),
        "r = (q + eps)^(−½)": lambda s: (s.cache.r, (s.m(s.x**2) + 0.1) ** -0.5),
        "h = x r": lambda s: (s.cache.h, s.x * s.r),
        "P u = r (u − h m(h u))": lambda s: (
            s.n.P(s.u),
            s.n.PT(s.u),
            s.r * (s.u - s.h * s.m(s.h * s.u)),
        ),
        "Ṗ u = (tr / r) P u − r (th m(h u) + h m(th u))": lambda s: (
            s.n.dP(s.u),
            s.tr / s.r * s.n.P(s.u)
            - s.r * (s.th * s.m(s.h * s.u) + s.h * s.m(s.th * s.u)),
        ),
        "y = h": lambda s: (s.y, s.h),
        "dx = P dy": lambda s: (s.dx, s.n.P(s.dy)),
        "ty = P tx": lambda s: (s.ty, s.n.P(s.tx)),
        "tdx = Ṗ dy + P tdy": lambda s: (s.tdx, s.n.dP(s.dy) + s.n.P(s.tdy)),
    },
)


@cache
def gains():
    rng = np.random.default_rng(0)
    h, th, dy, tdy = rng.normal(size=(4, 3, 2, 5))
    params = gb.GainBias(*rng.normal(size=(2, 5)))
    return SimpleNamespace(
        h=h, th=th, dy=dy, tdy=tdy, p=params, γ=params.gamma, β=params.beta,
        d=gb.gradient(params, h, dy), td=gb.gradient_tangent(params, h, th, dy, tdy),
    )  # fmt: skip


prove(
    "layers.gain_and_bias",
    gains,
    {
        "y = γ h + β": lambda s: (gb.applied(s.p, s.h), s.γ * s.h + s.β),
        "dh = γ dy": lambda s: (
            gb.scaled(s.p, s.dy),
            pulled(lambda h: s.γ * h + s.β, s.h, s.dy),
            s.γ * s.dy,
        ),
        "dγ = Σ h dy": lambda s: (s.d.gamma, over(s.h * s.dy)),
        "dβ = Σ dy": lambda s: (s.d.beta, over(s.dy)),
        "ty = γ th": lambda s: (
            gb.scaled(s.p, s.th),
            derivative(lambda h: s.γ * h + s.β, s.h, s.th),
            s.γ * s.th,
        ),
        "tdh = γ tdy": lambda s: (gb.scaled(s.p, s.tdy), s.γ * s.tdy),
        "tdγ = Σ (th dy + h tdy)": lambda s: (
            s.td.gamma,
            over(s.th * s.dy + s.h * s.tdy),
        ),
        "tdβ = Σ tdy": lambda s: (s.td.beta, over(s.tdy)),
    },
)
