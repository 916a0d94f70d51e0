"""WeightNorm: length and direction of every feature's weights, apart.

Salimans and Kingma 2016, eq. 2. With v (M, O) as a matrix, one column a feature, gains
g (O,) and n = ‖v‖ column by column,

    W   = g v / n
    dg  = ⟨v, dW⟩ / n
    dv  = g (dW − v ⟨v, dW⟩ / n²) / n                              (eq. 3)

with inner products column by column, and the same for the tangents tdg and tdv. g
starts at ‖v‖, so that W starts as it was drawn.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import inner
from scratchgan.layers.base import Layer
from scratchgan.layers.reparametrized import Reparametrized, features_axis
from scratchgan.types import Array


class WeightNormParams(NamedTuple):
    """The wrapped layer's parameters with v in the place of W, and the gains."""

    layer: Any
    g: Array  # (1, …, O, …, 1)


@dataclass(frozen=True)
class WeightNorm(Reparametrized):
    """Weight normalisation of a layer with weights W.

    Parameters
    ----------
    layer : Layer
        Such as Dense or Conv2d.
    """

    layer: Layer

    def start(self, params: Any, rng: np.random.Generator) -> WeightNormParams:
        """V = W and g = ‖v‖."""
        return WeightNormParams(params, self._norm(params.W))

    def effective(self, params: WeightNormParams) -> Any:
        """W = g v / ‖v‖."""
        v = params.layer.W
        return params.layer._replace(W=params.g / self._norm(v) * v)

    def pull_back(self, params: WeightNormParams, dparams: Any) -> WeightNormParams:
        """Equation 3 of the paper."""
        v, dW = params.layer.W, dparams.W
        n = self._norm(v)
        along = inner(v, dW, self._over(v), keepdims=True) / n
        dv = params.g / n * (dW - v * (along / n))
        return WeightNormParams(dparams._replace(W=dv), along)

    def _norm(self, v: Array) -> Array:
        return np.sqrt(inner(v, v, self._over(v), keepdims=True))

    def _over(self, v: Array) -> tuple[int, ...]:
        kept = v.ndim + features_axis(self.layer)
        return tuple(axis for axis in range(v.ndim) if axis != kept)
