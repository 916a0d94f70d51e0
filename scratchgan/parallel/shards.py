"""Shards: a batch cut into parts, one thread a part, gradients averaged in order.

Where a loss is a mean over n samples that do not meet, and part i has nᵢ of them,

    ∂L = Σᵢ (nᵢ / n) ∂Lᵢ

Each part runs whole sweeps on a thread of its own, with BLAS held to one thread: NumPy
releases the interpreter lock in matrix products, copies and elementwise functions, so
that all of them scale over cores, and a part's arrays stay in cache. The sum is taken
in the order of the parts. A result depends on their number, not on that of threads.

A phase says with `batch_size` that it may be cut. One whose networks couple the batch
does not, and runs whole, with BLAS on `BLAS_THREADS` threads.
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from itertools import pairwise

from scratchgan import tree
from scratchgan.training.system import Draw, Objective, Outcome, System
from scratchgan.types import Array, Shape, Tree

Workers = ThreadPoolExecutor

#: Of a system that runs whole. A constant and not the number of cores, since the order
#: in which BLAS adds depends on its threads, and a run's bits must not.
BLAS_THREADS = 2


@dataclass(frozen=True)
class ShardDraw(Draw):
    """Rows `start` to `stop` of everything that a whole batch would draw."""

    start: int = 0
    stop: int = 0

    def real(self, size: int) -> Array:
        """Our part of the next `size` real samples."""
        return super().real(size)[self.start : self.stop]

    def normal(self, name: str, shape: Shape) -> Array:
        """Our part of the batch's normal numbers."""
        return super().normal(name, shape)[self.start : self.stop]

    def uniform(self, name: str, shape: Shape) -> Array:
        """Our part of the batch's uniform numbers."""
        return super().uniform(name, shape)[self.start : self.stop]


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
        Threads to run them on.
    """

    whole: Objective
    batch_size: int
    shards: int
    workers: Workers

    def __call__(self, params: Mapping[str, Tree], draw: Draw) -> Outcome:
        """The mean over the parts, weighted by their sizes."""
        bounds = [self.batch_size * i // self.shards for i in range(self.shards + 1)]
        cuts = list(pairwise(bounds))
        # in copies of our context, which holds what np.errstate was told
        contexts = [copy_context() for _ in cuts]
        parts = self.workers.map(
            lambda context, cut: context.run(self.whole, params, _cut(draw, *cut)),
            contexts,
            cuts,
        )
        weights = [(stop - start) / self.batch_size for start, stop in cuts]
        return _average(list(parts), weights)


@contextmanager
def shard_system(system: System, shards: int) -> Iterator[System]:
    """Within the block, `system` with every phase that may be cut computed in parts.

    Parameters
    ----------
    system : System
        Players and phases.
    shards : int
        Number of parts; 1 leaves everything as it is.
    """
    from threadpoolctl import threadpool_limits

    phases = [p for p in system.phases if p.batch_size is not None]
    if shards == 1 or not phases:
        with threadpool_limits(BLAS_THREADS, "blas"):
            yield system
        return
    with threadpool_limits(1, "blas"), Workers(os.cpu_count()) as workers:
        yield replace(
            system,
            phases=tuple(
                phase
                if phase.batch_size is None
                else replace(
                    phase,
                    objective=Sharded(
                        phase.objective,
                        phase.batch_size,
                        min(shards, phase.batch_size),
                        workers,
                    ),
                )
                for phase in system.phases
            ),
        )


def _cut(draw: Draw, start: int, stop: int) -> ShardDraw:
    return ShardDraw(
        draw.seed, draw.phase, draw.count, draw.data, draw.dtype, start, stop
    )


def _average(parts: list[Outcome], weights: list[float]) -> Outcome:
    """Σ wᵢ partᵢ, in order; what does not depend on samples comes from the first."""
    dparams = None
    for part, weight in zip(parts, weights, strict=True):
        scaled = tree.map(lambda leaf, w=weight: w * leaf, part.dparams)
        dparams = tree.add(dparams, scaled)
    values = {
        name: sum(w * part.values[name] for part, w in zip(parts, weights, strict=True))
        for name in parts[0].values
    }
    loss = sum(w * part.loss for part, w in zip(parts, weights, strict=True))
    return Outcome(loss, values, dparams, parts[0].params)
