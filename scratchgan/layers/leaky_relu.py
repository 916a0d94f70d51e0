"""LeakyReLU and ReLU, piecewise linear and elementwise on any shape.

With the slope s(x) = 1 where x ≥ 0 and α elsewhere,

    forward        y   = s x                f = f′ · x
    backward       dx  = s dy
    jvp            ty  = s tx
    backward_jvp   tdx = s tdy              f″ is 0 almost everywhere

so that a critic without smooth layers pays nothing for second derivatives: tdy = None
gives tdx = None. Kept: s alone, as an array; it serves all four sweeps.

At x = 0, where f′ does not exist, the slope is 1 (α at −0.0).
"""

from dataclasses import dataclass, field

import numpy as np

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
        # ±(1 − α)/2 + (1 + α)/2 with the sign of x: 7 to 10 times faster than np.where
        slope = copysign(x.dtype.type((1 - self.alpha) / 2), x)
        slope += x.dtype.type((1 + self.alpha) / 2)
        return slope * x, slope

    def backward(
        self, params: tuple, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, None]:
        return cache * dy, (), None

    def jvp(self, params: tuple, cache: Array, tx: Array) -> tuple[Array, None]:
        return cache * tx, None

    def backward_jvp(
        self,
        params: tuple,
        cache: Array,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, tuple]:
        return (None if tdy is None else cache * tdy), ()


@dataclass(frozen=True)
class ReLU(LeakyReLU):
    """y = max(x, 0)."""

    alpha: float = field(default=0.0, init=False)
