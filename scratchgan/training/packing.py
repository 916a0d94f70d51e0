"""PacGAN: a discriminator that judges several samples at a time (Lin et al. 2018).

m samples of one kind, real or generated, are laid side by side along the channels, and
the discriminator gives the pack one score. So it compares m-fold products of the two
distributions: of two generators at the same distance from the data, packs tell the one
that lacks modes from the one that does not (section 3).

    pack      (B, …, C) → (B/m, …, m C)         samples i m … i m + m − 1 are pack i
    unpack    its inverse, and its adjoint, since nothing is added or dropped
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.types import Array, Shape


@dataclass(frozen=True)
class Packing:
    """How many samples the discriminator sees at a time.

    Parameters
    ----------
    size : int
        m; 1 leaves samples as they are.
    """

    size: int = 1

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"packing: expected at least 1, received {self.size}")

    def shape(self, sample: Shape) -> Shape:
        """Shape of one pack of samples."""
        *rest, channels = sample
        return (*rest, self.size * channels)

    def pack(self, x: Array) -> Array:
        """(B, …, C) to (B/m, …, m C)."""
        if self.size == 1:
            return x
        samples, *rest, channels = x.shape
        if samples % self.size:
            raise ValueError(
                f"x: expected a multiple of {self.size} samples, received {samples}"
            )
        packs = x.reshape(-1, self.size, *rest, channels)
        return np.moveaxis(packs, 1, -2).reshape(-1, *rest, self.size * channels)

    def unpack(self, dx: Array) -> Array:
        """(B/m, …, m C) to (B, …, C)."""
        if self.size == 1:
            return dx
        _, *rest, channels = dx.shape
        samples = dx.reshape(-1, *rest, self.size, channels // self.size)
        return np.moveaxis(samples, -2, 1).reshape(-1, *rest, channels // self.size)


ONE_BY_ONE = Packing(1)
