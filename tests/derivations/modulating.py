"""Modulated convolutions: each cotangent by differentiating what lies above it."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.linear import correlate, with_adjoints
from derivations.proofs import derivative, prove, pulled, sweeps, track
from scratchgan import layers as nn
from scratchgan.layers import modulation
from scratchgan.layers.demodulation import demodulation, pull, pull_tangent, push

EPS = 0.1


def square_sum(W):
    """Σ W² over taps, (C, O)."""
    return (W * W).sum((0, 1))


def demod(s, W, eps=EPS):
    """One number a sample and feature, from the norm of its scaled weights."""
    return 1 / np.sqrt(np.einsum("nc,klco->no", s**2, W**2) + eps)


@cache
def demodulating():
    """s moves along ts and dd along tdd; W is held."""
    rng = np.random.default_rng(0)
    W, (s, ts) = rng.normal(size=(2, 2, 3, 4)), rng.normal(size=(2, 5, 3))
    dd, tdd = rng.normal(size=(2, 5, 4))
    d = demodulation(s, W, EPS)
    m = SimpleNamespace(W=W, s=s, ts=ts, dd=dd, tdd=tdd, d=d, Q=square_sum(W))
    m.ds, m.dW = pull(s, W, d, dd)
    m.td = push(s, W, d, ts)
    m.tds, m.tdW = pull_tangent(s, W, d, dd, ts, m.td, tdd)
    m.at = lambda ε: (s + ε * ts, dd + ε * tdd)

    def dp(ε):
        (s, dd) = m.at(ε)
        return pulled(lambda p: p**-0.5, s**2 @ m.Q + EPS, dd)

    def dQ(ε):
        (s, dd) = m.at(ε)
        return pulled(lambda Q: (s**2 @ Q + EPS) ** -0.5, m.Q, dd)

    return track(m, dp=dp, dQ=dQ, p=lambda ε: demod(m.at(ε)[0], W) ** -2)


prove(
    "layers.demodulation",
    demodulating,
    {
        "Q = Σ W²": lambda m: (
            demodulation(np.eye(3), m.W, EPS) ** -2 - EPS,
            square_sum(m.W),
        ),
        "p = s² Q + eps": lambda m: (m.d**-2, m.p, m.s**2 @ m.Q + EPS),
        "d = p^(−½)": lambda m: (m.d, m.p**-0.5),
        "dp = −½ d³ dd": lambda m: (m.dp, -0.5 * m.d**3 * m.dd),
        "ds = 2 s (dp Qᵀ)": lambda m: (
            m.ds,
            pulled(lambda s: demod(s, m.W), m.s, m.dd),
            2 * m.s * (m.dp @ m.Q.T),
        ),
        "dW = 2 W dQ": lambda m: (
            m.dW,
            pulled(lambda W: demod(m.s, W), m.W, m.dd),
            2 * m.W * m.dQ,
        ),
        "dQ = (s²)ᵀ dp": lambda m: (m.dQ, (m.s**2).T @ m.dp),
        "tp = 2 (s ts) Q": lambda m: (m.tp, 2 * (m.s * m.ts) @ m.Q),
        "td = −½ d³ tp": lambda m: (
            m.td,
            derivative(lambda s: demod(s, m.W), m.s, m.ts),
            -0.5 * m.d**3 * m.tp,
        ),
        "tdp = −½ (3 d² td dd + d³ tdd)": lambda m: (
            m.tdp,
            -0.5 * (3 * m.d**2 * m.td * m.dd + m.d**3 * m.tdd),
        ),
        "tds = 2 ts (dp Qᵀ) + 2 s (tdp Qᵀ)": lambda m: (
            m.tds,
            2 * m.ts * (m.dp @ m.Q.T) + 2 * m.s * (m.tdp @ m.Q.T),
        ),
        "tdQ = (2 s ts)ᵀ dp + (s²)ᵀ tdp": lambda m: (
            m.tdQ,
            (2 * m.s * m.ts).T @ m.dp + (m.s**2).T @ m.tdp,
        ),
        "tdW = 2 W tdQ": lambda m: (m.tdW, 2 * m.W * m.tdQ),
    },
)


def wide(v):
    """One number a sample and channel, for all pixels."""
    return v[:, None, None]


def pixels(a):
    """Σ over pixels, (N, C)."""
    return a.sum((1, 2))


@cache
def modulating():
    """Every argument moves; each sum over pixels by differentiating ⟨du, s x⟩ in s."""
    rng = np.random.default_rng(0)
    x, tx, du, tdu = rng.normal(size=(4, 2, 3, 2, 5))
    s, ts = rng.normal(size=(2, 2, 5))
    m = SimpleNamespace(x=x, tx=tx, du=du, tdu=tdu, s=s, ts=ts)
    m.u, m.tu = modulation.modulate(s, x), modulation.push(s, x, ts, tx)
    m.ds, m.dx = modulation.pull(s, x, du)
    m.tds, m.tdx = modulation.pull_tangent(s, x, du, ts, tx, tdu)
    m.at = lambda ε: (x + ε * tx, du + ε * tdu, s + ε * ts)

    def in_s(ε):
        x, du, s = m.at(ε)
        return pulled(lambda s: wide(s) * x, s, du)

    def in_x(ε):
        x, du, s = m.at(ε)
        return pulled(lambda x: wide(s) * x, x, du)

    return track(m, in_s=in_s, in_x=in_x)


prove(
    "layers.modulation",
    modulating,
    {
        "u = s x": lambda m: (m.u, wide(m.s) * m.x),
        "dx = s du": lambda m: (m.dx, m.in_x, wide(m.s) * m.du),
        "ds = Σ x du": lambda m: (m.ds, m.in_s, pixels(m.x * m.du)),
        "tu = s tx + ts x": lambda m: (
            m.tu,
            derivative(lambda ε: wide(m.at(ε)[2]) * m.at(ε)[0], 0.0, 1.0),
            wide(m.s) * m.tx + wide(m.ts) * m.x,
        ),
        "tdx = ts du + s tdu": lambda m: (
            m.tdx,
            m.tin_x,
            wide(m.ts) * m.du + wide(m.s) * m.tdu,
        ),
        "tds = Σ (tx du + x tdu)": lambda m: (
            m.tds,
            m.tin_s,
            pixels(m.tx * m.du + m.x * m.tdu),
        ),
    },
)


def F(u, W):
    return correlate(u, W, (1, 1), ((1, 1), (1, 1)), (1, 1))


@cache
def modulated():
    m = sweeps(nn.ModulatedConv2d(3, eps=EPS), ((3, 2, 2), (2,)), inputs="x s", batch=2)
    with_adjoints(m, F, m.x.shape)
    x, s, dy = (
        lambda ε, n=n: getattr(m, n) + ε * getattr(m, f"t{n}") for n in ("x", "s", "dy")
    )

    def u(ε):
        return wide(s(ε)) * x(ε)

    def d(ε):
        return demod(s(ε), m.W)

    def a(ε):
        return F(u(ε), m.W)

    def dd(ε):
        return pulled(lambda d: wide(d) * a(ε), d(ε), dy(ε))

    return track(
        m, u=u, a=a, d=d, dd=dd,
        da=lambda ε: pulled(lambda a: wide(d(ε)) * a, a(ε), dy(ε)),
        du=lambda ε: pulled(lambda u: wide(d(ε)) * F(u, m.W), u(ε), dy(ε)),
        ds_d=lambda ε: pulled(lambda s: demod(s, m.W), s(ε), dd(ε)),
        dW_d=lambda ε: pulled(lambda W: demod(s(ε), W), m.W, dd(ε)),
    )  # fmt: skip


def sample_by_sample(m):
    """Every sample convolved with its own weights w″."""
    y = []
    for x, s in zip(m.x, m.s, strict=True):
        w = s[:, None] * m.W
        w = w / np.sqrt((w * w).sum((0, 1, 2)) + EPS)
        y.append(F(x[None], w)[0])
    return np.stack(y)


prove(
    "layers.modulated_conv",
    modulated,
    {
        "w″ = s W / √(Σ (s W)² + eps)": lambda m: (m.y, sample_by_sample(m)),
        "u = s x": lambda m: (m.u, wide(m.s) * m.x),
        "a = F(u, W)": lambda m: (m.cache.a, F(m.u, m.W)),
        "d = (s² Σ W² + eps)^(−½)": lambda m: (
            m.cache.d,
            (m.s**2 @ square_sum(m.W) + EPS) ** -0.5,
        ),
        "y = d a": lambda m: (m.y, wide(m.d) * m.a),
        "da = d dy": lambda m: (m.da, wide(m.d) * m.dy),
        "dd = Σ a dy": lambda m: (m.dd, pixels(m.a * m.dy)),
        "du = D(da, W)": lambda m: (m.du, m.D(m.da, m.W)),
        "dx = s du": lambda m: (m.dx, wide(m.s) * m.du),
        "dW = G(u, da) + dW|d": lambda m: (m.dW, m.G(m.u, m.da) + m.dW_d),
        "ds = Σ x du + ds|d": lambda m: (m.ds, pixels(m.x * m.du) + m.ds_d),
        "tu = s tx + ts x": lambda m: (m.tu, wide(m.s) * m.tx + wide(m.ts) * m.x),
        "ta = F(tu, W)": lambda m: (m.tcache.ta, F(m.tu, m.W)),
        "ty = td a + d ta": lambda m: (m.ty, wide(m.td) * m.a + wide(m.d) * m.ta),
        "tda = td dy + d tdy": lambda m: (
            m.tda,
            wide(m.td) * m.dy + wide(m.d) * m.tdy,
        ),
        "tdd = Σ (ta dy + a tdy)": lambda m: (
            m.tdd,
            pixels(m.ta * m.dy + m.a * m.tdy),
        ),
        "tdu = D(tda, W)": lambda m: (m.tdu, m.D(m.tda, m.W)),
        "tdx = ts du + s tdu": lambda m: (
            m.tdx,
            wide(m.ts) * m.du + wide(m.s) * m.tdu,
        ),
        "tdW = G(tu, da) + G(u, tda) + tdW|d": lambda m: (
            m.tdW,
            m.G(m.tu, m.da) + m.G(m.u, m.tda) + m.tdW_d,
        ),
        "tds = Σ (tx du + x tdu) + tds|d": lambda m: (
            m.tds,
            pixels(m.tx * m.du + m.x * m.tdu) + m.tds_d,
        ),
    },
)
