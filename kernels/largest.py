"""The first largest of several arrays, number by number.

`argmax` over a stack goes number by number; comparisons of whole arrays take a tenth of
its time. The winner is kept as a small integer, and masks are made of it when needed.
"""

from collections.abc import Sequence

import numpy as np

from scratchgan.types import Array


def largest(arrays: Sequence[Array]) -> tuple[Array, Array]:
    """Return the largest numbers, and the index of the first array that has each."""
    best = arrays[0]
    kind = np.uint8 if len(arrays) <= 256 else np.intp
    winner = np.zeros_like(best, dtype=kind)
    for k, other in enumerate(arrays[1:], 1):
        larger = other > best
        best = np.maximum(best, other)
        winner *= ~larger
        winner += kind(k) * larger
    return best, winner


def chosen(arrays: Sequence[Array], winner: Array) -> Array:
    """Σₖ [winner = k] arrays[k]."""
    parts = [array * (winner == k) for k, array in enumerate(arrays)]
    return sum(parts[1:], parts[0])
