"""Maxout, the largest of k numbers (Goodfellow et al. 2013, section 3).

x (…, C·k) to y (…, C), from runs of k channels. With the mask M, one at the first
largest number of a run and zero elsewhere,

    forward        y   = Σ M x             over a run
    backward       dx  = M dy
    jvp            ty  = Σ M tx
    backward_jvp   tdx = M tdy             f″ is 0 almost everywhere

Kept: where M is one, (…, C).
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.kernels.largest import chosen, largest
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.layers.checks import at_least_one
from scratchgan.types import Array, Shape, Wrt


@dataclass(frozen=True)
class Maxout(Layer):
    """Largest of every `pieces` channels.

    Parameters
    ----------
    pieces : int
        k, a divisor of the number of channels.
    """

    pieces: int

    def __post_init__(self) -> None:
        at_least_one(pieces=self.pieces)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        *size, channels = in_shape
        if channels % self.pieces:
            raise ValueError(
                f"Maxout: pieces: expected a divisor of {channels} channels, "
                f"received {self.pieces}"
            )
        return (), (*size, channels // self.pieces)

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_input(self, x, "")
        return largest(self._pieces(x))

    def backward(
        self, params: tuple, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, None]:
        dx = np.empty_like(dy, shape=(*dy.shape, self.pieces))
        for k in range(self.pieces):
            np.multiply(dy, cache == k, out=dx[..., k])
        *shape, channels = dy.shape
        return dx.reshape(*shape, channels * self.pieces), (), None

    def jvp(self, params: tuple, cache: Array, tx: Array) -> tuple[Array, None]:
        return chosen(self._pieces(tx), cache), None

    def backward_jvp(
        self,
        params: tuple,
        cache: Array,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, tuple]:
        return (None if tdy is None else self.backward(params, cache, tdy)[0]), ()

    def _pieces(self, x: Array) -> list[Array]:
        """For each k, the k-th number of every run."""
        *shape, channels = x.shape
        runs = x.reshape(*shape, channels // self.pieces, self.pieces)
        return [runs[..., k] for k in range(self.pieces)]
