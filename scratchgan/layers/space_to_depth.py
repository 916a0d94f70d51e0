"""SpaceToDepth and DepthToSpace: pixels into channels, and back.

x (N, H, W, C) to y (N, H/b, W/b, b²C): the b × b pixels of a block become runs of
channels, row by row, each run the C channels of a pixel (TensorFlow's order):

    SpaceToDepth   y[i, j, (p b + q) C + c] = x[i b + p, j b + q, c]

DepthToSpace is its inverse. A permutation's inverse is its adjoint, so that each is the
other's backward; the verbs are those of `shaping.LinearMap`.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.layers.base import Layer, require_rank
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.shaping import LinearMap
from scratchgan.types import Array, Shape


@dataclass(frozen=True)
class SpaceToDepth(LinearMap):
    """(N, H, W, C) to (N, H/b, W/b, b²C).

    Parameters
    ----------
    block : int
        b, a divisor of height and width.
    """

    block: int = 2

    def __post_init__(self) -> None:
        at_least_one(block=self.block)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        require_rank(self, in_shape, "HWC")
        height, width, channels = in_shape
        if height % self.block or width % self.block:
            _refuse(self, f"a height and width that {self.block} divides", in_shape)
        b = self.block
        return (), (height // b, width // b, channels * b * b)

    def apply(self, x: Array) -> Array:
        return _to_depth(x, self.block)

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        return _to_space(dy, self.block)


@dataclass(frozen=True)
class DepthToSpace(LinearMap):
    """(N, H, W, b²C) to (N, bH, bW, C).

    Parameters
    ----------
    block : int
        b; b² divides the number of channels.
    """

    block: int = 2

    def __post_init__(self) -> None:
        at_least_one(block=self.block)

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        require_rank(self, in_shape, "HWC")
        height, width, channels = in_shape
        b = self.block
        if channels % (b * b):
            _refuse(self, f"a number of channels that {b * b} divides", in_shape)
        return (), (height * b, width * b, channels // (b * b))

    def apply(self, x: Array) -> Array:
        return _to_space(x, self.block)

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        return _to_depth(dy, self.block)


def _to_depth(x: Array, b: int) -> Array:
    n, height, width, channels = x.shape
    blocks = x.reshape(n, height // b, b, width // b, b, channels)
    flat = blocks.transpose(0, 1, 3, 2, 4, 5)
    return flat.reshape(n, height // b, width // b, b * b * channels)


def _to_space(x: Array, b: int) -> Array:
    n, height, width, depth = x.shape
    channels = depth // (b * b)
    blocks = x.reshape(n, height, width, b, b, channels).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(n, height * b, width * b, channels)


def _refuse(layer: Layer, expected: str, in_shape: Shape) -> None:
    raise ValueError(
        f"{type(layer).__name__}: in_shape: expected {expected}, received {in_shape}"
    )
