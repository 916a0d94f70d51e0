"""Sequential, f = fₙ ∘ … ∘ f₁: four sweeps, up, down, up, down.

By the chain rule J = Jₙ … J₁, so that jvp runs the layers forward and backward runs
them in reverse. The derivative of Jᵀ dy = J₁ᵀ … Jₙᵀ dy is each layer's own
`backward_jvp`, the tangent tdy of one layer's cotangent being the tdx of the next.

Params and every trace are lists with one entry a layer. A zero tangent costs nothing:
None flows through (see `sweep`). Where no input gradient is wanted
(``wrt="params"``), the sweep stops at the first layer that has something to learn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.layers.base import TRAINING, Context, Layer
from scratchgan.layers.sweep import pull, pull_tangent, push
from scratchgan.types import Shape, Wrt


@dataclass(frozen=True)
class Sequential(Layer):
    """Layers one after the other.

    Parameters
    ----------
    layers : iterable of Layer
        In the order of `forward`.
    """

    layers: Iterable[Layer]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        for i, layer in enumerate(self.layers):
            if not isinstance(layer, Layer):
                raise TypeError(
                    f"layers[{i}]: expected a Layer, received {type(layer).__name__}"
                )

    @property
    def couples_batch(self) -> bool:
        return any(layer.couples_batch for layer in self.layers)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[list, Shape]:
        params, shape = [], in_shape
        for layer in self.layers:
            p, shape = layer.init(rng, shape)
            params.append(p)
        return params, shape

    def forward(
        self, params: list, x: Any, ctx: Context = TRAINING
    ) -> tuple[Any, list]:
        cache = []
        for i, (layer, p) in enumerate(zip(self.layers, params, strict=True)):
            x, c = layer.forward(p, x, ctx.at(i))
            cache.append(c)
        return x, cache

    def backward(
        self, params: list, cache: list, dy: Any, wrt: Wrt = "all"
    ) -> tuple[Any, list | None, list]:
        traces = list(zip(self.layers, params, cache, strict=True))
        dparams: list = [None] * len(traces)
        dcache: list = [None] * len(traces)
        first = _first_needed(params, wrt)
        for i in reversed(range(first, len(traces))):
            layer, p, c = traces[i]
            asked = "all" if wrt == "params" and i > first else wrt
            dy, dparams[i], dcache[i] = pull(layer, p, c, dy, asked)
        dx = None if wrt == "params" else dy
        return dx, (None if wrt == "inputs" else dparams), dcache

    def jvp(self, params: list, cache: list, tx: Any) -> tuple[Any, list]:
        tcache = []
        for layer, p, c in zip(self.layers, params, cache, strict=True):
            tx, tc = push(layer, p, c, tx)
            tcache.append(tc)
        return tx, tcache

    def backward_jvp(
        self,
        params: list,
        cache: list,
        dcache: list,
        tcache: list,
        tdy: Any = None,
        wrt: Wrt = "all",
    ) -> tuple[Any, list | None]:
        traces = list(zip(self.layers, params, cache, dcache, tcache, strict=True))
        tdparams: list = [None] * len(traces)
        first = _first_needed(params, wrt)
        for i in reversed(range(first, len(traces))):
            layer, p, c, dc, tc = traces[i]
            asked = "all" if wrt == "params" and i > first else wrt
            tdy, tdparams[i] = pull_tangent(layer, p, c, dc, tc, tdy, asked)
        tdx = None if wrt == "params" else tdy
        return tdx, (None if wrt == "inputs" else tdparams)

    def advance(self, params: list, cache: list) -> list:
        return [
            layer.advance(p, c)
            for layer, p, c in zip(self.layers, params, cache, strict=True)
        ]


def _first_needed(params: list, wrt: Wrt) -> int:
    """Index of the lowest layer that a downward sweep has to reach."""
    if wrt != "params":
        return 0
    learning = (i for i, p in enumerate(params) if tree.leaves(tree.learned(p)))
    return next(learning, len(params))
