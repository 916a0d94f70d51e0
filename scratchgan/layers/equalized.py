"""Equalized: weights drawn with variance one, and scaled when they are used.

Karras et al. 2018 (progressive growing), section 4.1; the learning-rate multiplier as
in StyleGAN. With gain g, multiplier μ and fan_in the number of terms in an output,

    W   = c w        c  = g μ / √fan_in
    b   = μ β
    dw  = c dW       dβ  = μ db

and the same for tdw and tdβ. Adam's step does not depend on a gradient's scale, so that
all weights then learn at one speed relative to their size. w ~ N(0, 1/μ²): W starts
with variance g²/fan_in whatever μ is.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from scratchgan.layers.base import Layer
from scratchgan.layers.reparametrized import Reparametrized, as_matrix


@dataclass(frozen=True)
class Equalized(Reparametrized):
    """Equalised learning rate for a layer with weights W and perhaps a bias b.

    Parameters
    ----------
    layer : Layer
        Such as Dense, Conv2d or ModulatedConv2d.
    gain : float
        g.
    lr_multiplier : float
        μ; 0.01 in StyleGAN2's mapping network.
    bias_start : float
        What b starts from; 1 in StyleGAN2's affine maps to styles.
    """

    layer: Layer
    gain: float = 1.0
    lr_multiplier: float = 1.0
    bias_start: float = 0.0

    def start(self, params: Any, rng: np.random.Generator) -> Any:
        """W ~ N(0, 1/μ²), and the bias at its start."""
        W = rng.normal(size=params.W.shape) / self.lr_multiplier
        if getattr(params, "b", None) is None:
            return params._replace(W=W)
        b = np.full_like(params.b, self.bias_start / self.lr_multiplier)
        return params._replace(W=W, b=b)

    def effective(self, params: Any) -> Any:
        """W = c w and b = μ β."""
        return self._scaled(params, params)

    def pull_back(self, params: Any, dparams: Any) -> Any:
        """Dw = c dW and dβ = μ db."""
        return self._scaled(params, dparams)

    def _scaled(self, params: Any, values: Any) -> Any:
        fan_in = as_matrix(self.layer, params.W).shape[0]
        W = values.W * (self.gain * self.lr_multiplier / sqrt(fan_in))
        if getattr(values, "b", None) is None:
            return values._replace(W=W)
        return values._replace(W=W, b=values.b * self.lr_multiplier)
