"""Softmax over the last axis, y_c = eˣ_c / Σ eˣ.

x (…, C). With sums over the last axis, the Jacobian is diag(y) − y yᵀ, symmetric:

    J u = y (u − Σ y u)

and its derivative along tx, with ty = J tx, is a product rule in y:

    forward        y   = eˣ / Σ eˣ
    backward       dx  = J dy
    jvp            ty  = J tx
    backward_jvp   tdx = ty (dy − Σ y dy) − y Σ ty dy + J tdy

Kept: y by forward, dy by backward, ty by jvp.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.kernels.accumulate import inner, total
from scratchgan.kernels.cuda import softmax as on_device
from scratchgan.kernels.cuda.device import runner
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.types import Array, Shape, Wrt


@dataclass(frozen=True)
class Softmax(Layer):
    """Probabilities over the last axis, without overflow."""

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        if not in_shape:
            raise ValueError(
                "Softmax: in_shape: expected at least one axis, received ()"
            )
        return (), in_shape

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_input(self, x, "")
        y = softmax(x)
        return y, y

    def backward(
        self, params: tuple, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, Array]:
        return jacobian(cache, dy), (), dy

    def jvp(self, params: tuple, cache: Array, tx: Array) -> tuple[Array, Array]:
        ty = jacobian(cache, tx)
        return ty, ty

    def backward_jvp(
        self,
        params: tuple,
        cache: Array,
        dcache: Array,
        tcache: Array,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array, tuple]:
        y, dy, ty = cache, dcache, tcache
        tdx = jacobian_tangent(y, ty, dy)
        return (tdx if tdy is None else tdx + jacobian(y, tdy)), ()


def softmax(x: Array) -> Array:
    """eˣ / Σ eˣ, with the largest x taken off first: no exponential can overflow."""
    if run := runner(x):
        return on_device.forward(run, x)
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / total(e, -1, keepdims=True)


def jacobian(y: Array, u: Array) -> Array:
    """J u = y (u − Σ y u)."""
    if run := runner(y):
        return on_device.backward(run, y, u)
    return y * (u - inner(y, u, -1, keepdims=True))


def jacobian_tangent(y: Array, ty: Array, u: Array) -> Array:
    """The derivative of J u along ty: ty (u − Σ y u) − y Σ ty u."""
    if run := runner(y):
        return on_device.backward_jvp(run, y, u, ty)
    moving = inner(ty, u, -1, keepdims=True)
    return ty * (u - inner(y, u, -1, keepdims=True)) - y * moving
