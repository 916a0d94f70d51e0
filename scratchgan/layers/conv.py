"""Conv1d, Conv2d and Conv3d, y = x ∗ W + b.

x (N, *S, C), W (*K, C/G, O), b (O,), y (N, *S′, O), with one, two or three spatial axes
S and G groups of channels. y is bilinear in x and W. With F the convolution, and its
adjoints D in x and G in W (fprop, dgrad and wgrad of `kernels.conv`):

    ⟨dy, F(x, W)⟩ = ⟨x, D(dy, W)⟩ = ⟨W, G(x, dy)⟩

    forward        y   = F(x, W) + b
    backward       dx  = D(dy, W)       dW  = G(x, dy)                  db  = Σ dy
    jvp            ty  = F(tx, W)
    backward_jvp   tdx = D(tdy, W)      tdW = G(tx, dy) + G(x, tdy)     tdb = Σ tdy

with sums over samples and pixels. No second-order term needs a fourth primitive. Kept:
x by forward, dy by backward, tx by jvp, as the primitives take them (as they are, or as
transformed tiles); patches are formed again rather than kept, since they are
K / (stride area) times larger than x.
"""

from dataclasses import dataclass
from math import prod
from typing import ClassVar, NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import total
from scratchgan.kernels.conv import Convolution, Geometry, Tiles, convolution
from scratchgan.layers.base import TRAINING, Context, Layer, require_input, require_rank
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.initializers import Initializer, he_normal
from scratchgan.layers.padding import Padding, PerAxis, per_axis, resolve
from scratchgan.types import Array, Shape, Wrt

#: Letters of the spatial axes, for messages.
LETTERS = {1: "L", 2: "HW", 3: "DHW"}


class ConvParams(NamedTuple):
    """Weights (*K, C/G, O) and bias (O,), or None where the layer has no bias."""

    W: Array
    b: Array | None


class ConvCache(NamedTuple):
    """The input as the primitives take it, and what they take from the weights."""

    x: Array | Tiles
    F: Convolution


@dataclass(frozen=True)
class Conv(Layer):
    """Convolution (cross-correlation), channels last; use Conv1d, Conv2d or Conv3d.

    Parameters
    ----------
    features : int
        Number of output channels O.
    kernel, stride : int or tuple of int
        Size and step, one for all axes or one an axis.
    padding : int, tuple or "same"
        Zeros around the input: one number, one an axis, one (before, after) an axis,
        or TensorFlow's "same".
    dilation : int or tuple of int
        Distance between taps.
    groups : int
        G; channels of the input in one group make O/G channels of the output.
    bias : bool
        Whether to add b, which starts at zero.
    initializer : callable
        ``(rng, shape, fan_in, fan_out) -> W`` with fan_in = K·C/G and
        fan_out = K·O/G / (stride area).
    """

    axes: ClassVar[int]

    features: int
    kernel: PerAxis
    stride: PerAxis = 1
    padding: Padding = 0
    dilation: PerAxis = 1
    groups: int = 1
    bias: bool = True
    initializer: Initializer = he_normal

    def __post_init__(self) -> None:
        at_least_one(features=self.features, groups=self.groups)

    def geometry(self, size: tuple[int, ...]) -> Geometry:
        """Where the taps fall on an input of spatial shape `size`."""
        kernel = per_axis(self.kernel, self.axes, "kernel")
        stride = per_axis(self.stride, self.axes, "stride")
        dilation = per_axis(self.dilation, self.axes, "dilation")
        bare = Geometry(kernel, stride, ((0, 0),) * self.axes, dilation, self.groups)
        return bare._replace(padding=resolve(self.padding, size, bare.extent, stride))

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[ConvParams, Shape]:
        require_rank(self, in_shape, LETTERS[self.axes] + "C")
        *size, channels = in_shape
        geometry = self.geometry(tuple(size))
        require_groups(self.groups, channels, self.features)
        out_size = geometry.output_size(tuple(size))
        if min(out_size) < 1:
            raise ValueError(
                f"{type(self).__name__}: in_shape: expected at least the kernel "
                f"{geometry.extent} less the padding {geometry.padding}, "
                f"received {in_shape}"
            )
        width, area = channels // self.groups, prod(geometry.kernel)
        fan_out = area * self.features / self.groups / prod(geometry.stride)
        shape = (*geometry.kernel, width, self.features)
        W = self.initializer(rng, shape, area * width, fan_out)
        b = np.zeros(self.features) if self.bias else None
        return ConvParams(W, b), (*out_size, self.features)

    def forward(
        self, params: ConvParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, ConvCache]:
        channels = params.W.shape[-2] * self.groups
        require_input(self, x, LETTERS[self.axes] + "C", channels)
        size = x.shape[1:-1]
        F = shared_convolution(params.W, self.geometry(size), len(x), size, ctx)
        x = F.inputs(x)
        return F.fprop(x, params.b), ConvCache(x, F)

    def backward(
        self, params: ConvParams, cache: ConvCache, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, ConvParams | None, Array | Tiles]:
        (x, F), dx, dparams = cache, None, None
        db = self._db(dy) if wrt != "inputs" else None
        dy = F.outputs(dy)
        if wrt != "params":
            dx = F.dgrad(dy)
        if wrt != "inputs":
            dparams = ConvParams(F.wgrad((x, dy)), db)
        return dx, dparams, dy

    def jvp(
        self, params: ConvParams, cache: ConvCache, tx: Array
    ) -> tuple[Array, Array | Tiles]:
        tx = cache.F.inputs(tx)
        return cache.F.fprop(tx), tx

    def backward_jvp(
        self,
        params: ConvParams,
        cache: ConvCache,
        dcache: Array | Tiles,
        tcache: Array | Tiles,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, ConvParams | None]:
        (x, F), dy, tx = cache, dcache, tcache
        tdx, tdparams, pairs, tdb = None, None, [(tx, dy)], None
        if tdy is not None:
            tdb = self._db(tdy) if wrt != "inputs" else None
            tdy = F.outputs(tdy)
            pairs.append((x, tdy))
            if wrt != "params":
                tdx = F.dgrad(tdy)
        if wrt != "inputs":
            tdparams = ConvParams(F.wgrad(*pairs), tdb)
        return tdx, tdparams

    def _db(self, dy: Array) -> Array | None:
        return total(dy, tuple(range(dy.ndim - 1))) if self.bias else None


@dataclass(frozen=True)
class Conv1d(Conv):
    """Convolution of sequences (N, L, C); parameters as in `Conv`."""

    axes: ClassVar[int] = 1


@dataclass(frozen=True)
class Conv2d(Conv):
    """Convolution of images (N, H, W, C); parameters as in `Conv`."""

    axes: ClassVar[int] = 2


@dataclass(frozen=True)
class Conv3d(Conv):
    """Convolution of videos or volumes (N, D, H, W, C); parameters as in `Conv`."""

    axes: ClassVar[int] = 3


def shared_convolution(
    W: Array, geometry: Geometry, images: int, size: tuple[int, ...], ctx: Context
) -> Convolution:
    """The convolution by W, made once for all parts of a batch."""
    key = "convolution", id(W), geometry, images, size
    return ctx.group.once(key, lambda: convolution(W, geometry, images, size))


def require_groups(groups: int, channels: int, features: int) -> None:
    """Raise ValueError unless `groups` divides the channels on both sides."""
    if channels % groups or features % groups:
        raise ValueError(
            f"groups: expected a divisor of {channels} channels in and {features} out, "
            f"received {groups}"
        )
