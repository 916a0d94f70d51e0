"""Latents in training, and how a gradient goes from them to the mapping network.

Style mixing (Karras et al. 2019, section 3.1): a sample gets two latents w and w′, and
a crossover c; layers before c read w, the others w′. With m[l] = 1 where l < c,

    ws[l] = m[l] w + (1 − m[l]) w′
    dw    = Σₗ m[l] dws[l]              dw′ = Σₗ (1 − m[l]) dws[l]

c is uniform in 1 … L − 1 with the probability of mixing, and L, no crossover, without.
Both latents go through the mapping network as one batch. Differs from the authors'
code: each sample has a crossover of its own, not each batch.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan.backend import like
from scratchgan.layers import Layer
from scratchgan.training.system import Draw
from scratchgan.types import Array, Tree


class Mixed(NamedTuple):
    """What the way up through the mapping network leaves."""

    ws: Array  #: (N, L, W)
    mean: Array  #: of w over the samples, (W,)
    own: Array  #: m, (N, L, 1)
    cache: Any


@dataclass(frozen=True)
class StyleMixing:
    """Latents for a batch.

    Parameters
    ----------
    layers : int
        L.
    latent_size : int
        Length of z.
    probability : float
        Of a second latent; 0.9 in both papers.
    """

    layers: int
    latent_size: int
    probability: float = 0.9

    def up(self, mapping: Layer, params: Tree, draw: Draw, size: int) -> Mixed:
        """Draw z, z′ and crossovers, and map them to `size` samples' ws."""
        z = [draw.normal(name, (size, self.latent_size)) for name in ("z", "z_mixed")]
        w, cache = mapping.forward(params, np.concatenate(z))
        first, second = np.split(w, 2)
        own = self.own(draw, size).astype(w.dtype)
        ws = own * first[:, None] + (1 - own) * second[:, None]
        return Mixed(ws, first.mean(0), own, cache)

    def own(self, draw: Draw, size: int) -> Array:
        """Which layers read the first latent, (size, L, 1)."""
        mixes = draw.uniform("mixes", (size,)) < self.probability
        where = draw.uniform("crossover", (size,))
        crossover = 1 + np.floor(where * (self.layers - 1)).astype(np.int64)
        crossover = np.where(mixes, crossover.clip(1, self.layers - 1), self.layers)
        layers = like(np.arange(self.layers), crossover)
        return layers[None, :, None] < crossover[:, None, None]

    def down(self, mapping: Layer, params: Tree, mixed: Mixed, dws: Array) -> Tree:
        """The mapping network's gradient, from that of ws."""
        own = mixed.own
        dw = [(own * dws).sum(1), ((1 - own) * dws).sum(1)]
        return mapping.backward(params, mixed.cache, np.concatenate(dw), "params")[1]
