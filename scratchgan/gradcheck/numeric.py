"""Central differences along a direction, and the errors that compare with them.

    (f(x + h u) − f(x − h u)) / 2h  =  J u + h²/6 · f‴[u, u, u] + …

In float64 the truncation, of order h², and the rounding, of order 1e-16 / h, meet near
h = 1e-5 at a relative error of 1e-10: a formula that is wrong is wrong by far more.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.types import Array, Tree

#: Step of the central differences, for directions with entries of order one.
STEP = 1e-5

#: An error after which no other step is tried. A wrong formula is off by 1e-2 at any.
ENOUGH = 1e-8


def shift(x: Tree, direction: Tree, step: float) -> Tree:
    """X + step · direction; where `direction` is None, x stays."""
    return tree.map(lambda a, u: a if u is None else a + step * u, x, direction)


def difference(
    f: Callable[[Tree], Any], x: Tree, direction: Tree, step: float = STEP
) -> Any:
    """Central difference of a tree-valued (or float-valued) `f` along `direction`."""
    ahead, behind = f(shift(x, direction, step)), f(shift(x, direction, -step))
    if isinstance(ahead, float):
        return (ahead - behind) / (2 * step)
    return tree.map(lambda a, b: (a - b) / (2 * step), ahead, behind)


def random_like(x: Tree, rng: np.random.Generator) -> Tree:
    """Standard normal numbers in the shapes and dtypes of `x`; None for integers."""

    def draw(a: Array) -> Array | None:
        return rng.normal(size=a.shape).astype(a.dtype) if a.dtype.kind == "f" else None

    return tree.map(draw, x)


def random_inputs(
    in_shape: Any, batch: int, rng: np.random.Generator, labels: int = 0
) -> Tree:
    """Standard normal inputs; the last or only one integers where `labels` says so.

    Parameters
    ----------
    in_shape : tuple
        Shape of one sample, or the tuple of the shapes of several inputs.
    batch : int
        Number of samples.
    rng : numpy.random.Generator
        Source.
    labels : int
        Number of classes of the last input; 0 for none.
    """
    several = bool(in_shape) and isinstance(in_shape[0], tuple)
    shapes = list(in_shape) if several else [in_shape]
    count = len(shapes) - bool(labels)
    x: list[Array] = [rng.normal(size=(batch, *shape)) for shape in shapes[:count]]
    if labels:
        x.append(rng.integers(labels, size=(batch, *shapes[-1])))
    return tuple(x) if several else x[0]


def inner(a: Tree, b: Tree) -> float:
    """⟨a, b⟩ over all leaves; None is zero."""
    terms = tree.map(lambda x, y: 0.0 if y is None else float((x * y).sum()), a, b)
    return float(sum(tree.leaves(terms)))


def norm(a: Tree) -> float:
    """Euclidean norm over all leaves."""
    return float(np.sqrt(sum(float((x * x).sum()) for x in tree.leaves(a))))


def relative_error(exact: Tree, numeric: Tree) -> float:
    """‖exact − numeric‖ over the larger of their norms; 0 where both vanish.

    The answer is infinite where anything is not finite.
    """
    gap = norm(tree.add(tree.map(np.negative, exact), numeric))
    return ratio(gap, max(norm(exact), norm(numeric)))


def gradient_error(
    f: Callable[[Tree], float],
    x: Tree,
    gradient: Tree,
    rng: np.random.Generator,
    steps: tuple[float, ...] = (STEP,),
    directions: int = 2,
) -> float:
    """Largest relative error of `gradient` of a scalar `f`, over the learned leaves.

    Every leaf is moved by itself along random normal directions u, for which
    |⟨∂f, u⟩| is of the order of ‖∂f‖: that norm is the scale of the error. A leaf whose
    gradient is below a thousandth of the whole (zero, for a bias before a batch norm)
    is judged on the scale of that thousandth, since rounding is. With several `steps`
    each difference may take the one that suits it best (`best`).
    """
    learned = tree.named(tree.learned(x))
    names = [name for name, leaf in learned if leaf.dtype.kind == "f"]
    exact = dict(tree.named(tree.map(_zero_for_none, x, gradient)))
    floor = 1e-3 * norm(gradient)
    worst = 0.0
    for name in names:
        for _ in range(directions):
            u = rng.normal(size=exact[name].shape)
            moved = _only(x, name, u)
            along = float((exact[name] * u).sum())
            scale = max(norm(exact[name]), floor)
            error = partial(_directional_error, f, x, moved, along, scale)
            worst = max(worst, best(map(error, steps)))
    return worst


def _directional_error(
    f: Callable[[Tree], float],
    x: Tree,
    direction: Tree,
    along: float,
    scale: float,
    step: float,
) -> float:
    """How far a derivative `along` a direction is from its difference."""
    numeric = difference(f, x, direction, step)
    return ratio(abs(along - numeric), max(scale, abs(numeric)))


def best(errors: Iterable[float]) -> float:
    """The least of what several steps give; of the first that is `ENOUGH`, that."""
    least = float("inf")
    for error in errors:
        least = min(least, error)
        if least <= ENOUGH:
            break
    return least


def _zero_for_none(leaf: Array, gradient: Array | None) -> Array:
    return np.zeros_like(leaf) if gradient is None else gradient


def _only(x: Tree, name: str, u: Array) -> Tree:
    """A direction that moves one leaf of `x`."""
    names = iter([path for path, _ in tree.named(x)])
    return tree.map(lambda leaf: u if next(names) == name else None, x)


def ratio(gap: float, scale: float) -> float:
    """Gap over scale; 0 where both are, and infinite where the gap is not finite."""
    if not np.isfinite(gap):
        return float("inf")
    return gap / scale if scale > 0 else 0.0
