"""Constant: learned features that every sample starts from.

c (*S), an input x that says how many samples there are and nothing else. Karras et al.
2019 (StyleGAN), section 2: synthesis starts at 4 × 4 pixels of learned features, and
all that is random comes in by styles and noise.

    forward        yₙ  = c
    backward       dx  = 0               dc  = Σₙ dyₙ
    jvp            ty  = 0
    backward_jvp   tdx = 0               tdc = Σₙ tdyₙ

Both zeros are exact: they come back as ``None``. Nothing is kept.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import total
from scratchgan.layers.base import TRAINING, Context, Layer
from scratchgan.layers.checks import at_least_one
from scratchgan.types import Array, Shape, Wrt


class ConstantParams(NamedTuple):
    """c, in the shape of a sample."""

    c: Array


@dataclass(frozen=True)
class Constant(Layer):
    """(N, …) to (N, *shape), the same for all samples; c starts as N(0, 1).

    Parameters
    ----------
    shape : tuple of int
        Of c.
    """

    shape: Shape

    def __post_init__(self) -> None:
        at_least_one(**{f"shape[{i}]": n for i, n in enumerate(self.shape)})

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[ConstantParams, Shape]:
        return ConstantParams(rng.normal(size=self.shape)), self.shape

    def forward(
        self, params: ConstantParams, x: Any, ctx: Context = TRAINING
    ) -> tuple[Array, None]:
        return np.repeat(params.c[None], len(x), axis=0), None

    def backward(
        self, params: ConstantParams, cache: None, dy: Array, wrt: Wrt = "all"
    ) -> tuple[None, ConstantParams | None, None]:
        if wrt == "inputs":
            return None, None, None
        return None, ConstantParams(total(dy, 0)), None

    def jvp(self, params: ConstantParams, cache: None, tx: Any) -> tuple[None, None]:
        return None, None

    def backward_jvp(
        self,
        params: ConstantParams,
        cache: None,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[None, ConstantParams | None]:
        if tdy is None:
            return None, None
        return self.backward(params, cache, tdy, wrt)[:2]
