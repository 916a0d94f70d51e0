"""Conv2d, y = x ∗ W + b; x (N, H, W, C), W (KH, KW, C, O), b (O,), y (N, OH, OW, O).

y is bilinear in x and W. With F the convolution, and its adjoints D in x and G in W
(fprop, dgrad and wgrad of `kernels.conv2d`):

    ⟨dy, F(x, W)⟩ = ⟨x, D(dy, W)⟩ = ⟨W, G(x, dy)⟩

    forward        y   = F(x, W) + b
    backward       dx  = D(dy, W)       dW  = G(x, dy)                  db  = Σ dy
    jvp            ty  = F(tx, W)
    backward_jvp   tdx = D(tdy, W)      tdW = G(tx, dy) + G(x, tdy)     tdb = Σ tdy

with sums over samples and pixels. No second-order term needs a fourth primitive. Kept:
x by forward, dy by backward, tx by jvp; patches are formed again rather than kept,
since they are KH·KW / stride² times larger than x.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.kernels.conv2d import Geometry, dgrad, fprop, wgrad
from scratchgan.layers.base import (
    TRAINING,
    Context,
    Layer,
    require_input,
    require_rank,
)
from scratchgan.layers.initializers import Initializer, he_normal
from scratchgan.layers.padding import Padding, pair, resolve
from scratchgan.types import Array, Shape, Wrt


class Conv2dParams(NamedTuple):
    """Weights (KH, KW, C, O) and bias (O,), or None where the layer has no bias."""

    W: Array
    b: Array | None


@dataclass(frozen=True)
class Conv2d(Layer):
    """Two-dimensional convolution (cross-correlation), channels last.

    Parameters
    ----------
    features : int
        Number of output channels O.
    kernel, stride : int or (int, int)
        Vertical and horizontal size and step.
    padding : int, (int, int), ((int, int), (int, int)) or "same"
        Zeros around the input; see `padding.Padding`.
    bias : bool
        Whether to add b, which starts at zero.
    initializer : callable
        ``(rng, shape, fan_in, fan_out) -> W`` with fan_in = KH·KW·C and
        fan_out = KH·KW·O / (stride area).
    """

    features: int
    kernel: int | tuple[int, int]
    stride: int | tuple[int, int] = 1
    padding: Padding = 0
    bias: bool = True
    initializer: Initializer = he_normal

    def geometry(self, size: tuple[int, int]) -> Geometry:
        """Where the taps fall on an input of `size`."""
        kernel, stride = pair(self.kernel, "kernel"), pair(self.stride, "stride")
        return Geometry(kernel, stride, resolve(self.padding, size, kernel, stride))

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[Conv2dParams, Shape]:
        require_rank(self, in_shape, "HWC")
        height, width, channels = in_shape
        geometry = self.geometry((height, width))
        out_size = geometry.output_size((height, width))
        if min(out_size) < 1:
            raise ValueError(
                f"Conv2d: in_shape: expected at least the kernel {geometry.kernel} "
                f"less the padding {geometry.padding}, received {in_shape}"
            )
        shape = (*geometry.kernel, channels, self.features)
        area, step = np.prod(geometry.kernel), np.prod(geometry.stride)
        W = self.initializer(rng, shape, area * channels, area * self.features / step)
        b = np.zeros(self.features) if self.bias else None
        return Conv2dParams(W, b), (*out_size, self.features)

    def forward(
        self, params: Conv2dParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_input(self, x, "HWC", params.W.shape[2])
        y = fprop(x, params.W, self.geometry(x.shape[1:3]))
        if params.b is not None:
            y += params.b
        return y, x

    def backward(
        self, params: Conv2dParams, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, Conv2dParams | None, Array]:
        x, dx, dparams = cache, None, None
        size = x.shape[1:3]
        geometry = self.geometry(size)
        if wrt != "params":
            dx = dgrad(dy, params.W, geometry, size)
        if wrt != "inputs":
            dparams = Conv2dParams(wgrad(x, dy, geometry), self._db(dy))
        return dx, dparams, dy

    def jvp(self, params: Conv2dParams, cache: Array, tx: Array) -> tuple[Array, Array]:
        return fprop(tx, params.W, self.geometry(tx.shape[1:3])), tx

    def backward_jvp(
        self,
        params: Conv2dParams,
        cache: Array,
        dcache: Array,
        tcache: Array,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, Conv2dParams | None]:
        x, dy, tx = cache, dcache, tcache
        size = x.shape[1:3]
        geometry = self.geometry(size)
        tdx, tdparams = None, None
        if wrt != "inputs":
            tdparams = Conv2dParams(wgrad(tx, dy, geometry), None)
        if tdy is not None:
            if wrt != "params":
                tdx = dgrad(tdy, params.W, geometry, size)
            if wrt != "inputs":
                more = Conv2dParams(wgrad(x, tdy, geometry), self._db(tdy))
                tdparams = tree.add(tdparams, more)
        return tdx, tdparams

    def _db(self, dy: Array) -> Array | None:
        return dy.sum(axis=(0, 1, 2)) if self.bias else None
