"""One layer's sweeps inside a composite, where an exact zero costs nothing.

Three equalities, each of which saves a sweep:

    J · 0 = 0        Jᵀ · 0 = 0        d/dε J(x + ε tx)ᵀ (dy + ε tdy) = Jᵀ tdy

the last where tx = 0 or dy = 0. A sweep that was saved leaves the trace `Zero()`, and
`pull_tangent` finds it there. This is how a branch without a tangent (the constant
input of a synthesis network under a path-length penalty) or without a cotangent (an
output that the loss does not read) is skipped by every composite.
"""

from typing import Any, NamedTuple

from scratchgan import tree
from scratchgan.layers.base import Layer
from scratchgan.types import Tree, Wrt


class Zero(NamedTuple):
    """The trace of a sweep that did not run, because what it carries is zero."""


def is_zero(t: Tree) -> bool:
    """Whether a tangent or cotangent has no array at all."""
    return not tree.leaves(t)


def push(layer: Layer, params: Any, cache: Any, tx: Any) -> tuple[Any, Any]:
    """`layer.jvp`, or (None, Zero()) where tx is zero."""
    return (None, Zero()) if is_zero(tx) else layer.jvp(params, cache, tx)


def pull(
    layer: Layer, params: Any, cache: Any, dy: Any, wrt: Wrt
) -> tuple[Any, Any, Any]:
    """`layer.backward`, or (None, None, Zero()) where dy is zero."""
    if is_zero(dy):
        return None, None, Zero()
    return layer.backward(params, cache, dy, wrt)


def pull_tangent(
    layer: Layer, params: Any, cache: Any, dcache: Any, tcache: Any, tdy: Any, wrt: Wrt
) -> tuple[Any, Any]:
    """`layer.backward_jvp`; its first term alone where the other is zero."""
    if isinstance(dcache, Zero) or isinstance(tcache, Zero):
        dx, dparams, _ = pull(layer, params, cache, tdy, wrt)
        return dx, dparams
    return layer.backward_jvp(params, cache, dcache, tcache, tdy, wrt)
