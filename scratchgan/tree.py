"""Trees of arrays: parameters, gradients, caches.

A tree is a dict, list, tuple or named tuple of trees, an array (a leaf), or ``None``.
``None`` is an exact zero: it may stand for one leaf or for a whole subtree.

Arrays that travel with the parameters but are not learned (running statistics, power
iteration vectors) sit below a `State` node. Their gradient is ``None``, and
`map_learned` passes them through unchanged.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from scratchgan.types import Array, Tree


class State(dict[str, Any]):
    """A node whose arrays are carried along but not learned."""


def children(tree: Tree) -> list[tuple[str, Tree]] | None:
    """Names and subtrees of a node, or ``None`` for a leaf."""
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return list(zip(tree._fields, tree, strict=True))
    if isinstance(tree, list | tuple):
        return [(str(i), child) for i, child in enumerate(tree)]
    return None


def _like(node: Tree, values: list[Tree]) -> Tree:
    """A node of the same kind as `node` with other subtrees."""
    if isinstance(node, dict):
        return type(node)(zip(node, values, strict=True))
    if hasattr(node, "_fields"):
        return type(node)(*values)
    return type(node)(values)


def _map(f: Callable[..., Any], learned: bool, tree: Tree, others: tuple) -> Tree:
    if tree is None or (learned and isinstance(tree, State)):
        return tree
    nodes = children(tree)
    if nodes is None:
        return f(tree, *others)
    below = [_below(other, tree, len(nodes)) for other in others]
    values = [
        _map(f, learned, child, tuple(other[i] for other in below))
        for i, (_, child) in enumerate(nodes)
    ]
    return _like(tree, values)


def _below(other: Tree, node: Tree, count: int) -> list[Tree]:
    """The subtrees of `other`, which must have the structure of `node` or be None."""
    if other is None:
        return [None] * count
    if (
        isinstance(node, dict)
        and isinstance(other, dict)
        and node.keys() == other.keys()
    ):
        return [other[name] for name in node]
    nodes = children(other)
    if nodes is None or len(nodes) != count:
        raise ValueError(
            f"trees differ in structure: expected {count} subtrees as in "
            f"{type(node).__name__}, received {type(other).__name__}"
        )
    return [child for _, child in nodes]


def map(f: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """Apply `f` to every leaf of `tree` and the corresponding leaves of `others`.

    ``None`` in `tree` stays ``None``. Where one of `others` is ``None``, `f` receives
    ``None`` for every leaf below.

    Raises
    ------
    ValueError
        If one of `others` has another structure than `tree`.
    """
    return _map(f, False, tree, others)


def map_learned(f: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """`map` that returns `State` subtrees of `tree` as they are."""
    return _map(f, True, tree, others)


def map_nodes(f: Callable[[Any], Tree], tree: Tree, kind: type) -> Tree:
    """Apply `f` to every node of class `kind`; all else stays as it is."""
    if isinstance(tree, kind):
        return f(tree)
    nodes = None if tree is None else children(tree)
    if nodes is None:
        return tree
    return _like(tree, [map_nodes(f, child, kind) for _, child in nodes])


def learned(tree: Tree) -> Tree:
    """`tree` with every `State` subtree replaced by ``None``, the exact zero."""
    if isinstance(tree, State):
        return None
    nodes = children(tree)
    return (
        tree if nodes is None else _like(tree, [learned(child) for _, child in nodes])
    )


def named(tree: Tree, prefix: str = "") -> Iterator[tuple[str, Array]]:
    """Leaves with their path, ``"0.W"`` style, in the order of the tree."""
    if tree is None:
        return
    nodes = children(tree)
    if nodes is None:
        yield prefix, tree
        return
    for name, child in nodes:
        yield from named(child, f"{prefix}.{name}" if prefix else name)


def leaves(tree: Tree) -> list[Array]:
    """All leaves, in the order of `named`."""
    return [leaf for _, leaf in named(tree)]


def rebuild(template: Tree, arrays: dict[str, Array], prefix: str = "") -> Tree:
    """The inverse of `named`: a tree like `template` with leaves looked up by path.

    Raises
    ------
    ValueError
        If a leaf is missing, or its shape or dtype differs from the template's.
    """

    def look_up(path: str, leaf: Array) -> Array:
        if path not in arrays:
            raise ValueError(f"array {path!r} is missing")
        found = arrays[path]
        if found.shape != leaf.shape or found.dtype != leaf.dtype:
            raise ValueError(
                f"array {path!r}: expected {leaf.dtype} {leaf.shape}, "
                f"received {found.dtype} {found.shape}"
            )
        return found

    paths = iter([look_up(path, leaf) for path, leaf in named(template, prefix)])
    return map(lambda _: next(paths), template)


def add(a: Tree, b: Tree) -> Tree:
    """Sum of two trees of one structure, in which ``None`` is zero."""
    if a is None or b is None:
        return b if a is None else a
    nodes = children(a)
    if nodes is None:
        return a + b
    below = _below(b, a, len(nodes))
    return _like(a, [add(x, y) for (_, x), y in zip(nodes, below, strict=True)])


def astype(tree: Tree, dtype: Any) -> Tree:
    """Every leaf as `dtype`; leaves that have it already are not copied."""
    return map(lambda leaf: leaf.astype(dtype, copy=False), tree)


def floats_astype(tree: Tree, dtype: Any) -> Tree:
    """Every leaf of floats as `dtype`; integers, such as labels, as they are."""
    return map(
        lambda leaf: leaf.astype(dtype, copy=False) if leaf.dtype.kind == "f" else leaf,
        tree,
    )


def zeros_like(tree: Tree) -> Tree:
    """A tree of zeros with the shapes and dtypes of `tree`."""
    return map(np.zeros_like, tree)


def count(tree: Tree) -> int:
    """How many samples a tree of arrays holds, which have the batch axis first."""
    return len(leaves(tree)[0])


def join(trees: list[Tree]) -> Tree:
    """Batches of samples, trees of one structure, one after the other."""
    return map(lambda *parts: np.concatenate(parts), trees[0], *trees[1:])


def rows(tree: Tree, start: int, stop: int) -> Tree:
    """Samples ``start:stop`` of every array in `tree`, as views.

    What a layer without batch coupling caches has the batch axis first, so that the
    cache of a batch can be cut into the caches of its parts.
    """
    return map(lambda leaf: leaf[start:stop] if hasattr(leaf, "ndim") else leaf, tree)
