"""Embedding: a learned vector for every label, y = W[l].

l (N, …) integers in [0, K), W (K, O), y (N, …, O). With E the one-hot rows of the
labels, choosing is a product and its adjoint is Eᵀ:

    forward        y   = E W
    backward       dW  = Eᵀ dy
    jvp            ty  = 0
    backward_jvp   tdW = Eᵀ tdy

Labels are integers: they have no derivative, dx = tdx = None. Kept: the labels.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.layers.base import TRAINING, Context, Layer, require_labels
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.labels import to_classes
from scratchgan.types import Array, Shape, Wrt


class EmbeddingParams(NamedTuple):
    """One row a label, (K, O)."""

    W: Array


@dataclass(frozen=True)
class Embedding(Layer):
    """A learned vector for every label.

    Parameters
    ----------
    count : int
        K, number of labels.
    features : int
        O, length of a vector; drawn from N(0, 1).
    """

    count: int
    features: int

    def __post_init__(self) -> None:
        at_least_one(count=self.count, features=self.features)

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[EmbeddingParams, Shape]:
        W = rng.normal(size=(self.count, self.features))
        return EmbeddingParams(W), (*in_shape, self.features)

    def forward(
        self, params: EmbeddingParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_labels(self, x, len(params.W))
        return params.W[x], x

    def backward(
        self, params: EmbeddingParams, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[None, EmbeddingParams | None, None]:
        if wrt == "inputs":
            return None, None, None
        return None, EmbeddingParams(to_classes(cache, dy, len(params.W))), None

    def jvp(self, params: EmbeddingParams, cache: Array, tx: None) -> tuple[None, None]:
        return None, None

    def backward_jvp(
        self,
        params: EmbeddingParams,
        cache: Array,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[None, EmbeddingParams | None]:
        if tdy is None:
            return None, None
        return None, self.backward(params, cache, tdy, wrt)[1]
