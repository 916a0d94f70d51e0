"""NoiseInjection and Dropout: random numbers added or multiplied.

NoiseInjection (Karras et al. 2019, fig. 1; with one strength as in StyleGAN2): x
(N, *S, C), noise ε (N, *S, 1) ~ N(0, 1), the same for all channels, strength γ (1,).

    forward        y   = x + γ ε
    backward       dx  = dy               dγ  = Σ ε dy
    jvp            ty  = tx
    backward_jvp   tdx = tdy              tdγ = Σ ε tdy

Dropout (Srivastava et al. 2014): with the mask M = 1/(1 − rate) where a number stays
and 0 where it goes, so that the mean is kept,

    forward        y   = M x
    backward       dx  = M dy
    jvp            ty  = M tx
    backward_jvp   tdx = M tdy

ε and M are constants of the pass. Kept: ε or M.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.backend import like
from scratchgan.kernels.accumulate import inner
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.types import Array, Shape, Wrt


class NoiseParams(NamedTuple):
    """γ, (1,)."""

    strength: Array


@dataclass(frozen=True)
class NoiseInjection(Layer):
    """Noise added to every pixel, with a learned strength.

    At inference a context without a random stream adds none.

    Parameters
    ----------
    start : float
        Initial strength.
    """

    start: float = 0.0

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[NoiseParams, Shape]:
        return NoiseParams(np.full(1, self.start)), in_shape

    def forward(
        self, params: NoiseParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array | None]:
        require_input(self, x, "")
        if ctx.stream is None and not ctx.training:
            return x, None
        noise = like(ctx.normal(self, (*x.shape[:-1], 1), x.dtype), x)
        return x + params.strength * noise, noise

    def backward(
        self, params: NoiseParams, cache: Array | None, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, NoiseParams | None, None]:
        dx = None if wrt == "params" else dy
        if wrt == "inputs" or cache is None:
            return dx, None, None
        return dx, NoiseParams(inner(cache, dy, None).reshape(1)), None

    def jvp(
        self, params: NoiseParams, cache: Array | None, tx: Array
    ) -> tuple[Array, None]:
        return tx, None

    def backward_jvp(
        self,
        params: NoiseParams,
        cache: Array | None,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, NoiseParams | None]:
        if tdy is None:
            return None, None
        return self.backward(params, cache, tdy, wrt)[:2]


@dataclass(frozen=True)
class Dropout(Layer):
    """Numbers set to zero at random in training; nothing at inference.

    Parameters
    ----------
    rate : float
        Share that goes, 0 ≤ rate < 1.
    """

    rate: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError(f"rate: expected 0 <= rate < 1, received {self.rate}")

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), in_shape

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array | None]:
        require_input(self, x, "")
        if not ctx.training:
            return x, None
        stays = like(ctx.uniform(self, x.shape, np.float32), x) >= self.rate
        mask = stays.astype(x.dtype) * x.dtype.type(1 / (1 - self.rate))
        return mask * x, mask

    def backward(
        self, params: tuple, cache: Array | None, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, None]:
        return (dy if cache is None else cache * dy), (), None

    def jvp(self, params: tuple, cache: Array | None, tx: Array) -> tuple[Array, None]:
        return (tx if cache is None else cache * tx), None

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
