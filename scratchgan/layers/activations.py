"""Smooth activations, y = f(x), elementwise on any shape.

The Jacobian is diagonal, so that J = Jᵀ = diag f′(x), and the product rule gives the
derivative of backward:

    forward        y   = f(x)
    backward       dx  = f′(x) dy
    jvp            ty  = f′(x) tx
    backward_jvp   tdx = f″(x) tx dy + f′(x) tdy

`Smooth` holds these four lines once. An activation gives f, f′ and f″, the last two
from the one array that forward keeps: the output, or the sigmoid, whichever gives both.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.types import Array, Shape, Wrt


class Smooth(Layer):
    """The five verbs of an elementwise function that is twice differentiable."""

    def f(self, x: Array) -> tuple[Array, Array]:
        """Return f(x), and the array `kept` from which f′ and f″ are computed."""
        raise NotImplementedError

    def f1(self, kept: Array) -> Array:
        """Return f′(x)."""
        raise NotImplementedError

    def f2(self, kept: Array) -> Array:
        """Return f″(x)."""
        raise NotImplementedError

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), in_shape

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_input(self, x, "")
        return self.f(x)

    def backward(
        self, params: tuple, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, Array]:
        return self.f1(cache) * dy, (), dy

    def jvp(self, params: tuple, cache: Array, tx: Array) -> tuple[Array, Array]:
        return self.f1(cache) * tx, tx

    def backward_jvp(
        self,
        params: tuple,
        cache: Array,
        dcache: Array,
        tcache: Array,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array, tuple]:
        dy, tx = dcache, tcache
        tdx = self.f2(cache) * tx * dy
        if tdy is not None:
            tdx += self.f1(cache) * tdy
        return tdx, ()


@dataclass(frozen=True)
class Tanh(Smooth):
    """Hyperbolic tangent, y = tanh x, onto (−1, 1)."""

    def f(self, x: Array) -> tuple[Array, Array]:
        y = np.tanh(x)
        return y, y

    def f1(self, kept: Array) -> Array:
        return 1 - kept * kept  # 1 − y²

    def f2(self, kept: Array) -> Array:
        return -2 * kept * (1 - kept * kept)  # −2 y f′


@dataclass(frozen=True)
class Sigmoid(Smooth):
    """Logistic function, y = 1 / (1 + e⁻ˣ), onto (0, 1), without overflow."""

    def f(self, x: Array) -> tuple[Array, Array]:
        y = sigmoid(x)
        return y, y

    def f1(self, kept: Array) -> Array:
        return kept * (1 - kept)  # y (1 − y)

    def f2(self, kept: Array) -> Array:
        return kept * (1 - kept) * (1 - 2 * kept)  # f′ (1 − 2y)


@dataclass(frozen=True)
class Softplus(Smooth):
    """Smooth ReLU, y = log(1 + eˣ), without overflow; f′ is the sigmoid s."""

    def f(self, x: Array) -> tuple[Array, Array]:
        return softplus_and_sigmoid(x)

    def f1(self, kept: Array) -> Array:
        return kept  # s

    def f2(self, kept: Array) -> Array:
        return kept * (1 - kept)  # s (1 − s)


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ), right to all digits on both sides.

    Below the lowest argument it stays at the least normal number, so that the
    exponential cannot overflow.
    """
    e = np.minimum(-x, -lowest(x.dtype), dtype=x.dtype)
    np.exp(e, out=e)
    e += 1
    return np.reciprocal(e, out=e)


def lowest(dtype: Any) -> float:
    """The logarithm of the least normal number."""
    return -math.log(2) * (np.finfo(dtype).maxexp - 1)


def softplus(x: Array) -> Array:
    """log(1 + eˣ) as max(x, 0) + log(1 + e^−|x|): no exponential can overflow."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def softplus_and_sigmoid(x: Array) -> tuple[Array, Array]:
    """Both from one exponential e = e^−|x|: the sigmoid is max(e, x ≥ 0) / (1 + e)."""
    e = np.abs(x, out=np.empty_like(x))
    np.exp(np.negative(e, out=e), out=e)
    y = np.log1p(e)
    y += np.maximum(x, 0)
    s = np.maximum(e, x >= 0, dtype=x.dtype)
    e += 1
    s /= e
    return y, s
