"""Euclidean distances between all rows of two sets, in blocks, exact where it matters.

The squares are one matrix product a block of rows, x and y taken from a common centre:

    |x − y|² = |x|² + |y|² − 2 x·y = (−2 x, |x|², 1) · (y, 1, |y|²)

It is fast, and near zero it has lost everything: equal points come out at ε |x|²
instead of 0, and ties as one side or the other. So each block goes with a bound on its
rounding error. A sum of D + 2 products has the error (D + 2) u of its summed magnitudes
(Higham 2002, section 3.1), u = ε / 2, which are at most 2 (|x|² + |y|²); with the
rounding of norms and of the centring, and that of the plain Σ (x − y)² it is compared
with, the two differ by less than

    c (|x|² + |y|²),        c = 3 (D + 4) ε

taken at the largest norms. Who compares distances takes the block's word outside the
bound, and computes the few pairs inside it by differences. Equal points then have
distance 0, ties are ties, and (x, y) and (y, x) agree in every bit.

Memory is that of one block, `BLOCK` numbers, a few times over, whatever N is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scratchgan.types import Array

BLOCK = 2**21  # numbers at a time: 16 MB


@dataclass(frozen=True)
class Block:
    """Squared distances of some rows of x to all of y.

    Parameters
    ----------
    first : int
        The first of its rows.
    squared : Array
        ``(rows, M)``, up to `slack`; below zero by at most that.
    slack : float
        Bound on their rounding error.
    """

    first: int
    squared: Array
    slack: float


@dataclass(frozen=True)
class Distances:
    """Those between the rows of x and the rows of y.

    Parameters
    ----------
    x, y : Array
        float64 ``(N, D)`` and ``(M, D)``, finite.
    """

    x: Array
    y: Array

    def blocks(self) -> Iterator[Block]:
        """Blocks of rows from first to last."""
        centre = self.y.mean(axis=0)
        y = self.y - centre
        yy = np.square(y).sum(axis=1)
        right = np.column_stack([y, np.ones(len(y)), yy]).T
        bound = 3 * (y.shape[1] + 4) * np.finfo(np.float64).eps
        for rows in rows_at_a_time(len(self.x), len(y)):
            x = self.x[rows] - centre
            xx = np.square(x).sum(axis=1)
            left = np.column_stack([-2 * x, xx, np.ones(len(x))])
            slack = float(bound * (xx.max() + yy.max()))
            yield Block(rows.start, left @ right, slack)

    def exact(self, i: Array, j: Array) -> Array:
        """Squared distances of pairs of rows by differences, of the shape of i."""
        out = np.empty(len(i))
        for some in rows_at_a_time(len(i), self.x.shape[1]):
            difference = self.x[i[some]] - self.y[j[some]]
            out[some] = np.square(difference).sum(axis=1)
        return out

    def within(self, block: Block, limit: Array, closed: bool) -> Array:
        """Which pairs of a block are nearer than a limit, or on it if `closed`.

        Parameters
        ----------
        block : Block
            Of these distances.
        limit : Array
            Squared, as `exact` computes squares: ``(rows, 1)`` or ``(1, M)``.
        closed : bool
            Whether a distance may equal its limit.

        Returns
        -------
        Array
            bool, ``(rows, M)``.
        """
        inside = block.squared < limit - block.slack
        i, j = np.nonzero(inside ^ (block.squared <= limit + block.slack))
        found = self.exact(block.first + i, j)
        limits = np.broadcast_to(limit, inside.shape)[i, j]
        inside[i, j] = found <= limits if closed else found < limits
        return inside

    def nearest(self, block: Block, k: int) -> Array:
        """Squared distance of a block's rows to the k-th nearest row of y, (rows,)."""
        rows = len(block.squared)
        about = (
            np.partition(block.squared, k - 1, axis=1)[:, k - 1 : k]
            if k > 1
            else block.squared.min(axis=1, keepdims=True)
        )
        # the k nearest are among those that appear no further than twice the error more
        i, j = np.nonzero(block.squared <= about + 2 * block.slack)
        found = self.exact(block.first + i, j)
        order = np.lexsort((found, i))
        return found[order][np.searchsorted(i, np.arange(rows)) + k - 1]


def rows_at_a_time(rows: int, width: int) -> Iterator[slice]:
    """Slices of range(rows), so many at a time that `BLOCK` numbers hold them."""
    size = max(1, BLOCK // width)
    return (slice(i, min(i + size, rows)) for i in range(0, rows, size))
