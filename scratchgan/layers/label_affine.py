"""LabelAffine: gain and bias per channel, chosen by a class label.

h (N, *S, C) and labels l (N,) in [0, K); gamma, beta (K, C). Dumoulin et al. 2017,
eq. 5, after the normalisation. With E the one-hot rows of the labels and g = E γ,

    forward        y   = g h + E β
    backward       dh  = g dy        dg  = Σ h dy                dβ  = Eᵀ Σ dy
    jvp            ty  = g th
    backward_jvp   tdh = g tdy       tdg = Σ (th dy + h tdy)     tdβ = Eᵀ Σ tdy

with sums over pixels, and from g back to γ, for gradients and their tangents,

    dγ  = Eᵀ dg

Labels are integers: they have no derivative. Kept: h and labels, dy, th.
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
)
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.labels import Labelled, to_classes
from scratchgan.types import Array, Shape, Wrt


class LabelAffineParams(NamedTuple):
    """Gain and bias of every class, both (K, C)."""

    gamma: Array
    beta: Array | None  # None in a gradient: exactly zero


@dataclass(frozen=True)
class LabelAffine(Layer):
    """Gain and bias per channel, chosen by a label.

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
    ) -> tuple[LabelAffineParams, Shape]:
        require_inputs(self, in_shape, 2, "x, labels")
        shape = (self.classes, in_shape[0][-1])
        return LabelAffineParams(np.ones(shape), np.zeros(shape)), in_shape[0]

    def forward(
        self, params: LabelAffineParams, x: tuple, ctx: Context = TRAINING
    ) -> tuple[Array, Labelled]:
        require_inputs(self, x, 2, "x, labels")
        h, labels = x
        require_input(self, h, "", params.gamma.shape[-1])
        require_labels(self, labels, len(params.gamma))
        y = _rows(params.gamma, labels, h) * h
        if params.beta is not None:
            y += _rows(params.beta, labels, h)
        return y, Labelled(h, labels)

    def backward(
        self, params: LabelAffineParams, cache: Labelled, dy: Array, wrt: Wrt = "all"
    ) -> tuple[tuple | None, LabelAffineParams | None, Array]:
        h, labels = cache
        dx, dparams = None, None
        if wrt != "params":
            dx = (_rows(params.gamma, labels, h) * dy, None)
        if wrt != "inputs":
            dg, dbeta = inner(h, dy, _pixels(h)), total(dy, _pixels(h))
            dparams = LabelAffineParams(
                to_classes(labels, dg, len(params.gamma)),
                to_classes(labels, dbeta, len(params.gamma)),
            )
        return dx, dparams, dy

    def jvp(
        self, params: LabelAffineParams, cache: Labelled, tx: tuple
    ) -> tuple[Array, Array]:
        return _rows(params.gamma, cache.labels, cache.x) * tx[0], tx[0]

    def backward_jvp(
        self,
        params: LabelAffineParams,
        cache: Labelled,
        dcache: Array,
        tcache: Array,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[tuple | None, LabelAffineParams | None]:
        (h, labels), dy, th = cache, dcache, tcache
        tdx, tdparams, classes = None, None, len(params.gamma)
        if wrt != "params" and tdy is not None:
            tdx = (_rows(params.gamma, labels, h) * tdy, None)
        if wrt != "inputs":
            tdg, tdbeta = inner(th, dy, _pixels(h)), None
            if tdy is not None:
                tdg = tdg + inner(h, tdy, _pixels(h))
                tdbeta = to_classes(labels, total(tdy, _pixels(h)), classes)
            tdparams = LabelAffineParams(to_classes(labels, tdg, classes), tdbeta)
        return tdx, tdparams


def _rows(table: Array, labels: Array, like: Array) -> Array:
    """E table, with axes of length one where `like` has pixels."""
    chosen = table[labels]
    return chosen.reshape(len(labels), *(1,) * (like.ndim - 2), chosen.shape[-1])


def _pixels(x: Array) -> tuple[int, ...]:
    return tuple(range(1, x.ndim - 1))
