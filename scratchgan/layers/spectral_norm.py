"""SpectralNorm: weights divided by their largest singular value.

Miyato et al. 2018, eq. 8, with w as a matrix (M, O), one column a feature, and u (M,),
v (O,) estimates of its first singular vectors, unit vectors and constants:

    σ   = uᵀ w v
    W   = w / σ
    dw  = (dW − ⟨dW, W⟩ u vᵀ) / σ                                  (eq. 12)

and the same for the tangent tdw. u and v are state: one step of the power iteration
with the weights of this pass is `advance`,

    v ← wᵀ u / ‖wᵀ u‖        u ← w v / ‖w v‖

so that a pass is a function of its parameters alone, and σ of a pass is estimated with
the vectors of the step before. σ is stationary in them: an error δ of u and v is an
error δ² of σ. init iterates twenty times.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import inner, matmul
from scratchgan.layers.base import Layer
from scratchgan.layers.reparametrized import Reparametrized, as_matrix, features_axis
from scratchgan.tree import State
from scratchgan.types import Array


class SpectralNormParams(NamedTuple):
    """The wrapped layer's parameters with w in the place of W, and u and v."""

    layer: Any
    state: Any


@dataclass(frozen=True)
class SpectralNorm(Reparametrized):
    """Spectral normalisation of a layer with weights W.

    Parameters
    ----------
    layer : Layer
        Such as Dense, Conv2d or Embedding.
    """

    layer: Layer

    def start(self, params: Any, rng: np.random.Generator) -> SpectralNormParams:
        """W = W and twenty steps of the power iteration from a random u."""
        w = as_matrix(self.layer, params.W)
        u = rng.normal(size=len(w))
        state = State(u=u, v=np.zeros(w.shape[1]))
        for _ in range(20):
            state = _iterated(w, state)
        return SpectralNormParams(params, state)

    def effective(self, params: SpectralNormParams) -> Any:
        """W = w / σ."""
        return params.layer._replace(W=params.layer.W / self._sigma(params))

    def pull_back(self, params: SpectralNormParams, dparams: Any) -> SpectralNormParams:
        """Equation 12 of the paper."""
        sigma, dW = self._sigma(params), dparams.W
        along = inner(dW, params.layer.W, None) / sigma  # ⟨dW, W⟩
        outer = np.outer(params.state["u"], params.state["v"])
        dw = (dW - along * self._as_weights(outer, dW)) / sigma
        return SpectralNormParams(dparams._replace(W=dw), None)

    def advance(self, params: SpectralNormParams, cache: Any) -> SpectralNormParams:
        """One step of the power iteration; the wrapped layer's own state too."""
        w = as_matrix(self.layer, params.layer.W)
        layer = self.layer.advance(params.layer, cache)
        return SpectralNormParams(layer, _iterated(w, params.state))

    def _sigma(self, params: SpectralNormParams) -> Array:
        w = as_matrix(self.layer, params.layer.W)
        return matmul(matmul(params.state["u"], w), params.state["v"])

    def _as_weights(self, matrix: Array, like: Array) -> Array:
        """The inverse of `as_matrix`."""
        axis = like.ndim + features_axis(self.layer)
        rest = [n for i, n in enumerate(like.shape) if i != axis]
        return np.moveaxis(matrix.reshape(*rest, like.shape[axis]), -1, axis)


def _iterated(w: Array, state: Any) -> State:
    v = _unit(matmul(w.T, state["u"]))
    return State(u=_unit(matmul(w, v)), v=v)


def _unit(x: Array) -> Array:
    return x / np.maximum(np.sqrt(inner(x, x, None)), x.dtype.type(1e-7))
