"""ConvTranspose1d, 2d and 3d: the adjoint of a convolution in its input, as a layer.

x (N, *S, C), W (*K, O/G, C), b (O,), y (N, *S′, O). W has the layout of the convolution
from y to x whose adjoint this is. With F, D and G that convolution's fprop, dgrad and
wgrad (`kernels.conv`), their roles exchanged:

    forward        y   = D(x, W) + b
    backward       dx  = F(dy, W)       dW  = G(dy, x)                  db  = Σ dy
    jvp            ty  = D(tx, W)
    backward_jvp   tdx = F(tdy, W)      tdW = G(dy, tx) + G(tdy, x)     tdb = Σ tdy

Kept: x by forward, dy by backward, tx by jvp. It is often called a deconvolution, which
it is not: it undoes the shape of a convolution, not its effect.
"""

from dataclasses import dataclass
from math import prod
from typing import ClassVar, NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import total
from scratchgan.kernels.conv import Geometry, Tiles
from scratchgan.layers.base import TRAINING, Context, Layer, require_input, require_rank
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.conv import (
    LETTERS,
    ConvCache,
    require_groups,
    shared_convolution,
)
from scratchgan.layers.initializers import Initializer, he_normal
from scratchgan.layers.padding import Padding, PerAxis, per_axis, resolve
from scratchgan.types import Array, Shape, Wrt


class ConvTransposeParams(NamedTuple):
    """Weights (*K, O/G, C) and bias (O,), or None where the layer has no bias."""

    W: Array
    b: Array | None


@dataclass(frozen=True)
class ConvTranspose(Layer):
    """Transposed convolution, channels last; use one of its three forms.

    Size of the output, axis by axis: (n − 1)·stride − padding + dilation·(kernel − 1)
    + 1 + output_padding, where padding counts both sides; with ``padding="same"``,
    n·stride.

    Parameters
    ----------
    features : int
        Number of output channels O.
    kernel, stride : int or tuple of int
        Of the convolution whose adjoint this is.
    padding : int, tuple or "same"
        Of the convolution whose adjoint this is: cropped from the output.
    output_padding : int
        Pixels added at the end of every axis, below the stride or the dilation. Several
        sizes of y give a convolution the same output; this says which was meant.
    dilation : int or tuple of int
        Distance between taps.
    groups : int
        G; channels of the input in one group make O/G channels of the output.
    bias : bool
        Whether to add b, which starts at zero.
    initializer : callable
        ``(rng, shape, fan_in, fan_out) -> W`` with fan_in = K·C/G / (stride area), the
        number of terms in an output, and fan_out = K·O/G.
    """

    axes: ClassVar[int]
    features_axis: ClassVar[int] = -2

    features: int
    kernel: PerAxis
    stride: PerAxis = 1
    padding: Padding = 0
    output_padding: int = 0
    dilation: PerAxis = 1
    groups: int = 1
    bias: bool = True
    initializer: Initializer = he_normal

    def __post_init__(self) -> None:
        at_least_one(features=self.features, groups=self.groups)

    def geometry(self, size: tuple[int, ...]) -> tuple[Geometry, tuple[int, ...]]:
        """The adjoint convolution's geometry, and the size of y, for x of `size`."""
        kernel = per_axis(self.kernel, self.axes, "kernel")
        stride = per_axis(self.stride, self.axes, "stride")
        dilation = per_axis(self.dilation, self.axes, "dilation")
        bare = Geometry(kernel, stride, ((0, 0),) * self.axes, dilation, self.groups)
        full = tuple(n * s for n, s in zip(size, stride, strict=True))
        padding = resolve(self.padding, full, bare.extent, stride)
        geometry = bare._replace(padding=padding)
        if self.padding == "same":
            return geometry, full
        out = (
            (n - 1) * s - sum(p) + extent + self.output_padding
            for n, extent, s, p in zip(size, bare.extent, stride, padding, strict=True)
        )
        return geometry, tuple(out)

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[ConvTransposeParams, Shape]:
        require_rank(self, in_shape, LETTERS[self.axes] + "C")
        *size, channels = in_shape
        geometry, out_size = self.geometry(tuple(size))
        require_groups(self.groups, channels, self.features)
        name = type(self).__name__
        if self.output_padding < 0 or geometry.output_size(out_size) != tuple(size):
            raise ValueError(
                f"{name}: output_padding: expected 0 <= output_padding < "
                f"stride {geometry.stride}, received {self.output_padding}"
            )
        if min(out_size) < 1:
            raise ValueError(
                f"{name}: in_shape: expected an output larger than the padding "
                f"{geometry.padding}, received {in_shape}"
            )
        width, area = channels // self.groups, prod(geometry.kernel)
        shape = (*geometry.kernel, self.features // self.groups, channels)
        fan_in = area * width / prod(geometry.stride)
        W = self.initializer(rng, shape, fan_in, area * shape[-2])
        b = np.zeros(self.features) if self.bias else None
        return ConvTransposeParams(W, b), (*out_size, self.features)

    def forward(
        self, params: ConvTransposeParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, ConvCache]:
        require_input(self, x, LETTERS[self.axes] + "C", params.W.shape[-1])
        geometry, size = self.geometry(x.shape[1:-1])
        F = shared_convolution(params.W, geometry, len(x), size, ctx)
        x = F.outputs(x)
        y = F.dgrad(x)
        if params.b is not None:
            y += params.b
        return y, ConvCache(x, F)

    def backward(
        self,
        params: ConvTransposeParams,
        cache: ConvCache,
        dy: Array,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, ConvTransposeParams | None, Array | Tiles]:
        (x, F), dx, dparams = cache, None, None
        db = self._db(dy) if wrt != "inputs" else None
        dy = F.inputs(dy)
        if wrt != "params":
            dx = F.fprop(dy)
        if wrt != "inputs":
            dparams = ConvTransposeParams(F.wgrad((dy, x)), db)
        return dx, dparams, dy

    def jvp(
        self, params: ConvTransposeParams, cache: ConvCache, tx: Array
    ) -> tuple[Array, Array | Tiles]:
        tx = cache.F.outputs(tx)
        return cache.F.dgrad(tx), tx

    def backward_jvp(
        self,
        params: ConvTransposeParams,
        cache: ConvCache,
        dcache: Array | Tiles,
        tcache: Array | Tiles,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, ConvTransposeParams | None]:
        (x, F), dy, tx = cache, dcache, tcache
        tdx, tdparams, pairs, tdb = None, None, [(dy, tx)], None
        if tdy is not None:
            tdb = self._db(tdy) if wrt != "inputs" else None
            tdy = F.inputs(tdy)
            pairs.append((tdy, x))
            if wrt != "params":
                tdx = F.fprop(tdy)
        if wrt != "inputs":
            tdparams = ConvTransposeParams(F.wgrad(*pairs), tdb)
        return tdx, tdparams

    def _db(self, dy: Array) -> Array | None:
        return total(dy, tuple(range(dy.ndim - 1))) if self.bias else None


@dataclass(frozen=True)
class ConvTranspose1d(ConvTranspose):
    """Transposed convolution of sequences (N, L, C); see `ConvTranspose`."""

    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class ConvTranspose2d(ConvTranspose):
    """Transposed convolution of images (N, H, W, C); see `ConvTranspose`."""

    axes: ClassVar[int] = 2


@dataclass(frozen=True)
class ConvTranspose3d(ConvTranspose):
    """Transposed convolution of volumes (N, D, H, W, C); see `ConvTranspose`."""

    axes: ClassVar[int] = 3
