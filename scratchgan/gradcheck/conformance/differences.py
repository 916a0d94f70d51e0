"""The truth: differences of scores, of order four, and what they are compared with.

    f′(0) = (8 f(h) − 8 f(−h) − f(2h) + f(−2h)) / 12h  + O(h⁴)

The same four numbers give two differences of order two, at h and at 2h. Where these are
far apart there is a kink in between, and no difference can be trusted.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.types import Array, Tree

OFFSETS = (1.0, -1.0, 2.0, -2.0)

#: Rows in one call of the score: the samples of a stencil go up together.
ROWS = 4096

#: A leaf to what its gradient gives along each of its directions, (K,).
Numbers = dict[str, Array]


class KinkError(Exception):
    """Differences that do not converge."""


def slope(samples: Any, step: float) -> Array:
    """Derivative at 0 from the values at OFFSETS · step."""
    a, b, c, d = (np.asarray(s) for s in samples)
    near, far = (a - b) / (2 * step), (c - d) / (4 * step)
    scale = max(np.abs(near).max(), np.abs(far).max())
    noise = 1e-9 * max(1.0, np.abs(a).max()) / step  # of differences of differences
    if np.abs(near - far).max() > 1e-3 * scale + noise:
        raise KinkError("differences at h and at 2h are far apart")
    return (4 * near - far) / 3


def input_gradients(
    scores: Callable[[Array], Array], x: Array, step: float, batch: int = ROWS
) -> Array:
    """∇ₓD at every sample, (N, …), from scores alone."""
    flat = x.reshape(len(x), -1)
    columns = []
    for i in range(flat.shape[1]):
        shifted = np.repeat(flat[None], 4, axis=0)
        shifted[:, :, i] += step * np.array(OFFSETS)[:, None]
        columns.append(shifted)
    points = np.stack(columns).reshape(-1, *x.shape[1:])  # (d, 4, N) samples
    parts = [scores(points[i : i + batch]) for i in range(0, len(points), batch)]
    y = np.concatenate(parts).reshape(flat.shape[1], 4, len(x))
    return slope(np.moveaxis(y, 1, 0), step).T.reshape(x.shape)


class Directions:
    """For every learned leaf: two random directions, and the leaf itself.

    A gradient is known here by its products with them. The last one is the leaf's own
    scale, ⟨θₗ, dθₗ⟩.
    """

    def __init__(self, params: Tree, rng: np.random.Generator, step: float) -> None:
        self.params, self.step = params, step
        self.leaves = dict(tree.named(tree.learned(params)))
        self.vectors = {
            name: [*rng.normal(size=(2, *leaf.shape)), np.array(leaf)]
            for name, leaf in self.leaves.items()
        }

    def samples(self, f: Callable[[Tree], Any]) -> dict[str, list[list[Any]]]:
        """`f` at the four offsets along every direction, at distances of `step`."""
        return {
            name: [
                [f(self.moved(name, t * self._step(u) * u)) for t in OFFSETS]
                for u in vectors
            ]
            for name, vectors in self.vectors.items()
        }

    def slopes(self, f: Callable[[Tree], float]) -> Numbers:
        """Derivatives of `f` along every direction."""
        return self.combine(self.samples(f))

    def combine(
        self, samples: dict[str, list], value: Callable[[Any], float] = float
    ) -> Numbers:
        """Derivatives of `value` of what was sampled."""
        return {
            name: np.array(
                [
                    slope([value(s) for s in four], self._step(u))
                    for four, u in zip(each, self.vectors[name], strict=True)
                ]
            )
            for name, each in samples.items()
        }

    def _step(self, u: Array) -> float:
        """The step along `u` whose length is `step`."""
        return self.step / max(1.0, float(np.sqrt((u * u).sum())))

    def products(self, gradient: Tree) -> Numbers:
        """⟨dθₗ, u⟩ of a gradient tree, in which None is zero."""
        zeros = tree.map(
            lambda a, g: np.zeros(a.shape) if g is None else np.asarray(g),
            tree.learned(self.params),
            gradient,
        )
        named = dict(tree.named(zeros))
        for name, leaf in self.leaves.items():
            if named[name].shape != leaf.shape:
                raise ValueError(
                    f"gradient of {name!r}: expected shape {leaf.shape}, "
                    f"received {named[name].shape}"
                )
        return self.products_of_leaves(named)

    def products_of_leaves(self, gradient: dict[str, Array]) -> Numbers:
        """⟨dθₗ, u⟩ of gradients by name."""
        return {
            name: np.array([float((gradient[name] * u).sum()) for u in vectors])
            for name, vectors in self.vectors.items()
        }

    def moved(self, name: str, by: Array) -> Tree:
        """The parameters with one leaf moved."""
        names = iter([each for each, _ in tree.named(tree.learned(self.params))])
        return tree.map_learned(
            lambda leaf: leaf + by if next(names) == name else leaf, self.params
        )


def combined(a: Numbers, factor: float, b: Numbers) -> Numbers:
    """A + factor · b."""
    return {name: a[name] + factor * b[name] for name in a}


def largest(numbers: Numbers) -> float:
    """The largest absolute value."""
    return max(float(np.abs(n).max()) for n in numbers.values())


def errors(found: Numbers, right: Numbers) -> dict[str, float]:
    """Relative error of every leaf; small leaves on a thousandth of the largest."""
    floor = 1e-3 * max(largest(found), largest(right))
    return {
        name: _ratio(
            np.abs(found[name] - right[name]).max(),
            max(np.abs(found[name]).max(), np.abs(right[name]).max(), floor),
        )
        for name in found
    }


def _ratio(gap: float, scale: float) -> float:
    if not np.isfinite(gap):
        return float("inf")
    return float(gap / scale) if scale > 0 else 0.0


def agree(found: Numbers, right: Numbers, tolerance: float) -> bool:
    """Whether every leaf is right."""
    return max(errors(found, right).values()) <= tolerance


def close(a: float, b: float, tolerance: float) -> bool:
    """Whether two numbers are equal to `tolerance`, relative to the larger one."""
    return abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-6)
