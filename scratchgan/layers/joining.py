"""Concatenate, Add and Parallel: branches that part and meet.

Concatenate and Add are linear in the tuple of their inputs x₁ … xₖ:

    Concatenate    y   = [x₁, …, xₖ]        dxᵢ = the i-th run of dy's channels
    Add            y   = Σᵢ xᵢ              dxᵢ = dy

jvp applies the same map to the tangents, backward_jvp the same adjoint to tdy; there is
no second derivative. Parallel gives one input to several branches and returns the tuple
of what they make,

    Parallel       yᵢ  = fᵢ(x)              dx  = Σᵢ Jᵢᵀ dyᵢ

by way of a `Graph`. Kept: the numbers of channels, for Concatenate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.layers.base import TRAINING, Context, Layer
from scratchgan.layers.graph import Composite, Graph, Node
from scratchgan.types import Array, Shape, Wrt


@dataclass(frozen=True)
class Concatenate(Layer):
    """Inputs (N, …, Cᵢ) of one shape but for the channels, to (N, …, Σ Cᵢ)."""

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        shapes = _shapes(self, in_shape)
        _require_alike(self, in_shape, [shape[:-1] for shape in shapes])
        return (), (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def forward(
        self, params: tuple, x: tuple, ctx: Context = TRAINING
    ) -> tuple[Array, Shape]:
        y = np.concatenate(x, axis=-1)
        return y, tuple(part.shape[-1] for part in x)

    def backward(
        self, params: tuple, cache: Shape, dy: Array, wrt: Wrt = "all"
    ) -> tuple[tuple, tuple, None]:
        ends = tuple(accumulate(cache[:-1]))
        return tuple(np.split(dy, ends, axis=-1)), (), None

    def jvp(self, params: tuple, cache: Shape, tx: tuple) -> tuple[Array, None]:
        like = next(t for t in tx if t is not None)
        parts = [
            np.zeros_like(like, shape=(*like.shape[:-1], width)) if t is None else t
            for t, width in zip(tx, cache, strict=True)
        ]
        return np.concatenate(parts, axis=-1), None

    def backward_jvp(
        self,
        params: tuple,
        cache: Shape,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[tuple | None, tuple]:
        return (None if tdy is None else self.backward(params, cache, tdy)[0]), ()


@dataclass(frozen=True)
class Add(Layer):
    """Sum of inputs of one shape."""

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        shapes = _shapes(self, in_shape)
        _require_alike(self, in_shape, shapes)
        return (), shapes[0]

    def forward(
        self, params: tuple, x: tuple, ctx: Context = TRAINING
    ) -> tuple[Array, int]:
        return _sum(x), len(x)

    def backward(
        self, params: tuple, cache: int, dy: Array, wrt: Wrt = "all"
    ) -> tuple[tuple, tuple, None]:
        return (dy,) * cache, (), None

    def jvp(self, params: tuple, cache: int, tx: tuple) -> tuple[Array, None]:
        return _sum(tx), None

    def backward_jvp(
        self,
        params: tuple,
        cache: int,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[tuple | None, tuple]:
        return (None if tdy is None else (tdy,) * cache), ()


@dataclass(frozen=True)
class Parallel(Composite):
    """Branches of one input; the output is the tuple of theirs.

    Parameters
    ----------
    branches : iterable of Layer
        At least two.
    """

    branches: Iterable[Layer]

    def __post_init__(self) -> None:
        object.__setattr__(self, "branches", tuple(self.branches))
        if len(tuple(self.branches)) < 2:
            raise ValueError("branches: expected at least two layers")

    @property
    def graph(self) -> Graph:
        """One node a branch."""
        nodes = tuple(Node(str(i), f, ("x",)) for i, f in enumerate(self.branches))
        return Graph(("x",), nodes, tuple(node.name for node in nodes))


def _sum(parts: tuple) -> Any:
    total = None
    for part in parts:
        total = tree.add(total, part)
    return total


def _shapes(layer: Layer, in_shape: Any) -> tuple[Shape, ...]:
    if not in_shape or any(not isinstance(shape, tuple) for shape in in_shape):
        raise ValueError(
            f"{type(layer).__name__}: in_shape: expected a tuple of shapes, "
            f"received {in_shape}"
        )
    return tuple(in_shape)


def _require_alike(layer: Layer, in_shape: Any, shapes: Any) -> None:
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError(
            f"{type(layer).__name__}: in_shape: expected inputs of one shape, "
            f"received {in_shape}"
        )
