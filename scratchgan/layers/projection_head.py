"""ProjectionHead: a score of features and a class (Miyato and Koyama 2018, eq. 4).

x (N, C) and labels l (N,) in [0, K); w (C,), b (1,), V (K, C), y (N, 1). With
a = w + V[l] = w + E V, E the one-hot rows of the labels,

    forward        y   = ⟨a, x⟩ + b
    backward       dx  = dy a        da  = dy x               db  = Σ dy
    jvp            ty  = ⟨a, tx⟩
    backward_jvp   tdx = tdy a       tda = dy tx + tdy x      tdb = Σ tdy

with sums over samples, and from a back to its parts, for gradients and their tangents,

    dw  = Σ da       dV  = Eᵀ da

Labels are integers: they have no derivative. Kept: x and labels, dy, tx.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import inner, total
from scratchgan.layers.base import (
    TRAINING,
    Context,
    Layer,
    require_input,
    require_inputs,
    require_labels,
    require_rank,
)
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.labels import Labelled, to_classes
from scratchgan.types import Array, Shape, Wrt


class ProjectionParams(NamedTuple):
    """w (C,), b (1,) and one row a class, (K, C)."""

    w: Array
    b: Array | None  # None in a gradient: exactly zero
    V: Array


@dataclass(frozen=True)
class ProjectionHead(Layer):
    """Score of features and a class: a linear score plus an inner product.

    Parameters
    ----------
    classes : int
        K.
    """

    classes: int

    def __post_init__(self) -> None:
        at_least_one(classes=self.classes)

    def init(
        self, rng: np.random.Generator, in_shape: Any
    ) -> tuple[ProjectionParams, Shape]:
        require_inputs(self, in_shape, 2, "features, labels")
        require_rank(self, in_shape[0], "C")
        (channels,) = in_shape[0]
        w = rng.normal(scale=channels**-0.5, size=channels)
        V = rng.normal(scale=channels**-0.5, size=(self.classes, channels))
        return ProjectionParams(w, np.zeros(1), V), (1,)

    def forward(
        self, params: ProjectionParams, x: tuple, ctx: Context = TRAINING
    ) -> tuple[Array, Labelled]:
        require_inputs(self, x, 2, "features, labels")
        require_input(self, x[0], "C", len(params.w))
        require_labels(self, x[1], len(params.V))
        a = params.w + params.V[x[1]]
        return inner(a, x[0], -1, keepdims=True) + params.b, Labelled(*x)

    def backward(
        self, params: ProjectionParams, cache: Labelled, dy: Array, wrt: Wrt = "all"
    ) -> tuple[tuple | None, ProjectionParams | None, Array]:
        x, labels = cache
        dx, dparams = None, None
        if wrt != "params":
            dx = (dy * (params.w + params.V[labels]), None)
        if wrt != "inputs":
            da = dy * x
            dV = to_classes(labels, da, len(params.V))
            dparams = ProjectionParams(total(da, 0), total(dy, 0), dV)
        return dx, dparams, dy

    def jvp(
        self, params: ProjectionParams, cache: Labelled, tx: tuple
    ) -> tuple[Array, Array]:
        a = params.w + params.V[cache.labels]
        return inner(a, tx[0], -1, keepdims=True), tx[0]

    def backward_jvp(
        self,
        params: ProjectionParams,
        cache: Labelled,
        dcache: Array,
        tcache: Array,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[tuple | None, ProjectionParams | None]:
        (x, labels), dy, tx = cache, dcache, tcache
        tdx, tdparams = None, None
        if wrt != "params" and tdy is not None:
            tdx = (tdy * (params.w + params.V[labels]), None)
        if wrt != "inputs":
            tda = dy * tx if tdy is None else dy * tx + tdy * x
            tdb = None if tdy is None else total(tdy, 0)
            tdV = to_classes(labels, tda, len(params.V))
            tdparams = ProjectionParams(total(tda, 0), tdb, tdV)
        return tdx, tdparams
