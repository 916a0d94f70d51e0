"""SiLU and GELU: x times a sigmoid-like gate.

Elementwise; the five verbs are those of `activations.Smooth`, from f, f′ and f″:

    SiLU   f   = x s               f′  = s (1 + x (1 − s))
           f″  = s (1 − s) (2 + x (1 − 2 s))

    GELU   f   = x Φ               f′  = Φ + x φ            f″  = φ (2 − x²)

with s = σ(x), φ the normal density and Φ = ½ erfc(−x/√2) its integral. GELU's usual
approximation replaces Φ by a tanh, with c = √(2/π), a = 0.044715:

    u   = c (x + a x³)             u′  = c (1 + 3 a x²)     u″  = 6 a c x
    t   = tanh(u)
    f   = ½ x (1 + t)              f′  = ½ (1 + t) + ½ x (1 − t²) u′
    f″  = (1 − t²) (u′ + x (½ u″ − t u′²))

Elfwing et al. 2018, eq. 2; Hendrycks and Gimpel 2016, section 2. Kept: x. float16 is
computed in float32, where x³ does not overflow.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.cuda.activation import Activation
from scratchgan.kernels.erf import erfc
from scratchgan.layers.activations import Smooth, lowest, sigmoid
from scratchgan.types import Array


@dataclass(frozen=True)
class SiLU(Smooth):
    """x σ(x), also called swish."""

    def f(self, x: Array) -> tuple[Array, Array]:
        # below the lowest number that the sigmoid tells apart, x s would grow again
        inside = np.maximum(wide(x), lowest(wide(x).dtype))
        y = inside * sigmoid(inside)
        return y.astype(x.dtype, copy=False), inside.astype(x.dtype, copy=False)

    def f1(self, kept: Array) -> Array:
        s = sigmoid(kept)
        return s * (1 + kept * (1 - s))

    def f2(self, kept: Array) -> Array:
        s = sigmoid(kept)
        return s * (1 - s) * (2 + kept * (1 - 2 * s))


@dataclass(frozen=True)
class GELU(Smooth):
    """x Φ(x), Φ the normal distribution function.

    Parameters
    ----------
    approximate : {"none", "tanh"}
        The error function, or the approximation by a tanh.
    """

    approximate: Literal["none", "tanh"] = "none"

    def __post_init__(self) -> None:
        if self.approximate not in ("none", "tanh"):
            raise ValueError(
                f"approximate: expected 'none' or 'tanh', received {self.approximate!r}"
            )

    @property
    def fused(self) -> Activation:
        """One of two."""
        return Activation("GELU" if self.approximate == "none" else "TanhGELU")

    def f(self, x: Array) -> tuple[Array, Array]:
        gate = _Phi(wide(x)) if self.approximate == "none" else _gate(wide(x))
        return x * gate.astype(x.dtype, copy=False), x

    def f1(self, kept: Array) -> Array:
        x = wide(kept)
        if self.approximate == "none":
            return (_Phi(x) + x * _phi(x)).astype(kept.dtype, copy=False)
        u1, slope = _u1(x), x * _tanh1(x) / 2
        return (_gate(x) + slope * u1).astype(kept.dtype, copy=False)

    def f2(self, kept: Array) -> Array:
        x = wide(kept)
        if self.approximate == "none":
            return (_phi(x) * (2 - x * x)).astype(kept.dtype, copy=False)
        u1, u2 = _u1(x), 6 * A * C * x
        f2 = _tanh1(x) * (u1 + x * (u2 / 2 - np.tanh(_u(x)) * u1 * u1))
        return f2.astype(kept.dtype, copy=False)


A, C = 0.044715, math.sqrt(2 / math.pi)


def _phi(x: Array) -> Array:
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _Phi(x: Array) -> Array:  # noqa: N802
    return erfc(-x / math.sqrt(2)) / 2  # 1 + erf would lose the left tail


def _u(x: Array) -> Array:
    return C * (x + A * x * x * x)


def _u1(x: Array) -> Array:
    return C * (1 + 3 * A * x * x)


def _gate(x: Array) -> Array:
    return (1 + np.tanh(_u(x))) / 2


def _tanh1(x: Array) -> Array:
    return 1 - np.tanh(_u(x)) ** 2
