"""A layer that does what another does, and writes down how long that took."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scratchgan.layers import EachFrame, Graph, Layer, Residual, Sequential
from scratchgan.layers.base import TRAINING, Context
from scratchgan.layers.graph import Node
from scratchgan.profiling.cost import backward_jvp_units, backward_units, unit
from scratchgan.profiling.record import Key, Record
from scratchgan.types import Shape, Wrt


@dataclass(frozen=True)
class Timed(Layer):
    """The five verbs of `layer`, timed.

    Parameters
    ----------
    layer : Layer
        Who computes.
    player, path : str
        Where it stands.
    record : Record
        Where to write.
    """

    layer: Layer
    player: str
    path: str
    record: Record

    @property
    def couples_batch(self) -> bool:
        return self.layer.couples_batch

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[Any, Shape]:
        return self.layer.init(rng, in_shape)

    def advance(self, params: Any, cache: Any) -> Any:
        """Of the layer, with its own part of the cache."""
        return self.layer.advance(params, cache[0])

    def forward(self, params: Any, x: Any, ctx: Context = TRAINING) -> tuple[Any, Any]:
        (y, cache), seconds = timed(lambda: self.layer.forward(params, x, ctx))
        flop = unit(self.layer, params, _shape(x), _shape(y))
        self._write("forward", seconds, flop, cache)
        each = flop / max(1, _shape(x)[0])
        return y, (cache, each)

    def backward(
        self, params: Any, cache: Any, dy: Any, wrt: Wrt = "all"
    ) -> tuple[Any, Any, Any]:
        inner, each = cache
        found, seconds = timed(lambda: self.layer.backward(params, inner, dy, wrt))
        flop = backward_units(wrt) * each * _shape(dy)[0]
        self._write("backward", seconds, flop, found[2])
        return found

    def jvp(self, params: Any, cache: Any, tx: Any) -> tuple[Any, Any]:
        inner, each = cache
        found, seconds = timed(lambda: self.layer.jvp(params, inner, tx))
        self._write("jvp", seconds, each * _shape(tx)[0], found[1])
        return found

    def backward_jvp(
        self,
        params: Any,
        cache: Any,
        dcache: Any,
        tcache: Any,
        tdy: Any = None,
        wrt: Wrt = "all",
    ) -> tuple[Any, Any]:
        inner, each = cache
        found, seconds = timed(
            lambda: self.layer.backward_jvp(params, inner, dcache, tcache, tdy, wrt)
        )
        samples = _samples((tdy, dcache, tcache))
        flop = backward_jvp_units(wrt, tdy is not None) * each * samples
        self._write("backward_jvp", seconds, flop, None)
        return found

    def _write(self, sweep: str, seconds: float, flop: float, trace: Any) -> None:
        key = Key(self.player, self.path, type(self.layer).__name__, sweep)
        self.record.add(key, seconds, flop, trace)


def instrument(layer: Layer, player: str, record: Record, path: str = "") -> Layer:
    """`layer` with every part of its composites timed.

    A layer that is written as a graph of its own (`Composite`) counts as one.
    """

    def part(name: Any, inside: Layer) -> Layer:
        below = f"{path}.{name}" if path else str(name)
        return instrument(inside, player, record, below)

    if isinstance(layer, Sequential):
        return Sequential([part(i, each) for i, each in enumerate(layer.layers)])
    if isinstance(layer, Residual):
        shortcut = layer.shortcut
        if shortcut is not None:
            shortcut = part("shortcut", shortcut)
        return replace(layer, body=part("body", layer.body), shortcut=shortcut)
    if isinstance(layer, EachFrame):
        return EachFrame(part("frame", layer.layer))
    if isinstance(layer, Graph):
        nodes = [Node(n.name, part(n.name, n.layer), n.inputs) for n in layer.nodes]
        return replace(layer, nodes=tuple(nodes))
    return Timed(layer, player, path, record)


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What it returns, and how many seconds it took."""
    start = time.perf_counter()
    found = call()
    return found, time.perf_counter() - start


def _shape(x: Any) -> Shape:
    """Of an array, or of the first of several that is not None."""
    if isinstance(x, tuple | list):
        return next(_shape(each) for each in x if each is not None)
    return tuple(x.shape)


def _samples(traces: Any) -> int:
    """Batch size, from the first array below that has one."""
    for each in traces:
        if isinstance(each, tuple | list):
            if found := _samples(each):
                return found
        elif getattr(each, "ndim", 0) > 0:
            return len(each)
    return 0
