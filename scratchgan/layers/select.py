"""Select: the latent of one layer, out of those of all.

StyleGAN's synthesis network takes a latent for each of its L layers, ws (N, L, W): the
same w for all of them (`shaping.Repeat`), or several mixed. Layer i reads its own.
Along the axis of layers,

    forward        y     = ws[i]
    backward       dws[l] = dy where l = i, and 0 elsewhere

Linear, with the verbs of `shaping.LinearMap`.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.layers.checks import not_negative
from scratchgan.layers.shaping import LinearMap
from scratchgan.types import Array, Shape


@dataclass(frozen=True)
class Select(LinearMap):
    """(N, L, …) to (N, …).

    Parameters
    ----------
    index : int
        Which, counted from 0.
    """

    index: int

    def __post_init__(self) -> None:
        not_negative(index=self.index)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        if len(in_shape) < 2 or in_shape[0] <= self.index:
            raise ValueError(
                f"Select: in_shape: expected more than {self.index} rows of numbers, "
                f"received {in_shape}"
            )
        return (), in_shape[1:]

    def apply(self, x: Array) -> Array:
        return x[:, self.index]

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        dx = np.zeros_like(dy, shape=(len(dy), *in_shape))
        dx[:, self.index] = dy
        return dx
