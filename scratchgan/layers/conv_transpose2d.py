"""ConvTranspose2d: the adjoint of a Conv2d in its input, as a layer.

x (N, H, W, C), W (KH, KW, O, C), b (O,), y (N, OH, OW, O). W has the layout of the
convolution from y to x whose adjoint this is. With F, D and G that convolution's
fprop, dgrad and wgrad (`kernels.conv2d`), their roles exchanged:

    forward        y   = D(x, W) + b
    backward       dx  = F(dy, W)       dW  = G(dy, x)                  db  = Σ dy
    jvp            ty  = D(tx, W)
    backward_jvp   tdx = F(tdy, W)      tdW = G(dy, tx) + G(tdy, x)     tdb = Σ tdy

Kept: x by forward, dy by backward, tx by jvp. It is often called a deconvolution, which
it is not: it undoes the shape of a convolution, not its effect.
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


class ConvTranspose2dParams(NamedTuple):
    """Weights (KH, KW, O, C) and bias (O,), or None where the layer has no bias."""

    W: Array
    b: Array | None


@dataclass(frozen=True)
class ConvTranspose2d(Layer):
    """Transposed convolution, channels last.

    Output height: (H − 1)·stride − padding + kernel + output_padding, where padding
    counts both sides; with ``padding="same"``, H·stride.

    Parameters
    ----------
    features : int
        Number of output channels O.
    kernel, stride : int or (int, int)
        Of the convolution whose adjoint this is.
    padding : int, (int, int), ((int, int), (int, int)) or "same"
        Of the convolution whose adjoint this is: cropped from the output.
    output_padding : int
        Rows and columns added at the bottom and right, below the stride. Several sizes
        of y give a convolution the same output; this says which was meant.
    bias : bool
        Whether to add b, which starts at zero.
    initializer : callable
        ``(rng, shape, fan_in, fan_out) -> W`` with fan_in = KH·KW·C / (stride area),
        the number of terms in an output, and fan_out = KH·KW·O.
    """

    features: int
    kernel: int | tuple[int, int]
    stride: int | tuple[int, int] = 1
    padding: Padding = 0
    output_padding: int = 0
    bias: bool = True
    initializer: Initializer = he_normal

    def geometry(self, size: tuple[int, int]) -> tuple[Geometry, tuple[int, int]]:
        """The adjoint convolution's geometry, and the size of y, for x of `size`."""
        kernel, stride = pair(self.kernel, "kernel"), pair(self.stride, "stride")
        height, width = size
        full = (height * stride[0], width * stride[1])  # y of a "same" layer
        padding = resolve(self.padding, full, kernel, stride)
        if self.padding == "same":
            return Geometry(kernel, stride, padding), full
        out_height, out_width = (
            (n - 1) * s - sum(p) + k + self.output_padding
            for n, k, s, p in zip(size, kernel, stride, padding, strict=True)
        )
        return Geometry(kernel, stride, padding), (out_height, out_width)

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[ConvTranspose2dParams, Shape]:
        require_rank(self, in_shape, "HWC")
        height, width, channels = in_shape
        geometry, out_size = self.geometry((height, width))
        if geometry.output_size(out_size) != (height, width):
            raise ValueError(
                f"ConvTranspose2d: output_padding: expected 0 <= output_padding < "
                f"stride {geometry.stride}, received {self.output_padding}"
            )
        if min(out_size) < 1:
            raise ValueError(
                f"ConvTranspose2d: in_shape: expected an output larger than the "
                f"padding {geometry.padding}, received {in_shape}"
            )
        shape = (*geometry.kernel, self.features, channels)
        area, step = np.prod(geometry.kernel), np.prod(geometry.stride)
        W = self.initializer(rng, shape, area * channels / step, area * self.features)
        b = np.zeros(self.features) if self.bias else None
        return ConvTranspose2dParams(W, b), (*out_size, self.features)

    def forward(
        self, params: ConvTranspose2dParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_input(self, x, "HWC", params.W.shape[3])
        y = dgrad(x, params.W, *self.geometry(x.shape[1:3]))
        if params.b is not None:
            y += params.b
        return y, x

    def backward(
        self, params: ConvTranspose2dParams, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, ConvTranspose2dParams | None, Array]:
        x, dx, dparams = cache, None, None
        geometry, _ = self.geometry(x.shape[1:3])
        if wrt != "params":
            dx = fprop(dy, params.W, geometry)
        if wrt != "inputs":
            dparams = ConvTranspose2dParams(wgrad(dy, x, geometry), self._db(dy))
        return dx, dparams, dy

    def jvp(
        self, params: ConvTranspose2dParams, cache: Array, tx: Array
    ) -> tuple[Array, Array]:
        return dgrad(tx, params.W, *self.geometry(tx.shape[1:3])), tx

    def backward_jvp(
        self,
        params: ConvTranspose2dParams,
        cache: Array,
        dcache: Array,
        tcache: Array,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, ConvTranspose2dParams | None]:
        x, dy, tx = cache, dcache, tcache
        geometry, _ = self.geometry(x.shape[1:3])
        tdx, tdparams = None, None
        if wrt != "inputs":
            tdparams = ConvTranspose2dParams(wgrad(dy, tx, geometry), None)
        if tdy is not None:
            if wrt != "params":
                tdx = fprop(tdy, params.W, geometry)
            if wrt != "inputs":
                more = ConvTranspose2dParams(wgrad(tdy, x, geometry), self._db(tdy))
                tdparams = tree.add(tdparams, more)
        return tdx, tdparams

    def _db(self, dy: Array) -> Array | None:
        return dy.sum(axis=(0, 1, 2)) if self.bias else None
