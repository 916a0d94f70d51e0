"""Whoever computes one batch in parts, and how they agree on its statistics.

A batch of n samples is cut into `size` equal parts; member `rank` computes on the rows
of the rank-th. A layer that couples the batch takes what it needs of the other rows
through the group, in every sweep, so that it computes for its own rows what the whole
batch would have given there.

**Why parts are equal.** A part of nᵢ samples has the mean loss Lᵢ of its own, whose
cotangents are n/nᵢ times those of L = Σᵢ (nᵢ/n) Lᵢ. Where samples do not meet, the
weight nᵢ/n of the part's gradient takes that factor away. Where they meet, member i's
gradient has terms from the cotangents of member j in it, n/nⱼ too large, that the
weight nᵢ/n leaves wrong unless nᵢ = nⱼ. With equal parts all cotangents are `size`
times too large alike; a penalty's direction v is the gradient of a mean too, and so
`size` times too large at the same g; every later sweep is linear in them, and the mean
of the parts' gradients is the whole batch's.

`Group` itself is the group of one. `parallel.threads` has one of threads. `total` and
`gather` are what MPI and NCCL call allreduce and allgather; groups of processes
can implement them, in the order of ranks, and nothing above would change. None has been
written or run.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar

from scratchgan.types import Array

T = TypeVar("T")


class Group:
    """One member, who has the whole batch.

    All members of a group make the same calls, in the same order and with arrays of
    equal shapes.
    """

    size: int = 1
    rank: int = 0

    def total(self, part: Array) -> Array:
        """Sum over the members, in the order of ranks: equal bits for all of them."""
        return part

    def gather(self, part: Array) -> Array:
        """The rows of all members, in the order of ranks."""
        return part

    def own(self, batch: Array) -> Array:
        """Our rows of what was gathered."""
        rows = len(batch) // self.size
        return batch[self.rank * rows : (self.rank + 1) * rows]

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What no sample has a part in, such as transformed weights: made, or found.

        Members that share their memory make it once, and keep it as long as one of them
        does. Equal keys stand for equal things; a key may have the `id` of an object
        that the thing itself keeps alive.
        """
        return make()

    def means(self, stack: Array) -> Array:
        """Mean over the members, of means over their parts: that over the batch."""
        return stack if self.size == 1 else self.total(stack) / self.size


#: The group of one.
ALONE = Group()
