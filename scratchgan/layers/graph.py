"""Graph: a straight-line program of layers, with any number of inputs and outputs.

A node reads values that stand before it, and defines one more,

    vᵢ = fᵢ(v_a, v_b, …; θᵢ)        a, b, … < i

so that the chain rule runs over the list of nodes, up and down:

    forward        vᵢ  = fᵢ(…)                       in order
    backward       dv_a += Jᵢₐᵀ dvᵢ                  in reverse: a value read twice
    jvp            tvᵢ = Σₐ Jᵢₐ tv_a                 in order        collects a sum
    backward_jvp   tdv_a += d(Jᵢₐᵀ dvᵢ)              in reverse, each node's own

Params and every trace are dicts with one entry a node. What is exactly zero is skipped
(see `sweep`): a branch that carries no tangent, an output without a cotangent.

`Composite` is a layer whose verbs are those of such a program: subclasses only write it
down (`SelfAttention`, `Parallel`).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.layers.base import TRAINING, Context, Layer, require_inputs
from scratchgan.layers.sweep import pull, pull_tangent, push
from scratchgan.types import Shape, Tree, Wrt


class Node(NamedTuple):
    """``name = layer(*inputs)``.

    A layer with one input gets the value itself, and one with several their tuple.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph(Layer):
    """Straight-line composite of layers.

    Parameters
    ----------
    inputs : tuple of str
        Names of the inputs; with several, x is their tuple.
    nodes : tuple of Node
        In an order in which every node stands behind what it reads.
    outputs : tuple of str
        Names of the values to return; with several, y is their tuple.
    """

    inputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]

    def __post_init__(self) -> None:
        known = set(self.inputs)
        for node in self.nodes:
            for name in node.inputs:
                if name not in known:
                    raise ValueError(
                        f"nodes: {node.name!r} reads {name!r}, which is no input and "
                        "no earlier node"
                    )
            if node.name in known:
                raise ValueError(f"nodes: {node.name!r} is defined twice")
            known.add(node.name)
        for name in self.outputs:
            if name not in known:
                raise ValueError(f"outputs: {name!r} is defined by no node")

    @property
    def couples_batch(self) -> bool:
        return any(node.layer.couples_batch for node in self.nodes)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[dict, Shape]:
        shapes = self._bound(in_shape)
        params = {}
        for node in self.nodes:
            params[node.name], shapes[node.name] = node.layer.init(
                rng, _read(shapes, node.inputs)
            )
        return params, _read(shapes, self.outputs)

    def forward(
        self, params: dict, x: Any, ctx: Context = TRAINING
    ) -> tuple[Any, dict]:
        values, cache = self._bound(x), {}
        for name, layer, inputs in self.nodes:
            values[name], cache[name] = layer.forward(
                params[name], _read(values, inputs), ctx.at(name)
            )
        return _read(values, self.outputs), cache

    def backward(
        self, params: dict, cache: dict, dy: Any, wrt: Wrt = "all"
    ) -> tuple[Any, dict | None, dict]:
        cotangents: dict[str, Any] = {}
        _collect(cotangents, self.outputs, dy)
        asked = self._asked(params, wrt)
        dparams: dict = dict.fromkeys(params)
        dcache: dict = dict.fromkeys(params)
        for name, layer, inputs in reversed(self.nodes):
            d, dparams[name], dcache[name] = pull(
                layer, params[name], cache[name], cotangents.get(name), asked[name]
            )
            _collect(cotangents, inputs, d)
        return self._results(cotangents, dparams, wrt, dcache)

    def jvp(self, params: dict, cache: dict, tx: Any) -> tuple[Any, dict]:
        tangents, tcache = self._bound(tx), {}
        for name, layer, inputs in self.nodes:
            tangents[name], tcache[name] = push(
                layer, params[name], cache[name], _read(tangents, inputs)
            )
        return _read(tangents, self.outputs), tcache

    def backward_jvp(
        self,
        params: dict,
        cache: dict,
        dcache: dict,
        tcache: dict,
        tdy: Any = None,
        wrt: Wrt = "all",
    ) -> tuple[Any, dict | None]:
        cotangents: dict[str, Any] = {}
        _collect(cotangents, self.outputs, tdy)
        asked = self._asked(params, wrt)
        tdparams: dict = dict.fromkeys(params)
        for name, layer, inputs in reversed(self.nodes):
            td, tdparams[name] = pull_tangent(
                layer, params[name], cache[name], dcache[name], tcache[name],
                cotangents.get(name), asked[name],
            )  # fmt: skip
            _collect(cotangents, inputs, td)
        return self._results(cotangents, tdparams, wrt)

    def advance(self, params: dict, cache: dict) -> dict:
        return {
            name: layer.advance(params[name], cache[name])
            for name, layer, _ in self.nodes
        }

    def _bound(self, x: Any) -> dict[str, Any]:
        """Values (shapes, tangents) of the inputs, by name."""
        if x is None:
            return dict.fromkeys(self.inputs)
        if len(self.inputs) == 1:
            return {self.inputs[0]: x}
        require_inputs(self, x, len(self.inputs), ", ".join(self.inputs))
        return dict(zip(self.inputs, x, strict=True))

    def _asked(self, params: dict, wrt: Wrt) -> dict[str, Wrt]:
        """What each node is asked for: input gradients only where they lead to θ."""
        asked: dict[str, Wrt] = {}
        learned: set[str] = set()  # values that depend on parameters
        for name, _, inputs in self.nodes:
            below = bool(learned.intersection(inputs))
            asked[name] = "all" if wrt == "params" and below else wrt
            if below or tree.leaves(tree.learned(params[name])):
                learned.add(name)
        return asked

    def _results(self, cotangents: dict, dparams: dict, wrt: Wrt, *more: Any) -> Any:
        dx = None if wrt == "params" else _read(cotangents, self.inputs)
        return (dx, None if wrt == "inputs" else dparams, *more)


def _read(values: dict, names: tuple[str, ...]) -> Any:
    """One value, or the tuple of several; None for what is missing."""
    if len(names) == 1:
        return values.get(names[0])
    return tuple(values.get(name) for name in names)


def _collect(into: dict, names: tuple[str, ...], parts: Tree) -> None:
    """Add each part to what `into` has under its name; None adds nothing."""
    if parts is None:
        return
    for name, part in zip(names, (parts,) if len(names) == 1 else parts, strict=True):
        into[name] = tree.add(into.get(name), part)


class Composite(Layer):
    """A layer that is written as a `Graph`."""

    @property
    def graph(self) -> Graph:
        """The straight-line program that this layer stands for."""
        raise NotImplementedError

    @property
    def couples_batch(self) -> bool:
        return self.graph.couples_batch

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[Any, Shape]:
        return self.graph.init(rng, in_shape)

    def forward(self, params: Any, x: Any, ctx: Context = TRAINING) -> tuple[Any, Any]:
        return self.graph.forward(params, x, ctx)

    def backward(
        self, params: Any, cache: Any, dy: Any, wrt: Wrt = "all"
    ) -> tuple[Any, Any, Any]:
        return self.graph.backward(params, cache, dy, wrt)

    def jvp(self, params: Any, cache: Any, tx: Any) -> tuple[Any, Any]:
        return self.graph.jvp(params, cache, tx)

    def backward_jvp(
        self,
        params: Any,
        cache: Any,
        dcache: Any,
        tcache: Any,
        tdy: Any = None,
        wrt: Wrt = "all",
    ) -> tuple[Any, Any]:
        return self.graph.backward_jvp(params, cache, dcache, tcache, tdy, wrt)

    def advance(self, params: Any, cache: Any) -> Any:
        return self.graph.advance(params, cache)
