"""Attention and SelfAttention: every pixel reads all others (SAGAN).

Attention: queries q (N, L, D), keys k (N, M, D), values v (N, M, E), y (N, L, E); axes
of pixels are taken together as L and M. With the scale α and, row by row, the softmax's
Jacobian, which is symmetric,

    J u = a (u − Σ a u)                        the sum over keys

    forward        s   = α q kᵀ        a   = softmax(s)          y   = a v
    backward       da  = dy vᵀ         ds  = J da                dv  = aᵀ dy
                   dq  = α ds k        dk  = α dsᵀ q
    jvp            ts  = α (tq kᵀ + q tkᵀ)
                   ta  = J ts          ty  = ta v + a tv
    backward_jvp   tda = tdy vᵀ + dy tvᵀ
                   tds = J tda + ta (da − Σ a da) − a Σ ta da
                   tdv = taᵀ dy + aᵀ tdy
                   tdq = α (tds k + ds tk)
                   tdk = α (tdsᵀ q + dsᵀ tq)

Kept: q, k, v and a; by backward dy, da and ds; by jvp tq, tk, tv and ta.

SelfAttention (Zhang et al. 2019, eqs. 1 to 3) is a line of layers, 1 × 1 convolutions
f, g, h and v around it, with a gain γ that starts at zero:

    y   = x + γ v(Attention(g(x), f(x), h(x)))
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import matmul
from scratchgan.layers.affine import Gain
from scratchgan.layers.base import (
    TRAINING,
    Context,
    Layer,
    require_input,
    require_inputs,
)
from scratchgan.layers.conv import Conv2d
from scratchgan.layers.graph import Composite, Graph, Node
from scratchgan.layers.joining import Add
from scratchgan.layers.softmax import jacobian, jacobian_tangent, softmax
from scratchgan.types import Array, Shape, Wrt


class AttentionCache(NamedTuple):
    """Inputs with their pixels in one axis, and the weights a (N, L, M)."""

    q: Array
    k: Array
    v: Array
    a: Array


class AttentionCotangent(NamedTuple):
    """What backward leaves."""

    dy: Array
    da: Array
    ds: Array


class AttentionTangent(NamedTuple):
    """What jvp leaves."""

    tq: Array
    tk: Array
    tv: Array
    ta: Array


@dataclass(frozen=True)
class Attention(Layer):
    """Softmax attention; inputs q (N, *S, D), k (N, *R, D) and v (N, *R, E).

    Parameters
    ----------
    scale : float
        α; 1 in SAGAN, D^(−½) in transformers.
    """

    scale: float = 1.0

    def init(self, rng: np.random.Generator, in_shape: Any) -> tuple[tuple, Shape]:
        require_inputs(self, in_shape, 3, "q, k, v")
        q, k, v = in_shape
        if q[-1] != k[-1] or k[:-1] != v[:-1]:
            raise ValueError(
                "Attention: in_shape: expected q and k of one width, and k and v of "
                f"one size, received {in_shape}"
            )
        return (), (*q[:-1], v[-1])

    def forward(
        self, params: tuple, x: tuple, ctx: Context = TRAINING
    ) -> tuple[Array, AttentionCache]:
        require_inputs(self, x, 3, "q, k, v")
        for part in x:
            require_input(self, part, "")
        q, k, v = (_flat(part) for part in x)
        a = softmax(self._scores(q, k))
        return _shaped(matmul(a, v), x[0]), AttentionCache(x[0], x[1], x[2], a)

    def backward(
        self, params: tuple, cache: AttentionCache, dy: Array, wrt: Wrt = "all"
    ) -> tuple[tuple, tuple, AttentionCotangent]:
        q, k, v = (_flat(part) for part in cache[:3])
        a, flat = cache.a, _flat(dy)
        da = matmul(flat, _t(v))
        ds = jacobian(a, da)
        dq, dk = self._scores_adjoint(ds, q, k)
        grads = (dq, dk, matmul(_t(a), flat))
        return _all_shaped(grads, cache), (), AttentionCotangent(flat, da, ds)

    def jvp(
        self, params: tuple, cache: AttentionCache, tx: tuple
    ) -> tuple[Array, AttentionTangent]:
        q, k, v = (_flat(part) for part in cache[:3])
        tq, tk, tv = (
            np.zeros_like(part) if t is None else _flat(t)
            for t, part in zip(tx, (q, k, v), strict=True)
        )
        ta = jacobian(cache.a, self._scores(tq, k) + self._scores(q, tk))
        ty = matmul(ta, v) + matmul(cache.a, tv)
        return _shaped(ty, cache.q), AttentionTangent(tq, tk, tv, ta)

    def backward_jvp(
        self,
        params: tuple,
        cache: AttentionCache,
        dcache: AttentionCotangent,
        tcache: AttentionTangent,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[tuple, tuple]:
        q, k, v = (_flat(part) for part in cache[:3])
        a, (dy, da, ds), (tq, tk, tv, ta) = cache.a, dcache, tcache
        tda, tdv = matmul(dy, _t(tv)), matmul(_t(ta), dy)
        if tdy is not None:
            tda += matmul(_flat(tdy), _t(v))
            tdv += matmul(_t(a), _flat(tdy))
        tds = jacobian(a, tda) + jacobian_tangent(a, ta, da)
        tdq, tdk = self._scores_adjoint(tds, q, k)
        moved_q, moved_k = self._scores_adjoint(ds, tq, tk)
        return _all_shaped((tdq + moved_q, tdk + moved_k, tdv), cache), ()

    def _scores(self, q: Array, k: Array) -> Array:
        """α q kᵀ."""
        return matmul(q, _t(k)) * float(self.scale)

    def _scores_adjoint(self, ds: Array, q: Array, k: Array) -> tuple[Array, Array]:
        """α ds k and α dsᵀ q."""
        return matmul(ds, k) * float(self.scale), matmul(_t(ds), q) * float(self.scale)


@dataclass(frozen=True)
class SelfAttention(Composite):
    """Self-attention block of SAGAN on images (N, H, W, C).

    Parameters
    ----------
    features : int
        C, the number of channels in and out.
    inner : int, optional
        C̄, channels of queries, keys and values; C/8 when left out.
    """

    features: int
    inner: int | None = None

    @property
    def graph(self) -> Graph:
        """1 × 1 convolutions around attention, added to x with a gain."""
        width = self.inner or max(1, self.features // 8)
        return Graph(
            inputs=("x",),
            nodes=(
                Node("f", Conv2d(width, 1), ("x",)),
                Node("g", Conv2d(width, 1), ("x",)),
                Node("h", Conv2d(width, 1), ("x",)),
                Node("o", Attention(), ("g", "f", "h")),
                Node("v", Conv2d(self.features, 1), ("o",)),
                Node("gain", Gain(), ("v",)),
                Node("y", Add(), ("x", "gain")),
            ),
            outputs=("y",),
        )


def _flat(x: Array) -> Array:
    """(N, *S, C) to (N, L, C)."""
    size = 1
    for n in x.shape[1:-1]:
        size *= n
    return x.reshape(len(x), size, x.shape[-1])


def _shaped(y: Array, like: Array) -> Array:
    return y.reshape(*like.shape[:-1], y.shape[-1])


def _all_shaped(grads: tuple, cache: AttentionCache) -> tuple:
    return tuple(_shaped(g, part) for g, part in zip(grads, cache[:3], strict=True))


def _t(x: Array) -> Array:
    return x.swapaxes(-1, -2)
