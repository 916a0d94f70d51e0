"""Layers that compare the samples of a batch."""

from functools import cache

import numpy as np

from derivations.proofs import derivative, prove, pulled, sweeps, track
from scratchgan import layers as nn

EPS, GROUP, GROUPS, RUNS, RUN, PIXELS = 0.1, 3, 2, 2, 2, 5
Q = RUN * PIXELS


def grouped(x):
    """(N, S, C) to (G, M, S, F, C/F): samples n, n + M, … meet along the first axis."""
    members = np.stack([x[m::GROUPS] for m in range(GROUPS)], axis=1)
    return members.reshape(GROUP, GROUPS, PIXELS, RUNS, RUN)


def ungrouped(g):
    """The inverse of `grouped`."""
    x = np.empty((GROUP * GROUPS, PIXELS, RUNS * RUN), g.dtype)
    for m in range(GROUPS):
        x[m::GROUPS] = g[:, m].reshape(GROUP, PIXELS, RUNS * RUN)
    return x


def m_G(g):
    return g.mean(0, keepdims=True)


def m_Q(σ):
    """The mean over pixels and a run, for every sample and pixel: (N, S, F)."""
    s = σ.mean((2, 4))[0]  # (M, F)
    return np.stack([np.tile(s[n % GROUPS], (PIXELS, 1)) for n in range(6)])


def root(c):
    return np.sqrt(m_G(c * c) + EPS)


def with_stddev(x):
    g = grouped(x)
    return np.concatenate([x, m_Q(root(g - m_G(g)))], axis=-1)


@cache
def stddev():
    layer = nn.MinibatchStddev(GROUP, RUNS, EPS)
    s = sweeps(layer, (PIXELS, RUNS * RUN), batch=GROUP * GROUPS)
    g, tg = grouped(s.x), grouped(s.tx)
    s.c, s.tc = g - m_G(g), tg - m_G(tg)
    s.σ, s.tσ = root(s.c), derivative(root, s.c, s.tc)
    for prefix in ("d", "td"):
        dy = getattr(s, f"{prefix}y")
        setattr(s, f"{prefix}y_x", dy[..., :-RUNS])
        each = [dy[m::GROUPS, :, -RUNS:].sum((0, 1)) for m in range(GROUPS)]
        setattr(s, f"{prefix}s", np.stack(each)[None, :, None, :, None])
    return s


prove(
    "layers.minibatch_stddev",
    stddev,
    {
        "c = x − m_G(x)": lambda s: (s.cache.c, grouped(s.x) - m_G(grouped(s.x))),
        "σ = √(m_G(c²) + eps)": lambda s: (
            s.cache.sigma,
            np.sqrt(m_G(s.c**2) + EPS),
        ),
        "s = m_Q(σ)": lambda s: (s.y[..., -RUNS:], m_Q(s.σ)),
        "y = [x, s]": lambda s: (s.y, np.concatenate([s.x, m_Q(s.σ)], axis=-1)),
        "dx = dy|x + c ds / (σ G Q)": lambda s: (
            s.dx,
            pulled(with_stddev, s.x, s.dy),
            s.dy_x + ungrouped(s.c * s.ds / (s.σ * GROUP * Q)),
        ),
        "ty = [tx, ts]": lambda s: (s.ty, np.concatenate([s.tx, m_Q(s.tσ)], axis=-1)),
        "ts = m_Q(tσ)": lambda s: (s.ty[..., -RUNS:], m_Q(s.tσ)),
        "tdx = tdy|x + (tc ds / σ − c tσ ds / σ² + c tds / σ) / (G Q)": lambda s: (
            s.tdx,
            s.tdy_x
            + ungrouped(
                s.tc * s.ds / s.σ - s.c * s.tσ * s.ds / s.σ**2 + s.c * s.tds / s.σ
            )
            / (GROUP * Q),
        ),
    },
)


def differences(M):
    """M_i − M_j, (N, N, B, D)."""
    return M[:, None] - M[None, :]


def closeness(M):
    """The features o of the vectors M; |z| is analytic where its sign is held."""
    z = differences(M)
    return np.exp(-(z * np.sign(z.real)).sum(-1)).sum(1)


@cache
def discrimination():
    layer = nn.MinibatchDiscrimination(4, 3)
    s = sweeps(layer, (5,), batch=3)
    s.M, s.e, s.S = layer._product(s.x, s.T), s.cache.e, s.cache.S
    s.dy_x, s.do = s.dy[:, :5], s.dy[:, 5:]
    s.tdy_x, s.tdo = s.tdy[:, :5], s.tdy[:, 5:]
    s.te, s.tM = s.tcache.te, np.einsum("na,abd->nbd", s.tx, s.T)
    s.d = np.abs(differences(s.M)).sum(-1)

    def dM(ε):
        return pulled(closeness, s.M + ε * s.tM, s.do + ε * s.tdo)

    s.sums = lambda a: a[:, None] + a[None, :]
    s.Σ = lambda a: (s.S * a[..., None]).sum(1)
    s.by_T = lambda a: np.einsum("nbd,abd->na", a, s.T)
    s.by_x = lambda x, a: np.einsum("na,nbd->abd", x, a)
    return track(s, dM=dM)


prove(
    "layers.minibatch_discrimination",
    discrimination,
    {
        "M = x T": lambda s: (s.M, np.einsum("na,abd->nbd", s.x, s.T)),
        "d = Σ |M_i − M_j|": lambda s: (-np.log(s.e), s.d),
        "e = exp(−d)": lambda s: (s.e, np.exp(-s.d)),
        "o = Σ e": lambda s: (s.y[:, 5:], s.e.sum(1)),
        "y = [x, o]": lambda s: (
            s.y,
            np.concatenate([s.x, closeness(s.M)], axis=1),
        ),
        "dM = −Σ S e (do_i + do_j)": lambda s: (s.dM, -s.Σ(s.e * s.sums(s.do))),
        "dx = dy|x + dM Tᵀ": lambda s: (s.dx, s.dy_x + s.by_T(s.dM)),
        "dT = xᵀ dM": lambda s: (s.dT, s.by_x(s.x, s.dM)),
        "tM = tx T": lambda s: (
            s.ty[:, :5] @ s.T.reshape(5, -1),
            s.tM.reshape(3, -1),
        ),
        "td = Σ S (tM_i − tM_j)": lambda s: (
            -s.te / s.e,
            (s.S * differences(s.tM)).sum(-1),
        ),
        "te = −e td": lambda s: (s.te, -s.e * (s.S * differences(s.tM)).sum(-1)),
        "to = Σ te": lambda s: (
            s.ty[:, 5:],
            derivative(closeness, s.M, s.tM),
            s.te.sum(1),
        ),
        "ty = [tx, to]": lambda s: (
            s.ty,
            np.concatenate([s.tx, s.te.sum(1)], axis=1),
        ),
        "tdM = −Σ S (te (do_i + do_j) + e (tdo_i + tdo_j))": lambda s: (
            s.tdM,
            -s.Σ(s.te * s.sums(s.do) + s.e * s.sums(s.tdo)),
        ),
        "tdx = tdy|x + tdM Tᵀ": lambda s: (s.tdx, s.tdy_x + s.by_T(s.tdM)),
        "tdT = txᵀ dM + xᵀ tdM": lambda s: (
            s.tdT,
            s.by_x(s.tx, s.dM) + s.by_x(s.x, s.tdM),
        ),
    },
)
