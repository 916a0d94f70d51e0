"""Samples that only a style-based generator can give: truncated, mixed, between w's."""

from typing import NamedTuple

import numpy as np

from scratchgan.training.samples import latents
from scratchgan.training.state import TrainingState
from scratchgan.training.styles import Styles
from scratchgan.training.system import System
from scratchgan.types import Array, Tree


class Trained(NamedTuple):
    """A style-based generator with its averaged parameters, and its mean w."""

    styles: Styles
    params: Tree
    memory: dict[str, Tree]

    def w(self, z: Array, psi: float) -> Array:
        """Truncated w of z."""
        w = self.styles.w(self.params, z)
        return self.styles.truncated(self.memory, w, psi)

    def images(self, ws: Array) -> Array:
        """Images of ws."""
        return self.styles.images(self.params, ws)


def trained(system: System, state: TrainingState, option: str) -> Trained:
    """The system's generator, for what `option` asks.

    Raises
    ------
    ValueError
        If it has no styles.
    """
    if system.styles is None:
        raise ValueError(
            f"{option}: expected a run of a style-based generator such as stylegan2's, "
            "received one whose samples have no styles"
        )
    player = state.players[system.generator]
    params = player.params if player.ema is None else player.ema
    return Trained(system.styles, params, state.memory)


def truncated(generator: Trained, z: Array, psi: float) -> Array:
    """Images of z, truncated."""
    return generator.images(generator.styles.ws(generator.w(z, psi)))


def mixing_sheet(
    generator: Trained, system: System, seed: int, n: int, psi: float
) -> Array:
    """A table of mixed styles, ((n + 1)², H, W, C) row by row.

    The first row and the first column show the sources. An image has the coarse styles,
    those of the first half of the layers, of its row's source, and the fine ones of its
    column's. In the corner is the image of the mean w.
    """
    w = generator.w(latents(system, seed, 2 * n), psi)
    middle = np.zeros_like(w[:1])
    mean = generator.styles.truncated(generator.memory, middle, 0.0)
    rows, columns = (np.concatenate([mean, part]) for part in (w[:n], w[n:]))
    styles, half = generator.styles, generator.styles.layers // 2
    tables = []
    for i, row in enumerate(rows):
        if i == 0:
            ws = styles.ws(columns)
        else:
            ws = styles.mixed(np.repeat(row[None], n + 1, axis=0), columns, half)
            ws[0] = row
        tables.append(ws)
    return generator.images(np.concatenate(tables))


def truncation_sheet(
    generator: Trained, system: System, seed: int, rows: int, columns: int
) -> Array:
    """Rows of images from the mean w, ψ = 0, to a sample of its own, ψ = 1."""
    z = latents(system, seed, rows)
    w = np.stack([generator.w(z, psi) for psi in np.linspace(0, 1, columns)], axis=1)
    return generator.images(generator.styles.ws(w.reshape(rows * columns, -1)))


def between_w(
    generator: Trained, system: System, seed: int, rows: int, columns: int, psi: float
) -> Array:
    """Rows of images on straight lines from one random w to another."""
    ends = generator.w(latents(system, seed, 2 * rows), psi)
    t = np.linspace(0, 1, columns, dtype=ends.dtype)[None, :, None]
    w = (1 - t) * ends[:rows, None] + t * ends[rows:, None]
    w = w.reshape(rows * columns, -1)
    return generator.images(generator.styles.ws(w))
