"""What is resampled how: a filter, its rates and its margins, and their adjoint.

`upfirdn2d` says what is computed, and derives the adjoint.
"""

from typing import Any, NamedTuple

import numpy as np

from scratchgan.types import Array


class Filter(NamedTuple):
    """f with its rates and margins; one entry an axis of f."""

    f: Array  # host memory
    up: tuple[int, ...]
    down: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]  # (before, behind)

    def output_size(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Spatial shape of y for that of x; below 1 where f does not fit."""
        axes = zip(size, self.f.shape, *self[1:], strict=True)
        return tuple((n * u + sum(pad) - k) // d + 1 for n, k, u, d, pad in axes)

    def adjoint(self, size: tuple[int, ...]) -> "Filter":
        """The filter whose `upfirdn2d` is the adjoint of this one's on x of `size`."""
        out, padding = self.output_size(size), []
        axes = zip(size, out, self.f.shape, *self[1:], strict=True)
        for n, m, k, u, d, (before, _) in axes:
            p = k - 1 - before
            padding.append((p, u * (n - 1) + k - d * m - p))
        return Filter(np.flip(self.f), self.down, self.up, tuple(padding))


def along(
    axis: int,
    axes: int,
    taps: tuple[float, ...],
    up: int = 1,
    down: int = 1,
    padding: tuple[int, int] = (0, 0),
) -> Filter:
    """A filter on the one axis of `axes` spatial axes."""

    def each(here: Any, elsewhere: Any) -> tuple:
        return tuple(here if i == axis else elsewhere for i in range(axes))

    f = np.asarray(taps, np.float64).reshape(each(-1, 1))
    return Filter(f, each(up, 1), each(down, 1), each(padding, (0, 0)))
