"""A group of threads of one process: the parts of a batch that agree on its statistics.

Every member runs on a thread of its own, all at the same time. An exchange is a row of
places, one a member: everybody puts an array into its place, waits for the others at a
barrier, and reads the row. Sums are added up by each member for itself, in the order of
ranks, so that all of them have equal bits, whoever came first.

Two rows serve in turn. A member that writes into a row has passed the barrier of the
exchange in between, which all others reach only after reading that row.

What no sample has a part in is `Shared`: the first who comes makes it, under a lock of
its own, and the others find it.

Where one member fails, the barrier is broken, so that no other one waits for it.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import reduce
from operator import add
from threading import Barrier, BrokenBarrierError, Lock
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from scratchgan.kernels.accumulate import wide
from scratchgan.layers.group import ALONE, Group
from scratchgan.types import Array

T = TypeVar("T")


class Shared:
    """What members of one process make once, kept as long as one of them keeps it."""

    def __init__(self) -> None:
        self.made: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self.locks: dict[Hashable, Lock] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is there under `key`, or else what `make` returns."""
        with self.locks.setdefault(key, Lock()):
            found = self.made.get(key)
            if found is None:
                found = self.made[key] = make()
            return found


class Neighbour(Group):
    """Whoever computes samples of a batch that do not meet the others'.

    Parameters
    ----------
    shared : Shared
        Of all who compute this batch.
    """

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Found with a neighbour, or made."""
        return self.shared.once(key, make)


class Exchange:
    """Where the members of one group meet.

    Parameters
    ----------
    size : int
        Number of members.
    """

    def __init__(self, size: int) -> None:
        self.barrier = Barrier(size)
        self.rows: tuple[list[Any], list[Any]] = ([None] * size, [None] * size)
        self.shared = Shared()


class ThreadGroup(Group):
    """One member's side of an `Exchange`.

    Parameters
    ----------
    exchange : Exchange
        Shared by all members.
    rank : int
        Which of them this is.
    """

    def __init__(self, exchange: Exchange, rank: int) -> None:
        self.exchange, self.rank = exchange, rank
        self.size = exchange.barrier.parties
        self.turn = 0

    def total(self, part: Array) -> Array:
        """Sum over the members, in the order of ranks."""
        parts = [wide(each) for each in self._all("total", part)]
        return reduce(add, parts).astype(part.dtype, copy=False)

    def gather(self, part: Array) -> Array:
        """The rows of all members, in the order of ranks."""
        return np.concatenate(self._all("gather", part))

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Found with another member, or made."""
        return self.exchange.shared.once(key, make)

    def finish(self) -> None:
        """Say that no exchange follows."""
        self._all("finish", None)

    def _all(self, call: str, part: Array | None) -> list[Array]:
        """What the members put in, in the order of ranks.

        Raises
        ------
        RuntimeError
            If they did not all make the same call, with arrays of equal shapes.
        """
        row = self.exchange.rows[self.turn % 2]
        self.turn += 1
        row[self.rank] = call, part
        self.exchange.barrier.wait()
        made = [f"{name}{getattr(each, 'shape', '')}" for name, each in row]
        if len(set(made)) > 1:
            raise RuntimeError(
                "group: expected the same call of all members with equal shapes, "
                f"received {', '.join(made)}"
            )
        return [each for _, each in row]


def together(
    size: int, f: Callable[[Group], T], workers: Executor | None = None
) -> list[T]:
    """``f(group)`` of every member of a group of `size` threads, in the order of ranks.

    Each runs in a copy of the caller's context, which holds what `numpy.errstate` was
    told.

    Parameters
    ----------
    size : int
        Number of members.
    f : callable
        What each of them does, told by its `Group` who it is.
    workers : Executor, optional
        At least `size` threads, all of them free; new ones when left out.

    Raises
    ------
    Exception
        That of the first member, in the order of ranks, that failed by itself.
    """
    if size == 1:
        return [f(ALONE)]
    if workers is None:
        with ThreadPoolExecutor(size) as own:
            return together(size, f, own)
    exchange = Exchange(size)

    def member(rank: int) -> T:
        group = ThreadGroup(exchange, rank)
        try:
            result = f(group)
            group.finish()
        except BaseException:
            exchange.barrier.abort()
            raise
        return result

    futures = [workers.submit(copy_context().run, member, r) for r in range(size)]
    wait(futures)
    _raise_first([future.exception() for future in futures])
    return [future.result() for future in futures]


def _raise_first(errors: list[BaseException | None]) -> None:
    """Raise the first error, if there is any, that no other member's has caused."""
    raised = [error for error in errors if error is not None]
    causes = [e for e in raised if not isinstance(e, BrokenBarrierError)]
    if raised:
        raise (causes or raised)[0]
