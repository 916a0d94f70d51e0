"""Over the plane: the density of points, a discriminator's score and its slope.

**Density.** With C_ij the counts of N points in square cells of side h, and weights
w_d ∝ exp(−d² / 2σ²) over the whole numbers d, Σ w_d = 1, the estimate in cell (i, j) is

    p_ij = Σ_kl w_{i−k} w_{j−l} C_kl / (N h²)

so that h² Σ p is the share of the points in the window, but for what is smoothed over
its edge. It is an estimate of the density *blurred by σ h*: a mode that is narrower
looks as wide as that, generated or real. So both are blurred alike before they are
compared.

**Score and slope.** D(x) and ‖∇ₓD(x)‖ in the middle of every cell, by the network's own
forward and backward sweeps at inference. What they would be at the optimum (p real, q
generated):

    cross-entropy   the logit is D(x) = log p(x) / q(x)
                                                        Goodfellow et al. 2014, prop. 1
    Wasserstein     D falls with slope 1 along the straight lines from real samples to
                    the generated ones that they are coupled with, and ‖∇ₓD‖ = 1 almost
                    everywhere under p and q            Gulrajani et al. 2017, prop. 1

The first says nothing where both densities vanish, the second nothing away from those
lines: the field there is what the network happens to extend to. A discriminator that
judges several samples at a time has no field over the plane.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.layers import INFERENCE, Layer
from scratchgan.penalties.base import sample_norms
from scratchgan.training.system import System
from scratchgan.types import Array, Shape, Tree

CELLS = 80  # along each side of the window
BLUR = 1.2  # σ, in cells
BATCH = 800  # points in one pass
HUGE = 1e12  # scores beyond it are drawn as this


class Field(NamedTuple):
    """A discriminator over the window; rows are y, from the lowest, columns are x."""

    score: Array  #: D(x), float64 (cells, cells)
    norm: Array  #: ‖∇ₓD(x)‖, float64 (cells, cells)


def ticks(reach: float, cells: int = CELLS) -> Array:
    """Middles of the cells along one side of the window [−reach, reach]², (cells,)."""
    return ((np.arange(cells) + 0.5) / cells * 2 - 1) * reach


def density(
    points: Array, reach: float, cells: int = CELLS, blur: float = BLUR
) -> Array:
    """Smoothed histogram of points (N, 2) in the window, per unit of area.

    Parameters
    ----------
    points : Array
        ``(N, 2)``; those outside count among the N, and nowhere else.
    reach : float
        Half the side of the window, which is centred at the origin.
    cells : int
        Along each side.
    blur : float
        Standard deviation of the weights, in cells; 0 for the bare histogram.

    Returns
    -------
    Array
        float64 ``(cells, cells)``; rows are y, from the lowest, columns are x.

    Raises
    ------
    ValueError
        If there are no points in the plane, or the window is empty.
    """
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points: expected shape (N, 2), received {points.shape}")
    if not 0 < reach < np.inf:
        raise ValueError(f"reach: expected a positive number, received {reach}")
    edges = np.linspace(-reach, reach, cells + 1)
    x, y = points.astype(np.float64).T
    counts, _, _ = np.histogram2d(y, x, bins=(edges, edges))
    weights = _weights(cells, blur)
    return weights @ counts @ weights / (len(points) * (2 * reach / cells) ** 2)


def discriminator_of(system: System, shape: Shape) -> str | None:
    """The player that scores single samples of `shape`, or None.

    It is the only one besides the generator that takes such samples, and its output is
    one number a sample.
    """
    names = [
        name
        for name, player in system.players.items()
        if name != system.generator and player.in_shape == shape
    ]
    if len(names) != 1:
        return None
    network = system.players[names[0]].network
    _, out_shape = network.init(np.random.default_rng(0), shape)
    return names[0] if out_shape == (1,) else None


def field(network: Layer, params: Tree, reach: float, cells: int = CELLS) -> Field:
    """Score and slope of a network (2,) → (1,) in the middles of the window's cells."""
    side = ticks(reach, cells).astype(np.float32)
    x, y = np.meshgrid(side, side)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    found = np.empty((2, len(points)))
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(0, len(points), BATCH):
            part = points[i : i + BATCH]
            found[:, i : i + BATCH] = score_and_norm(network, params, part)
    # of a training that diverges, something can still be drawn
    found = np.nan_to_num(found).clip(-HUGE, HUGE)
    return Field(*found.reshape(2, cells, cells))


def score_and_norm(network: Layer, params: Tree, points: Array) -> tuple[Array, Array]:
    """D(x) and ‖∇ₓD(x)‖ at points (N, 2), both (N,)."""
    score, cache = network.forward(params, points, INFERENCE)
    dx, _, _ = network.backward(params, cache, np.ones_like(score), wrt="inputs")
    return score.reshape(-1), sample_norms(dx).reshape(-1)


def _weights(cells: int, blur: float) -> Array:
    """w_{i−k}, (cells, cells), symmetric; 0 beyond eight standard deviations."""
    if blur < 0.02:  # the first weight beside the middle, exp(−1 / 2σ²), underflows
        return np.eye(cells)
    far = int(np.ceil(8 * blur))
    whole = _bell(np.arange(-far, far + 1), blur).sum()
    offset = np.arange(cells)[:, None] - np.arange(cells)
    return np.where(abs(offset) <= far, _bell(offset, blur) / whole, 0)


def _bell(offset: Array, blur: float) -> Array:
    return np.exp(-(offset**2) / (2 * blur**2))
