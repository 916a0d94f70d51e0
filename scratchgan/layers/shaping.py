"""Flatten, Reshape, Crop and Repeat: linear maps that move, drop or copy numbers.

With A the map and Aᵀ its adjoint (reshape back; pad with zeros what was cropped; add
what was copied):

    forward        y   = A x
    backward       dx  = Aᵀ dy
    jvp            ty  = A tx
    backward_jvp   tdx = Aᵀ tdy             linear: no second derivative

Kept: the shape of one input sample.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from scratchgan.kernels.accumulate import total
from scratchgan.layers.base import TRAINING, Context, Layer, require_input, require_rank
from scratchgan.layers.checks import at_least_one
from scratchgan.types import Array, Shape, Wrt


class LinearMap(Layer):
    """The five verbs of a linear map without parameters, from A and Aᵀ."""

    def apply(self, x: Array) -> Array:
        """Return A x."""
        raise NotImplementedError

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        """Return Aᵀ dy for input samples of `in_shape`."""
        raise NotImplementedError

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Shape]:
        require_input(self, x, "")
        return self.apply(x), x.shape[1:]

    def backward(
        self, params: tuple, cache: Shape, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, None]:
        return self.adjoint(dy, cache), (), None

    def jvp(self, params: tuple, cache: Shape, tx: Array) -> tuple[Array, None]:
        return self.apply(tx), None

    def backward_jvp(
        self,
        params: tuple,
        cache: Shape,
        dcache: None,
        tcache: None,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, tuple]:
        return (None if tdy is None else self.adjoint(tdy, cache)), ()


@dataclass(frozen=True)
class Flatten(LinearMap):
    """(N, …) to (N, D), in C order."""

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), (prod(in_shape),)

    def apply(self, x: Array) -> Array:
        return x.reshape(len(x), prod(x.shape[1:]))

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        return dy.reshape(len(dy), *in_shape)


@dataclass(frozen=True)
class Reshape(LinearMap):
    """(N, …) to (N, *shape), in C order.

    Parameters
    ----------
    shape : tuple of int
        Shape of one output sample.
    """

    shape: Shape

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        if prod(in_shape) != prod(self.shape):
            raise ValueError(
                f"Reshape: in_shape: expected {prod(self.shape)} numbers for "
                f"{self.shape}, received {in_shape}"
            )
        return (), self.shape

    def apply(self, x: Array) -> Array:
        return x.reshape(len(x), *self.shape)

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        return dy.reshape(len(dy), *in_shape)


@dataclass(frozen=True)
class Crop(LinearMap):
    """The first rows and columns of an image, (N, H, W, C) to (N, height, width, C).

    Parameters
    ----------
    height, width : int
        Size that remains.
    """

    height: int
    width: int

    def __post_init__(self) -> None:
        at_least_one(height=self.height, width=self.width)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        require_rank(self, in_shape, "HWC")
        if in_shape[0] < self.height or in_shape[1] < self.width:
            raise ValueError(
                f"Crop: in_shape: expected at least ({self.height}, {self.width}, C), "
                f"received {in_shape}"
            )
        return (), (self.height, self.width, in_shape[2])

    def apply(self, x: Array) -> Array:
        return x[:, : self.height, : self.width]

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        dx = np.zeros_like(dy, shape=(len(dy), *in_shape))
        dx[:, : self.height, : self.width] = dy
        return dx


@dataclass(frozen=True)
class Repeat(LinearMap):
    """The same for every frame, (N, …) to (N, frames, …).

    Parameters
    ----------
    frames : int
        How often.
    """

    frames: int

    def __post_init__(self) -> None:
        at_least_one(frames=self.frames)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        return (), (self.frames, *in_shape)

    def apply(self, x: Array) -> Array:
        return np.repeat(x[:, None], self.frames, axis=1)

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        return total(dy, 1)
