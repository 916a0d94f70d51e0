"""LeakyReLU and ReLU, piecewise linear and elementwise on any shape.

With the slope s(x) = 1 where x ≥ 0 and α elsewhere,

    forward        y   = s x                f = f′ · x
    backward       dx  = s dy
    jvp            ty  = s tx
    backward_jvp   tdx = s tdy              f″ is 0 almost everywhere

so that a critic without smooth layers pays nothing for second derivatives: tdy = None
gives tdx = None. Kept: s alone, as an array; it serves all four sweeps.

At x = 0, where f′ does not exist, the slope is 1 (α at −0.0). On a device with kernels
x is kept in its place: s costs as much to read there as to find out.
"""

from dataclasses import dataclass, field

import numpy as np

from scratchgan.kernels.cuda import activation
from scratchgan.kernels.cuda.activation import Activation
from scratchgan.kernels.cuda.device import runner
from scratchgan.kernels.sign import copysign
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.types import Array, Shape, Wrt


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """y = max(x, αx) for a slope 0 ≤ α < 1 on the negative side.

    Parameters
    ----------
    alpha : float
        Slope for negative inputs; 0 gives the ReLU.
    """

    alpha: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.alpha < 1:
            raise ValueError(f"alpha: expected 0 <= alpha < 1, received {self.alpha}")

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), in_shape

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_input(self, x, "")
        if run := runner(x):
            return activation.forward(run, x, None, self._fused)
        # ±(1 − α)/2 + (1 + α)/2 with the sign of x: 7 to 10 times faster than np.where
        slope = copysign(x.dtype.type((1 - self.alpha) / 2), x)
        slope += x.dtype.type((1 + self.alpha) / 2)
        return slope * x, slope

    def backward(
        self, params: tuple, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, None]:
        return self._slope_times(cache, dy), (), None

    def jvp(self, params: tuple, cache: Array, tx: Array) -> tuple[Array, None]:
        return self._slope_times(cache, tx), None

    def backward_jvp(
        self,
        params: tuple,
        cache: Array,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, tuple]:
        return (None if tdy is None else self._slope_times(cache, tdy)), ()

    @property
    def _fused(self) -> Activation:
        return Activation("LeakyReLU", self.alpha)

    def _slope_times(self, cache: Array, u: Array) -> Array:
        """S u."""
        if run := runner(cache):
            return activation.backward(run, cache, u, self._fused)
        return cache * u


@dataclass(frozen=True)
class ReLU(LeakyReLU):
    """y = max(x, 0)."""

    alpha: float = field(default=0.0, init=False)
