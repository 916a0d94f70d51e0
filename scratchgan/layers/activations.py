"""Smooth activations, y = f(x), elementwise on any shape.

The Jacobian is diagonal, so that J = Jᵀ = diag f′(x), and the product rule gives the
derivative of backward:

    forward        y   = f(x)
    backward       dx  = f′(x) dy
    jvp            ty  = f′(x) tx
    backward_jvp   tdx = f″(x) tx dy + f′(x) tdy

`Smooth` holds these four lines once. An activation gives f, f′ and f″, the last two
from the one array that forward keeps: the output, or the sigmoid, whichever gives both.
On a device with kernels x itself is kept, and `fused` names the function to them.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchgan.kernels.cuda import activation
from scratchgan.kernels.cuda.activation import Activation
from scratchgan.kernels.cuda.device import runner
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

    @property
    def fused(self) -> Activation | None:
        """F as the kernels of a device know it, or None if they do not."""
        name = type(self).__name__
        return Activation(name) if name in activation.KINDS else None

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), in_shape

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_input(self, x, "")
        if (run := runner(x)) and self.fused:
            return activation.forward(run, x, None, self.fused)
        return self.f(x)

    def backward(
        self, params: tuple, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, Array]:
        return self._slope_times(cache, dy), (), dy

    def jvp(self, params: tuple, cache: Array, tx: Array) -> tuple[Array, Array]:
        return self._slope_times(cache, tx), tx

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
        if (run := runner(cache)) and self.fused:
            return activation.backward_jvp(run, cache, dy, tx, tdy, self.fused), ()
        tdx = self.f2(cache) * tx * dy
        if tdy is not None:
            tdx += self.f1(cache) * tdy
        return tdx, ()

    def _slope_times(self, cache: Array, u: Array) -> Array:
        """f′(x) u."""
        if (run := runner(cache)) and self.fused:
            return activation.backward(run, cache, u, self.fused)
        return self.f1(cache) * u


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
