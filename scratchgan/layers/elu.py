"""ELU, SELU and SmoothELU: activations with an exponential tail.

Elementwise; the five verbs are those of `activations.Smooth`, from f, f′ and f″:

    ELU         f   = x            f′  = 1            f″  = 0                x > 0
                f   = α (eˣ − 1)   f′  = α eˣ         f″  = α eˣ             x ≤ 0

    SELU        f   = λ ELU(x)     with α ≈ 1.673 and λ ≈ 1.051, for which zero mean
                                   and unit variance are a fixed point

    SmoothELU   f   = ½ log(1 + e²ˣ⁺²) − 1     f′  = s     f″  = 2 s (1 − s)

with s = σ(2x + 2). Clevert et al. 2016, eq. 15; Klambauer et al. 2017, eq. 2; Gulrajani
et al. 2017, appendix D.

f′ of ELU is continuous (for α = 1) but has a kink at 0: f″ jumps there from α to 0. A
gradient penalty differentiates f′, and the authors of WGAN-GP found that critics with
ELU did not train while those with SmoothELU did. Kept: f′ with the sign of x, which
tells f″ too; s for SmoothELU.
"""

from dataclasses import dataclass, field

import numpy as np

from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.cuda.activation import Activation
from scratchgan.kernels.sign import copysign
from scratchgan.layers.activations import Smooth, softplus_and_sigmoid
from scratchgan.types import Array

#: Klambauer et al. 2017, section 2, to float64's digits.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@dataclass(frozen=True)
class ELU(Smooth):
    """Exponential linear unit.

    Parameters
    ----------
    alpha : float
        α > 0; −α is the limit on the negative side.
    """

    alpha: float = 1.0

    @property
    def scale(self) -> float:
        """λ."""
        return 1.0

    def __post_init__(self) -> None:
        if not self.alpha > 0:
            raise ValueError(f"alpha: expected > 0, received {self.alpha}")

    @property
    def fused(self) -> Activation:
        """With its constants."""
        return Activation("ELU", self.alpha, self.scale)

    def f(self, x: Array) -> tuple[Array, Array]:
        alpha, scale = x.dtype.type(self.alpha), x.dtype.type(self.scale)
        below = np.minimum(x, 0)
        tail = alpha * np.expm1(below)  # α (eˣ − 1), and 0 above
        y = scale * (x - below + tail)
        f1 = scale * (tail + alpha + (1 - alpha) * (x > 0))
        return y, copysign(np.abs(f1), x)

    def f1(self, kept: Array) -> Array:
        return np.abs(kept)

    def f2(self, kept: Array) -> Array:
        return np.maximum(-kept, 0)


@dataclass(frozen=True)
class SELU(ELU):
    """Scaled exponential linear unit, self-normalising."""

    alpha: float = field(default=SELU_ALPHA, init=False)

    @property
    def scale(self) -> float:
        """λ."""
        return SELU_SCALE


@dataclass(frozen=True)
class SmoothELU(Smooth):
    """softplus(2x + 2)/2 − 1, an ELU with a continuous second derivative."""

    def f(self, x: Array) -> tuple[Array, Array]:
        s = 2 * wide(x) + 2  # beyond float16 where x is near its largest
        y, slope = softplus_and_sigmoid(s)
        y = y / 2 - 1
        return y.astype(x.dtype, copy=False), slope.astype(x.dtype, copy=False)

    def f1(self, kept: Array) -> Array:
        return kept  # s

    def f2(self, kept: Array) -> Array:
        return 2 * kept * (1 - kept)  # 2 s (1 − s)
