"""Samples of a generator: from fixed latents, fresh ones, or on paths between two."""

import os
from collections.abc import Callable, Mapping, Sized
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import numpy as np

from scratchgan import tree
from scratchgan.data import Dataset
from scratchgan.layers import INFERENCE, Layer
from scratchgan.rng import Stream
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array, Tree

BATCH = 256  # samples made at a time


def generate(system: System, state: TrainingState, z: Tree) -> Array:
    """Samples from latents ``(n, …)``, by the averaged parameters if there are any.

    Several batches are spread over the cores, one BLAS thread each.
    """
    player = state.players[system.generator]
    params = player.params if player.ema is None else player.ema
    make = system.make or _inferred(system.players[system.generator].network)

    def part(start: int) -> Array:
        return make(params, state.memory, tree.rows(z, start, start + BATCH))

    starts = range(0, tree.count(z), BATCH)
    if len(starts) < 2:
        return np.concatenate([part(start) for start in starts])
    from threadpoolctl import threadpool_limits

    caller = copy_context()  # with NumPy's error state, which threads do not inherit
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = pool.map(lambda start: caller.copy().run(part, start), starts)
        return np.concatenate(list(parts))


def _inferred(network: Layer) -> Callable[[Tree, Mapping[str, Tree], Tree], Array]:
    """The forward pass at inference."""
    return lambda params, memory, z: network.forward(params, z, INFERENCE)[0]


def latents(system: System, seed: int, n: int) -> Tree:
    """`n` latents that depend on `seed` alone: the same ones at every step."""
    return system.latent(Stream(seed, "sample/z"), 0, n)


def between(system: System, seed: int, rows: int, columns: int = 10) -> Tree:
    """Rows of `columns` latents from one random latent to another.

    On the great circle through both (Shoemake 1985), since a straight line between two
    normal vectors passes through lengths that the generator never saw. A label stays
    that of the first end.
    """
    ends = latents(system, seed, 2 * rows)
    return tree.map(lambda leaf: _path(leaf, rows, columns), ends)


def _path(ends: Array, rows: int, columns: int) -> Array:
    if ends.dtype.kind != "f":
        return np.repeat(ends[:rows], columns, axis=0)
    a, b = ends[:rows, None], ends[rows:, None]
    cosine = (a * b).sum(-1, keepdims=True) / (
        np.linalg.norm(a, axis=-1, keepdims=True)
        * np.linalg.norm(b, axis=-1, keepdims=True)
    )
    angle = np.arccos(np.clip(cosine, -1, 1)).clip(1e-4, np.pi - 1e-4)
    t = np.linspace(0, 1, columns, dtype=ends.dtype)[None, :, None]
    mixed = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    return mixed.reshape(rows * columns, -1).astype(ends.dtype)


def real_points(data: Dataset, seed: int, most: int) -> Array:
    """Real points to draw: `most`, or as many as there are."""
    size = min(most, len(data)) if isinstance(data, Sized) else most
    return data.batch(seed, 0, size)
