"""Shards: a batch cut into parts, one thread a part, gradients averaged in order.

Where a loss is a mean over n samples, and part i has nᵢ of them,

    ∂L = Σᵢ (nᵢ / n) ∂Lᵢ

Each part runs whole sweeps on a thread of its own, with BLAS held to one thread: NumPy
releases the interpreter lock in matrix products, copies and elementwise functions, so
that all of them scale over cores, and a part's arrays stay in cache. The sum is taken
in the order of the parts. A result depends on their number, not on that of threads.

A phase says with `batch_size` that it may be cut. Where no player's network couples the
batch, its samples do not meet: the parts are of any size, and there may be more of them
than threads. Otherwise the parts form a group that agrees on the batch's statistics in
every sweep (`layers.group` derives why they must be equal). All of them run at the same
time, on as many threads: `equal_parts` of the batch. A batch that no number up to the
asked one divides runs whole.
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.layers.base import Context
from scratchgan.layers.group import ALONE, Group
from scratchgan.parallel.threads import Neighbour, Shared, together
from scratchgan.training.system import Draw, Objective, Outcome, Phase, Rows, System
from scratchgan.types import Array, Shape, Tree

Workers = ThreadPoolExecutor

#: Of a system that cannot be cut. A constant and not the number of cores, since the
#: order in which BLAS adds depends on its threads, and a run's bits must not.
BLAS_THREADS = 2


@dataclass(frozen=True)
class ShardDraw(Draw):
    """Rows `start` to `stop` of everything that a whole batch would draw.

    Of a draw k times as large as the batch of `whole`, rows k `start` to k `stop`.
    """

    start: int = 0
    stop: int = 0
    whole: int = 1
    group: Group = ALONE

    def real(self, size: int) -> Any:
        """Our part of the next `size` real samples."""
        return self._ours(super().real(size))

    def normal(self, name: str, shape: Shape) -> Array:
        """Our part of the batch's normal numbers."""
        return self._ours(super().normal(name, shape))

    def uniform(self, name: str, shape: Shape) -> Array:
        """Our part of the batch's uniform numbers."""
        return self._ours(super().uniform(name, shape))

    def integers(self, name: str, high: int, shape: Shape) -> Array:
        """Our part of the batch's integers."""
        return self._ours(super().integers(name, high, shape))

    def context(self, name: str, each: int = 1) -> Context:
        """The whole batch's, for our rows of it."""
        whole = super().context(name)
        return replace(whole, first=each * self.start, group=self.group)

    def _ours(self, drawn: Tree) -> Tree:
        each = tree.count(drawn) // self.whole
        return tree.rows(drawn, each * self.start, each * self.stop)


@dataclass(frozen=True)
class Sharded:
    """An objective that is computed in parts.

    Parameters
    ----------
    whole : callable
        The objective, a mean over its samples.
    batch_size : int
        Samples that it draws.
    shards : int
        Number of parts, at most `batch_size`.
    workers : ThreadPoolExecutor
        Threads to run them on; one a part where they are coupled.
    coupled : bool
        Whether the parts form a group; `shards` then divides `batch_size`.
    """

    whole: Objective
    batch_size: int
    shards: int
    workers: Workers
    coupled: bool = False

    def __call__(self, params: Mapping[str, Tree], draw: Draw) -> Outcome:
        """The mean over the parts, weighted by their sizes."""
        bounds = [self.batch_size * i // self.shards for i in range(self.shards + 1)]
        cuts = list(pairwise(bounds))
        weights = [(stop - start) / self.batch_size for start, stop in cuts]

        neighbour = Neighbour(Shared())

        def part(cut: tuple[int, int], group: Group = neighbour) -> Outcome:
            return self.whole(params, self._cut(draw, cut, group))

        if self.coupled:
            parts = together(
                self.shards, lambda group: part(cuts[group.rank], group), self.workers
            )
        else:
            # in copies of our context, which holds what np.errstate was told
            contexts = [copy_context() for _ in cuts]
            found = self.workers.map(
                lambda context, cut: context.run(part, cut), contexts, cuts
            )
            parts = list(found)
        return _average(parts, weights)

    def _cut(self, draw: Draw, cut: tuple[int, int], group: Group) -> ShardDraw:
        start, stop = cut
        memory = {
            name: tree.rows(kept, start, stop) if isinstance(kept, Rows) else kept
            for name, kept in draw.memory.items()
        }
        given = {each.name: getattr(draw, each.name) for each in fields(draw)}
        given["memory"] = memory
        return ShardDraw(
            **given, start=start, stop=stop, whole=self.batch_size, group=group
        )


@contextmanager
def shard_system(system: System, shards: int) -> Iterator[System]:
    """Within the block, `system` with every phase that may be cut computed in parts.

    Parameters
    ----------
    system : System
        Players and phases.
    shards : int
        Number of parts, or the most of them; 1 keeps everything on one thread, so that
        several runs share a machine without waiting for each other.
    """
    from threadpoolctl import threadpool_limits

    coupled = any(p.network.couples_batch for p in system.players.values())
    parts = [_parts(phase, shards, coupled) for phase in system.phases]
    if max(parts, default=1) == 1:
        with threadpool_limits(1 if shards == 1 else BLAS_THREADS, "blas"):
            yield system
        return
    threads = max(parts) if coupled else os.cpu_count()
    with threadpool_limits(1, "blas"), Workers(threads) as workers:
        phases = tuple(
            phase if n == 1 else _sharded(phase, n, workers, coupled)
            for phase, n in zip(system.phases, parts, strict=True)
        )
        yield replace(system, phases=phases)


def equal_parts(batch_size: int, shards: int) -> int:
    """The largest number up to `shards` that divides `batch_size`."""
    return next(n for n in range(shards, 0, -1) if batch_size % n == 0)


def _parts(phase: Phase, shards: int, coupled: bool) -> int:
    if phase.batch_size is None:
        return 1
    most = min(shards, phase.batch_size)
    return equal_parts(phase.batch_size, most) if coupled else most


def _sharded(phase: Phase, parts: int, workers: Workers, coupled: bool) -> Phase:
    assert phase.batch_size is not None
    objective = Sharded(phase.objective, phase.batch_size, parts, workers, coupled)
    return replace(phase, objective=objective)


def _average(parts: list[Outcome], weights: list[float]) -> Outcome:
    """Σ wᵢ partᵢ, in order; what does not depend on samples comes from the first."""
    weighted = list(zip(parts, weights, strict=True))
    values = {
        name: sum(w * part.values[name] for part, w in weighted)
        for name in parts[0].values
    }
    return Outcome(
        loss=sum(w * part.loss for part, w in weighted),
        values=values,
        dparams=_mean([part.dparams for part in parts], weights),
        params=parts[0].params,
        memory={
            name: _together([part.memory[name] for part in parts], weights)
            for name in parts[0].memory
        },
    )


def _together(memories: list[Tree], weights: list[float]) -> Tree:
    """What the batch remembers: the rows of its parts, or their mean."""
    if isinstance(memories[0], Rows):
        return tree.map(lambda *parts: np.concatenate(parts), *memories)
    return _mean(memories, weights)


def _mean(trees: list[Tree], weights: list[float]) -> Tree:
    found = None
    for each, weight in zip(trees, weights, strict=True):
        found = tree.add(found, tree.map(lambda leaf, w=weight: w * leaf, each))
    return found
