"""Layers whose weights are a function of others: W = φ(θ).

With f the wrapped layer, the wrapper is f(x; φ(θ)). Derivatives in x are f's own at the
weights φ(θ). Derivatives in θ are f's, pulled back through φ:

    dθ  = φ′(θ)ᵀ dW

A tangent sweep holds the parameters, so that φ′(θ) does not move along it and the same
linear map serves the second order:

    tdθ = φ′(θ)ᵀ tdW

So a reparametrisation is φ and φ′ᵀ, and no more. φ(θ) is computed anew in each sweep:
a cache must hold samples only, and φ costs little beside the layer.
"""

from typing import Any

import numpy as np

from scratchgan.layers.base import TRAINING, Context, Layer
from scratchgan.types import Array, Shape, Tree, Wrt


class Reparametrized(Layer):
    """The five verbs of a wrapped `layer`, whose parameters have a `W`."""

    layer: Layer

    def start(self, params: Any, rng: np.random.Generator) -> Any:
        """θ, from the wrapped layer's initial parameters."""
        raise NotImplementedError

    def effective(self, params: Any) -> Any:
        """φ(θ), parameters for the wrapped layer."""
        raise NotImplementedError

    def pull_back(self, params: Any, dparams: Any) -> Tree:
        """φ′(θ)ᵀ applied to a gradient in the wrapped layer's parameters."""
        raise NotImplementedError

    @property
    def couples_batch(self) -> bool:
        return self.layer.couples_batch

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[Any, Shape]:
        params, out_shape = self.layer.init(rng, in_shape)
        if not hasattr(params, "W"):
            raise ValueError(
                f"{type(self).__name__}: layer: expected one with weights W, "
                f"received {type(self.layer).__name__}"
            )
        return self.start(params, rng), out_shape

    def forward(self, params: Any, x: Any, ctx: Context = TRAINING) -> tuple[Any, Any]:
        return self.layer.forward(self.effective(params), x, ctx)

    def backward(
        self, params: Any, cache: Any, dy: Any, wrt: Wrt = "all"
    ) -> tuple[Any, Any, Any]:
        dx, dparams, dcache = self.layer.backward(
            self.effective(params), cache, dy, wrt
        )
        return dx, self._pulled(params, dparams), dcache

    def jvp(self, params: Any, cache: Any, tx: Any) -> tuple[Any, Any]:
        return self.layer.jvp(self.effective(params), cache, tx)

    def backward_jvp(
        self,
        params: Any,
        cache: Any,
        dcache: Any,
        tcache: Any,
        tdy: Any = None,
        wrt: Wrt = "all",
    ) -> tuple[Any, Any]:
        tdx, tdparams = self.layer.backward_jvp(
            self.effective(params), cache, dcache, tcache, tdy, wrt
        )
        return tdx, self._pulled(params, tdparams)

    def _pulled(self, params: Any, dparams: Any) -> Any:
        return None if dparams is None else self.pull_back(params, dparams)


def as_matrix(layer: Layer, W: Array) -> Array:
    """Weights with one column an output feature, (everything else, O)."""
    axis = W.ndim + features_axis(layer)
    return np.moveaxis(W, axis, -1).reshape(-1, W.shape[axis])


def features_axis(layer: Layer) -> int:
    """Axis of W that counts output features: the last, but for transposed ones."""
    return getattr(layer, "features_axis", -1)
