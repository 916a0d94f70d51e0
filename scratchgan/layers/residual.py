"""Residual, y = S(x) + α B(x): a body and a shortcut (He et al. 2016, eq. 1).

With J the body's and K the shortcut's Jacobian; the identity shortcut has K = 1:

    forward        y   = S(x) + α B(x)
    backward       dx  = Kᵀ dy + Jᵀ (α dy)
    jvp            ty  = K tx + α J tx
    backward_jvp   tdx = d(Kᵀ dy) + d(Jᵀ α dy)      each branch's own backward_jvp

Params and traces are `Branches` (shortcut, body), () and None for the identity.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.layers.base import TRAINING, Context, Layer
from scratchgan.types import Shape, Wrt


class Branches(NamedTuple):
    """One entry for each branch."""

    shortcut: Any
    body: Any


@dataclass(frozen=True)
class Residual(Layer):
    """Sum of a shortcut and a scaled body.

    Parameters
    ----------
    body : Layer
        B.
    shortcut : Layer, optional
        S; the identity when left out.
    scale : float
        α, for example 0.3 in the WGAN-GP language model.
    """

    body: Layer
    shortcut: Layer | None = None
    scale: float = 1.0

    @property
    def couples_batch(self) -> bool:
        shortcut = self.shortcut is not None and self.shortcut.couples_batch
        return shortcut or self.body.couples_batch

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[Branches, Shape]:
        shortcut, shape = (), in_shape
        if self.shortcut is not None:
            shortcut, shape = self.shortcut.init(rng, in_shape)
        body, out_shape = self.body.init(rng, in_shape)
        if shape != out_shape:
            raise ValueError(
                f"Residual: body: expected the shortcut's output shape {shape}, "
                f"received {out_shape}"
            )
        return Branches(shortcut, body), out_shape

    def forward(
        self, params: Branches, x: Any, ctx: Context = TRAINING
    ) -> tuple[Any, Branches]:
        y, body = self.body.forward(params.body, x, ctx.at("body"))
        if self.shortcut is None:
            return x + self._scaled(y), Branches(None, body)
        along, shortcut = self.shortcut.forward(params.shortcut, x, ctx.at("shortcut"))
        return along + self._scaled(y), Branches(shortcut, body)

    def backward(
        self, params: Branches, cache: Branches, dy: Any, wrt: Wrt = "all"
    ) -> tuple[Any, Branches | None, Branches]:
        dx, dbody, body = self.body.backward(
            params.body, cache.body, self._scaled(dy), wrt
        )
        along, dshortcut, shortcut = dy, (), None
        if self.shortcut is not None:
            along, dshortcut, shortcut = self.shortcut.backward(
                params.shortcut, cache.shortcut, dy, wrt
            )
        dx = None if wrt == "params" else along + dx
        dparams = None if wrt == "inputs" else Branches(dshortcut, dbody)
        return dx, dparams, Branches(shortcut, body)

    def jvp(self, params: Branches, cache: Branches, tx: Any) -> tuple[Any, Branches]:
        ty, body = self.body.jvp(params.body, cache.body, tx)
        along, shortcut = tx, None
        if self.shortcut is not None:
            along, shortcut = self.shortcut.jvp(params.shortcut, cache.shortcut, tx)
        return along + self._scaled(ty), Branches(shortcut, body)

    def backward_jvp(
        self,
        params: Branches,
        cache: Branches,
        dcache: Branches,
        tcache: Branches,
        tdy: Any = None,
        wrt: Wrt = "all",
    ) -> tuple[Any, Branches | None]:
        below = None if tdy is None else self._scaled(tdy)
        tdx, tdbody = self.body.backward_jvp(
            params.body, cache.body, dcache.body, tcache.body, below, wrt
        )
        along, tdshortcut = tdy, ()
        if self.shortcut is not None:
            along, tdshortcut = self.shortcut.backward_jvp(
                params.shortcut,
                cache.shortcut,
                dcache.shortcut,
                tcache.shortcut,
                tdy,
                wrt,
            )
        tdx = None if wrt == "params" else tree.add(along, tdx)
        return tdx, (None if wrt == "inputs" else Branches(tdshortcut, tdbody))

    def advance(self, params: Branches, cache: Branches) -> Branches:
        shortcut = params.shortcut
        if self.shortcut is not None:
            shortcut = self.shortcut.advance(shortcut, cache.shortcut)
        return Branches(shortcut, self.body.advance(params.body, cache.body))

    def _scaled(self, y: Any) -> Any:
        return y if self.scale == 1 else self.scale * y
