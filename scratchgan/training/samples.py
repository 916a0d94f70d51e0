"""Samples of a generator: from fixed latents, fresh ones, or on paths between two."""

from collections.abc import Sized
from pathlib import Path

import numpy as np

from scratchgan.data import Dataset
from scratchgan.layers import INFERENCE
from scratchgan.rng import Stream
from scratchgan.training.folder import RunConfig
from scratchgan.training.pictures import save_points, save_sheet
from scratchgan.training.state import TrainingState
from scratchgan.training.system import System
from scratchgan.types import Array

#: Images on a sheet, and points in a plot, of a running training.
SHEET, POINTS = 64, 2500
BATCH = 256  # samples made at a time


def generate(system: System, state: TrainingState, z: Array) -> Array:
    """Samples from latents ``(n, …)``, by the averaged parameters if there are any."""
    player = state.players[system.generator]
    params = player.params if player.ema is None else player.ema
    network = system.players[system.generator].network
    parts = [
        network.forward(params, z[i : i + BATCH], INFERENCE)[0]
        for i in range(0, len(z), BATCH)
    ]
    return np.concatenate(parts)


def latents(system: System, seed: int, n: int) -> Array:
    """`n` latents that depend on `seed` alone: the same ones at every step."""
    return system.latent(Stream(seed, "sample/z"), 0, n)


def between(system: System, seed: int, rows: int, columns: int = 10) -> Array:
    """Rows of `columns` latents from one random latent to another.

    On the great circle through both (Shoemake 1985), since a straight line between two
    normal vectors passes through lengths that the generator never saw.
    """
    ends = latents(system, seed, 2 * rows)
    a, b = ends[:rows, None], ends[rows:, None]
    cosine = (a * b).sum(-1, keepdims=True) / (
        np.linalg.norm(a, axis=-1, keepdims=True)
        * np.linalg.norm(b, axis=-1, keepdims=True)
    )
    angle = np.arccos(np.clip(cosine, -1, 1)).clip(1e-4, np.pi - 1e-4)
    t = np.linspace(0, 1, columns, dtype=ends.dtype)[None, :, None]
    mixed = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    return mixed.reshape(rows * columns, -1).astype(ends.dtype)


def draw_samples(
    path: Path, config: RunConfig, system: System, state: TrainingState, data: Dataset
) -> None:
    """Write the sheet, or the plot, that a training shows at one step."""
    step = int(state.step)
    if len(config.data_shape) == 3:
        images = generate(system, state, latents(system, config.seed, SHEET))
        save_sheet(path, images, 8, config.value_range)
        return
    points = generate(system, state, latents(system, config.seed, POINTS))
    real = real_points(data, config.seed)
    save_points(path, points, real, f"{config.recipe}, step {step}")


def real_points(data: Dataset, seed: int) -> Array:
    """Real points to draw: `POINTS`, or as many as there are."""
    size = min(POINTS, len(data)) if isinstance(data, Sized) else POINTS
    return data.batch(seed, 0, size)
