"""What a style-based generator can do with its latents besides making samples.

Truncation (Karras et al. 2019, appendix B), with w̄ the mean of w over the training:

    w_ψ = w̄ + ψ (w − w̄)

ψ = 1 changes nothing, ψ = 0 gives one image, the mean's, for all. Mixing gives layers
before a crossover the latent of one sample, and the later ones that of another.

No noise is added when samples are made, so that an image is a function of its latents.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scratchgan.layers import INFERENCE, Graph, Layer
from scratchgan.networks.style_generator import part
from scratchgan.types import Array, Tree

IMAGES = 4  # made at a time: at 256 pixels one leaves some 600 MB of traces


@dataclass(frozen=True)
class Styles:
    """The latents of a generator from `networks.style_generator`.

    Parameters
    ----------
    generator : Graph
        Mapping and synthesis.
    layers : int
        L, how many latents synthesis reads.
    """

    generator: Graph
    layers: int

    @property
    def synthesis(self) -> Layer:
        """Ws to images."""
        return part(self.generator, "synthesis")

    def w(self, params: Tree, z: Array) -> Array:
        """Map z (n, Z) to w (n, W)."""
        mapping = part(self.generator, "mapping")
        return mapping.forward(params["mapping"], z, INFERENCE)[0]

    def truncated(self, memory: Mapping[str, Tree], w: Array, psi: float) -> Array:
        """w̄ + ψ (w − w̄)."""
        mean = memory["w_mean"]
        return (mean + psi * (w - mean)).astype(w.dtype, copy=False)

    def ws(self, w: Array) -> Array:
        """The same w (n, W) in every layer, (n, L, W)."""
        return w[:, None].repeat(self.layers, axis=1)

    def mixed(self, coarse: Array, fine: Array, crossover: int) -> Array:
        """Layers before `crossover` from w `coarse`, the others from w `fine`."""
        return np.concatenate(
            [self.ws(coarse)[:, :crossover], self.ws(fine)[:, crossover:]], axis=1
        )

    def images(self, params: Tree, ws: Array) -> Array:
        """Synthesise ws (n, L, W), some at a time."""
        parts = [ws[i : i + IMAGES] for i in range(0, len(ws), IMAGES)]
        made = [
            self.synthesis.forward(params["synthesis"], each, INFERENCE)[0]
            for each in parts
        ]
        return np.concatenate(made)

    def make(self, params: Tree, memory: Mapping[str, Tree], z: Array) -> Array:
        """Samples without truncation."""
        return self.images(params, self.ws(self.w(params, z)))
