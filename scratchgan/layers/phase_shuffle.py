"""PhaseShuffle: a small random shift of a sequence (Donahue et al. 2019, section 3.3).

x (N, L, C); a shift k of each sample, uniform on −n … n, with reflection at the ends:

    forward        y[l]  = x[ρ(l − k)]         ρ reflects at 0 and L − 1

With S the map from x to y, linear and constant in a pass, and Sᵀ its adjoint, which
adds what reflection has read twice,

    backward       dx  = Sᵀ dy
    jvp            ty  = S tx
    backward_jvp   tdx = Sᵀ tdy

Kept: the position ρ(l − k) of every l, (N, L).
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.layers.base import (
    TRAINING,
    Context,
    Layer,
    require_input,
    require_rank,
)
from scratchgan.types import Array, Shape, Wrt


@dataclass(frozen=True)
class PhaseShuffle(Layer):
    """Random shift of sequences in training; nothing at inference.

    Parameters
    ----------
    shift : int
        n, below the length of the sequence; 2 in WaveGAN.
    shared : bool
        Whether all samples of a batch share one shift, as in the authors' second
        version of the code; the paper shifts each sample by itself.
    """

    shift: int = 2
    shared: bool = False

    def __post_init__(self) -> None:
        if self.shift < 0:
            raise ValueError(f"shift: expected an integer >= 0, received {self.shift}")

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        require_rank(self, in_shape, "LC")
        if in_shape[0] <= self.shift:
            raise ValueError(
                f"PhaseShuffle: in_shape: expected a length above the shift "
                f"{self.shift}, received {in_shape}"
            )
        return (), in_shape

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array | None]:
        require_input(self, x, "LC")
        if not ctx.training:
            return x, None
        position = self._positions(x, ctx)
        return _read(x, position), position

    def backward(
        self, params: tuple, cache: Array | None, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, None]:
        if cache is None:
            return dy, (), None
        dx = np.zeros_like(dy)
        # at most two terms meet in a place, so that their order does not matter
        np.add.at(dx, (np.arange(len(dy))[:, None], cache), dy)
        return dx, (), None

    def jvp(self, params: tuple, cache: Array | None, tx: Array) -> tuple[Array, None]:
        return (tx if cache is None else _read(tx, cache)), None

    def backward_jvp(
        self,
        params: tuple,
        cache: Array | None,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, tuple]:
        return (None if tdy is None else self.backward(params, cache, tdy)[0]), ()

    def _positions(self, x: Array, ctx: Context) -> Array:
        n, length = x.shape[:2]
        shifts = 2 * self.shift + 1
        if self.shared:
            drawn = ctx.shared_integers(self, shifts, n)
        else:
            drawn = ctx.integers(self, shifts, (n,))
        moved = np.arange(length) - (drawn - self.shift)[:, None]
        inside = np.abs(moved)
        return np.where(inside < length, inside, 2 * (length - 1) - inside)


def _read(x: Array, position: Array) -> Array:
    return np.take_along_axis(x, position[:, :, None], axis=1)
