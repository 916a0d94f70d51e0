"""Attention: each cotangent by differentiating what lies above it."""

from functools import cache

import numpy as np

from derivations.proofs import derivative, prove, pulled, sweeps, track
from scratchgan import layers as nn

α = 0.5


def softmax(s):
    return np.exp(s) / np.exp(s).sum(-1, keepdims=True)


def T(a):
    return a.swapaxes(-1, -2)


@cache
def attention():
    m = sweeps(nn.Attention(α), ((3, 2), (4, 2), (4, 5)), inputs="q k v", batch=2)

    def at(ε, name):
        return getattr(m, name) + ε * getattr(m, f"t{name}")

    def scores(ε):
        return α * at(ε, "q") @ T(at(ε, "k"))

    def da(ε):
        return pulled(lambda a: a @ at(ε, "v"), softmax(scores(ε)), at(ε, "dy"))

    def ds(ε):
        return pulled(lambda s: softmax(s) @ at(ε, "v"), scores(ε), at(ε, "dy"))

    track(m, s=scores, a=lambda ε: softmax(scores(ε)), da=da, ds=ds)
    m.J = lambda u: m.a * (u - (m.a * u).sum(-1, keepdims=True))
    m.sum = lambda a: a.sum(-1, keepdims=True)
    m.block = block()
    return m


def block():
    """SelfAttention, and its formula with 1 × 1 convolutions as products."""
    s = sweeps(nn.SelfAttention(4, inner=2), (3, 2, 4), batch=2)
    p = s.params

    def conv(name, x):
        return x @ p[name].W[0, 0] + p[name].b

    x = s.x.reshape(2, 6, 4)
    a = softmax(conv("g", x) @ T(conv("f", x)))
    s.expected = x + p["gain"].gamma * conv("v", a @ conv("h", x))
    s.y = s.y.reshape(2, 6, 4)
    return s


def centred(log):
    """Logarithms of weights, known up to a constant of the row."""
    return log - log.mean(-1, keepdims=True)


prove(
    "layers.attention",
    attention,
    {
        "J u = a (u − Σ a u)": lambda m: (
            derivative(softmax, m.s, m.da),
            pulled(softmax, m.s, m.da),
            m.a * (m.da - m.sum(m.a * m.da)),
        ),
        "s = α q kᵀ": lambda m: (
            centred(np.log(m.cache.a)),
            centred(α * m.q @ T(m.k)),
        ),
        "a = softmax(s)": lambda m: (m.cache.a, softmax(m.s)),
        "y = a v": lambda m: (m.y, m.a @ m.v),
        "da = dy vᵀ": lambda m: (m.da, m.dy @ T(m.v)),
        "ds = J da": lambda m: (m.ds, m.J(m.da)),
        "dv = aᵀ dy": lambda m: (m.dv, T(m.a) @ m.dy),
        "dq = α ds k": lambda m: (m.dq, α * m.ds @ m.k),
        "dk = α dsᵀ q": lambda m: (m.dk, α * T(m.ds) @ m.q),
        "ts = α (tq kᵀ + q tkᵀ)": lambda m: (
            m.ts,
            α * (m.tq @ T(m.k) + m.q @ T(m.tk)),
        ),
        "ta = J ts": lambda m: (m.ta, m.tcache.ta, m.J(m.ts)),
        "ty = ta v + a tv": lambda m: (m.ty, m.ta @ m.v + m.a @ m.tv),
        "tda = tdy vᵀ + dy tvᵀ": lambda m: (
            m.tda,
            m.tdy @ T(m.v) + m.dy @ T(m.tv),
        ),
        "tds = J tda + ta (da − Σ a da) − a Σ ta da": lambda m: (
            m.tds,
            m.J(m.tda) + m.ta * (m.da - m.sum(m.a * m.da)) - m.a * m.sum(m.ta * m.da),
        ),
        "tdv = taᵀ dy + aᵀ tdy": lambda m: (m.tdv, T(m.ta) @ m.dy + T(m.a) @ m.tdy),
        "tdq = α (tds k + ds tk)": lambda m: (m.tdq, α * (m.tds @ m.k + m.ds @ m.tk)),
        "tdk = α (tdsᵀ q + dsᵀ tq)": lambda m: (
            m.tdk,
            α * (T(m.tds) @ m.q + T(m.ds) @ m.tq),
        ),
        "y = x + γ v(Attention(g(x), f(x), h(x)))": lambda m: (
            m.block.y,
            m.block.expected,
        ),
    },
)
