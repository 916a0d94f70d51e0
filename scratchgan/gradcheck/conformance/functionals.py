"""The right penalty and the known wrong ones, as functions of g = ∇ₓD(x̂).

With nₙ = ‖gₙ‖ over all axes of a sample, and e(n) = n − 1 (one-sided: at least 0):

    right                         λ/N Σₙ e(nₙ)²                        eq. 3
    sum instead of mean           λ Σₙ e(nₙ)²
    squared norm without root     λ/N Σₙ e(nₙ²)²
    norm over the whole batch     λ e(√Σₙ nₙ²)²
    norm over the wrong axis      λ mean e(‖g‖ over other axes)²

References
----------
Gulrajani et al. 2017, "Improved Training of Wasserstein GANs".
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from scratchgan.types import Array, Shape


class Functional(NamedTuple):
    """One reading of "the penalty"."""

    name: str  #: the defect; empty for the right one
    formula: str
    value: Callable[[Array], float]


def functionals(shape: Shape, gp_weight: float, one_sided: bool) -> list[Functional]:
    """The right penalty of gradients of `shape` (N, …), then the wrong ones."""

    def penalty(axes: tuple[int, ...], power: int = 1) -> Callable[[Array], float]:
        def value(g: Array) -> float:
            norm = np.sqrt((g * g).sum(axis=axes)) ** power
            excess = np.maximum(norm - 1, 0) if one_sided else norm - 1
            return gp_weight * float(np.mean(excess * excess))

        return value

    own = tuple(range(1, len(shape)))
    everything = (0, *own)
    right = penalty(own)
    return [
        Functional("", "λ/N Σ (‖gₙ‖ − 1)²", right),
        Functional(
            "sum instead of mean", "λ Σ (‖gₙ‖ − 1)²", lambda g: len(g) * right(g)
        ),
        Functional(
            "squared norm without root", "λ/N Σ (‖gₙ‖² − 1)²", penalty(own, power=2)
        ),
        Functional(
            "norm over the whole batch", "λ (√Σ‖gₙ‖² − 1)²", penalty(everything)
        ),
        *(
            Functional(
                "norm over the wrong axis", f"norm over axis {axes}", penalty(axes)
            )
            for axes in _other_axes(shape)
        ),
    ]


def _other_axes(shape: Shape) -> Iterator[tuple[int, ...]]:
    """Axes whose norm is neither that of each sample nor that of the batch."""
    wide = tuple(axis for axis, size in enumerate(shape) if size > 1)
    for count in range(1, len(wide)):
        for axes in combinations(wide, count):
            if axes != wide[1:]:
                yield axes
