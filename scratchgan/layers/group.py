"""Whoever computes one batch in parts, and how they agree on its statistics.

A batch of n samples is cut into `size` equal parts; member `rank` computes on the rows
of the rank-th. A layer that couples the batch takes its means over the batch through
the group, in every sweep, since the mean m(u) of any u is linear: what it computes for
its own rows is then what the whole batch would have given there.

The cotangents of a part are those of its own mean loss, `size` times those of the whole
batch's, for every part alike: all sweeps are linear in them, so that the mean of the
parts' gradients is the whole batch's. This is why parts must be equal.

`Group` itself is the group of one. Threads implement it in `parallel.threads`; MPI and
NCCL have the same two operations (allreduce and allgather) and can do so too.
"""

from typing import Any

from scratchgan.kernels.accumulate import wide
from scratchgan.types import Array


class Group:
    """One member, who has the whole batch."""

    size: int = 1
    rank: int = 0

    def total(self, part: Array) -> Array:
        """Sum over the members, in the order of ranks: equal bits for all of them."""
        return part

    def gather(self, part: Array) -> Array:
        """The rows of all members, in the order of ranks."""
        return part

    def own(self, batch: Array) -> Array:
        """The rows of this member."""
        rows = len(batch) // self.size
        return batch[self.rank * rows : (self.rank + 1) * rows]

    def mean(self, x: Array, axes: Any) -> Array:
        """Mean over `axes`, the batch axis among them, kept with length one."""
        mean = wide(x).mean(axis=axes, keepdims=True)
        return mean if self.size == 1 else self.total(mean) / mean.dtype.type(self.size)


ALONE = Group()
