"""Maxout, the largest of k numbers (Goodfellow et al. 2013, section 3).

x (…, C·k) to y (…, C), from runs of k channels. With the mask M, one at the first
largest number of a run and zero elsewhere,

    forward        y   = Σ M x             over a run
    backward       dx  = M dy
    jvp            ty  = Σ M tx
    backward_jvp   tdx = M tdy             f″ is 0 almost everywhere

Kept: M, (…, C, k).
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.kernels.accumulate import inner
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
        runs = self._runs(x)
        first = runs.argmax(axis=-1)[..., None] == np.arange(self.pieces)
        mask = first.astype(x.dtype)
        return inner(mask, runs, -1), mask

    def backward(
        self, params: tuple, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, None]:
        *shape, channels, pieces = cache.shape
        return (cache * dy[..., None]).reshape(*shape, channels * pieces), (), None

    def jvp(self, params: tuple, cache: Array, tx: Array) -> tuple[Array, None]:
        return inner(cache, self._runs(tx), -1), None

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

    def _runs(self, x: Array) -> Array:
        *shape, channels = x.shape
        return x.reshape(*shape, channels // self.pieces, self.pieces)
