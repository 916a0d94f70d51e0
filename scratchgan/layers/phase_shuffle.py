"""PhaseShuffle: a small random shift of a sequence (Donahue et al. 2019, section 3.3).

x (N, L, C); a shift k of each sample, uniform on −n … n, with reflection at the ends:

    forward        y[l]  = x[ρ(l − k)]         ρ reflects at 0 and L − 1

With S the map from x to y, linear and constant in a pass, and Sᵀ its adjoint, which
adds what reflection has read twice,

    backward       dx  = Sᵀ dy
    jvp            ty  = S tx
    backward_jvp   tdx = Sᵀ tdy

Kept: the shifts, (N,).
"""

from collections.abc import Iterator
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
        shifts = self._shifts(len(x), ctx)
        return _read(x, shifts), shifts

    def backward(
        self, params: tuple, cache: Array | None, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, None]:
        if cache is None:
            return dy, (), None
        dx = np.zeros_like(dy)
        for i, to, seen in _runs(cache, dy.shape[1]):
            dx[i, seen] += dy[i, to]
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

    def _shifts(self, n: int, ctx: Context) -> Array:
        """K of each sample, in host memory."""
        choices = 2 * self.shift + 1
        if self.shared:
            drawn = ctx.shared_integers(self, choices, n)
        else:
            drawn = ctx.integers(self, choices, (n,))
        return drawn - self.shift


def _read(x: Array, shifts: Array) -> Array:
    y = np.empty_like(x)
    for i, to, seen in _runs(shifts, x.shape[1]):
        y[i, to] = x[i, seen]
    return y


def _runs(shifts: Array, length: int) -> Iterator[tuple[int, slice, slice]]:
    """Sample, places l and places ρ(l − k): those that move, and those reflected."""
    for i, k in enumerate(int(k) for k in shifts):
        if k >= 0:
            yield i, slice(k, length), slice(0, length - k)
            yield i, slice(0, k), slice(k, 0, -1)
        else:
            end = length - 2 + k
            yield i, slice(0, length + k), slice(-k, length)
            yield (
                i,
                slice(length + k, length),
                slice(length - 2, end if end >= 0 else None, -1),
            )
