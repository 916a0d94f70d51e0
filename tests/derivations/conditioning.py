"""Labels and styles: one-hot rows, and products of two inputs."""

from functools import cache

import numpy as np

from derivations.normalising import Standardization, mean_over
from derivations.proofs import one_hot, over, prove, pulled, sweeps, track
from scratchgan import layers as nn


@cache
def embedding():
    s = sweeps(nn.Embedding(5, 3), (4,), labels=5)
    s.E = one_hot(s.x, 5)
    s.flat_dy, s.flat_tdy = s.dy.reshape(-1, 3), s.tdy.reshape(-1, 3)
    return s


prove(
    "layers.embedding",
    embedding,
    {
        "y = E W": lambda s: (s.y.reshape(-1, 3), s.E @ s.W),
        "dW = Eᵀ dy": lambda s: (s.dW, s.E.T @ s.flat_dy),
        "ty = 0": lambda s: (s.ty is not None, 0),
        "tdW = Eᵀ tdy": lambda s: (s.tdW, s.E.T @ s.flat_tdy),
    },
)


@cache
def head():
    s = sweeps(nn.ProjectionHead(3), ((4,), ()), labels=3, inputs="x l", batch=5)
    s.E = one_hot(s.l, 3)
    s.a = s.w + s.E @ s.V

    def score(a, x):
        return (a * x).sum(-1, keepdims=True) + s.b

    return track(
        s,
        da=lambda ε: pulled(lambda a: score(a, s.x + ε * s.tx), s.a, s.dy + ε * s.tdy),
    )


prove(
    "layers.projection_head",
    head,
    {
        "y = ⟨a, x⟩ + b": lambda s: (s.y, np.vecdot(s.a, s.x)[:, None] + s.b),
        "dx = dy a": lambda s: (s.dx, s.dy * s.a),
        "da = dy x": lambda s: (s.da, s.dy * s.x),
        "db = Σ dy": lambda s: (s.db, over(s.dy)),
        "ty = ⟨a, tx⟩": lambda s: (s.ty, np.vecdot(s.a, s.tx)[:, None]),
        "tdx = tdy a": lambda s: (s.tdx, s.tdy * s.a),
        "tda = dy tx + tdy x": lambda s: (s.tda, s.dy * s.tx + s.tdy * s.x),
        "tdb = Σ tdy": lambda s: (s.tdb, over(s.tdy)),
        "dw = Σ da": lambda s: (np.stack([s.dw, s.tdw]), [over(s.da), over(s.tda)]),
        "dV = Eᵀ da": lambda s: (
            np.stack([s.dV, s.tdV]),
            [s.E.T @ s.da, s.E.T @ s.tda],
        ),
    },
)


def pixels(a):
    """Σ over pixels, (N, C)."""
    return a.sum(axis=1)


@cache
def label_affine():
    s = sweeps(nn.LabelAffine(3), ((2, 4), ()), labels=3, inputs="h l", batch=5)
    s.E = one_hot(s.l, 3)
    s.g, s.Eβ = s.E @ s.gamma, (s.E @ s.beta)[:, None]

    def dg(ε):
        h, dy = s.h + ε * s.th, s.dy + ε * s.tdy
        return pulled(lambda g: g[:, None] * h + s.Eβ, s.g, dy)

    return track(s, dg=dg)


prove(
    "layers.label_affine",
    label_affine,
    {
        "y = g h + E β": lambda s: (s.y, s.g[:, None] * s.h + s.Eβ),
        "dh = g dy": lambda s: (s.dh, s.g[:, None] * s.dy),
        "dg = Σ h dy": lambda s: (s.dg, pixels(s.h * s.dy)),
        "dβ = Eᵀ Σ dy": lambda s: (s.dbeta, s.E.T @ pixels(s.dy)),
        "ty = g th": lambda s: (s.ty, s.g[:, None] * s.th),
        "tdh = g tdy": lambda s: (s.tdh, s.g[:, None] * s.tdy),
        "tdg = Σ (th dy + h tdy)": lambda s: (s.tdg, pixels(s.th * s.dy + s.h * s.tdy)),
        "tdβ = Eᵀ Σ tdy": lambda s: (s.tdbeta, s.E.T @ pixels(s.tdy)),
        "dγ = Eᵀ dg": lambda s: (
            np.stack([s.dgamma, s.tdgamma]),
            [s.E.T @ s.dg, s.E.T @ s.tdg],
        ),
    },
)


@cache
def style_affine():
    s = sweeps(nn.StyleAffine(), ((2, 3), (6,)), inputs="h s")
    for prefix in ("", "d", "t", "td"):
        g, b = np.split(getattr(s, f"{prefix}s"), 2, axis=-1)
        setattr(s, f"{prefix}g", g)
        setattr(s, f"{prefix}b", b)
    s.wide = lambda v: v[:, None]
    return s


prove(
    "layers.style_affine",
    style_affine,
    {
        "y = g h + b": lambda s: (s.y, s.wide(s.g) * s.h + s.wide(s.b)),
        "dh = g dy": lambda s: (s.dh, s.wide(s.g) * s.dy),
        "dg = Σ h dy": lambda s: (s.dg, pixels(s.h * s.dy)),
        "db = Σ dy": lambda s: (s.db, pixels(s.dy)),
        "ty = g th + tg h + tb": lambda s: (
            s.ty,
            s.wide(s.g) * s.th + s.wide(s.tg) * s.h + s.wide(s.tb),
        ),
        "tdh = g tdy + tg dy": lambda s: (
            s.tdh,
            s.wide(s.g) * s.tdy + s.wide(s.tg) * s.dy,
        ),
        "tdg = Σ (th dy + h tdy)": lambda s: (s.tdg, pixels(s.th * s.dy + s.h * s.tdy)),
        "tdb = Σ tdy": lambda s: (s.tdb, pixels(s.tdy)),
    },
)


@cache
def conditional():
    """Both layers in one scene: the four formulas speak of one each."""
    s = sweeps(
        nn.ConditionalBatchNorm(3), ((2, 4), ()), labels=3, inputs="x l", batch=5
    )
    s.γ, s.β = s.params["affine"].gamma, s.params["affine"].beta
    s.h = Standardization(s, mean_over(0, 1)).h(s.x)
    s.batch_norm = nn.BatchNorm(affine=False)
    s.ada = sweeps(nn.AdaIN(), ((3, 2), (4,)), inputs="x s")
    s.ada.h = Standardization(s.ada, mean_over(1), 1e-8).h(s.ada.x)
    s.instance_norm = nn.InstanceNorm(1e-8, affine=False)
    s.g, s.b = np.split(s.ada.s[:, None], 2, axis=-1)
    return s


def alone(layer, x):
    """What `layer`, with its initial parameters, makes of x."""
    params, _ = layer.init(np.random.default_rng(0), x.shape[1:])
    return layer.forward(params, x)[0]


prove(
    "layers.conditional_norm",
    conditional,
    {
        "y = γ[l] h + β[l]": lambda s: (
            s.y,
            s.γ[s.l][:, None] * s.h + s.β[s.l][:, None],
        ),
        "h = BatchNorm(x), without γ and β": lambda s: (s.h, alone(s.batch_norm, s.x)),
        "y = g h + b": lambda s: (s.ada.y, s.g * s.ada.h + s.b),
        "h = InstanceNorm(x), without γ and β": lambda s: (
            s.ada.h,
            alone(s.instance_norm, s.ada.x),
        ),
    },
)
