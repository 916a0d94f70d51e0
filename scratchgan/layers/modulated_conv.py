"""ModulatedConv2d: a convolution whose weights each sample's style scales.

x (N, H, W, C), style s (N, C), weights W (K, K, C, O), y (N, H′, W′, O). Karras et al.
2020 (StyleGAN2), eqs. 1 and 3: sample n is convolved with

    w″  = s W / √(Σ (s W)² + eps)

the sum over taps and channels in, for each output. Both factors can be taken out of the
convolution F, so that all samples share one product:

    u   = s x          a   = F(u, W)          d   = (s² Σ W² + eps)^(−½)

u is the modulated input and d (N, O) the demodulation, which has a file of its own with
its derivatives: ds|d and dW|d are what a cotangent of d alone gives. D and G are F's
adjoints in u and W. Each line is one of the above, differentiated, and the product rule
differentiates backward once more along (tx, ts, tdy):

    forward        y   = d a
    backward       da  = d dy                    dd  = Σ a dy
                   du  = D(da, W)                dx  = s du
                   dW  = G(u, da) + dW|d         ds  = Σ x du + ds|d

    jvp            tu  = s tx + ts x             ta  = F(tu, W)
                   ty  = td a + d ta

    backward_jvp   tda = td dy + d tdy           tdd = Σ (ta dy + a tdy)
                   tdu = D(tda, W)               tdx = ts du + s tdu
                   tdW = G(tu, da) + G(u, tda) + tdW|d
                   tds = Σ (tx du + x tdu) + tds|d

with sums over pixels. Without demodulation (ToRGB) d = 1. Kept: x, s, u, a, d and F; by
backward dy, da, dd and du; by jvp tx, ts, tu, ta and td: u, tu and da as F's tiles.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.kernels.conv import Tiles
from scratchgan.layers import demodulation as demod
from scratchgan.layers.base import (
    TRAINING,
    Context,
    Layer,
    require_input,
    require_inputs,
    require_rank,
)
from scratchgan.layers.checks import at_least_one, not_negative
from scratchgan.layers.filters import Filter, WeightedFilter
from scratchgan.layers.initializers import Initializer, he_normal
from scratchgan.layers.modulation import modulate, pull, pull_tangent, push
from scratchgan.types import Array, Shape, Wrt


class ModulatedConvParams(NamedTuple):
    """Weights (K, K, C, O)."""

    W: Array


class ModulatedConvCache(NamedTuple):
    """What the product rule needs of the forward pass."""

    x: Array
    s: Array
    u: Array | Tiles  # s x
    a: Array  # convolution of s x
    d: Array | None  # (N, O); None without demodulation
    F: WeightedFilter  # the convolution with W, and its adjoints


class ModulatedConvCotangent(NamedTuple):
    """What backward leaves."""

    dy: Array
    da: Array | Tiles
    dd: Array | None  # (N, O); None without demodulation
    du: Array


class ModulatedConvTangent(NamedTuple):
    """What jvp leaves; tx is None where zero."""

    tx: Array | None
    ts: Array
    tu: Array | Tiles
    ta: Array
    td: Array | None  # None without demodulation


@dataclass(frozen=True)
class ModulatedConv2d(Layer):
    """Modulated convolution of StyleGAN2; inputs x (N, H, W, C) and style (N, C).

    Parameters
    ----------
    features : int
        O.
    kernel : int
        K.
    padding : int
        Zeros on every side; with `up`, cropped from every side of the output.
    up : int
        1, or 2 for a transposed convolution of stride 2, to be blurred (`UpFirDn2d`).
    demodulate : bool
        Whether to divide by the norm of the scaled weights.
    eps : float
        Stabiliser below the root.
    initializer : callable
        ``(rng, shape, fan_in, fan_out) -> W``.
    """

    features: int
    kernel: int = 3
    padding: int = 1
    up: int = 1
    demodulate: bool = True
    eps: float = 1e-8
    initializer: Initializer = he_normal

    def __post_init__(self) -> None:
        at_least_one(features=self.features, kernel=self.kernel, up=self.up)
        not_negative(padding=self.padding, eps=self.eps)

    @property
    def filter(self) -> Filter:
        """F and its adjoints."""
        return Filter(self.kernel, self.padding, self.up)

    def init(
        self, rng: np.random.Generator, in_shape: Any
    ) -> tuple[ModulatedConvParams, Shape]:
        require_inputs(self, in_shape, 2, "x, style")
        shape, style = in_shape
        require_rank(self, shape, "HWC")
        channels, area = shape[-1], self.kernel**2
        if style != (channels,):
            raise ValueError(
                f"ModulatedConv2d: in_shape: expected a style ({channels},) for "
                f"{channels} channels, received {style}"
            )
        out_size = self.filter.out_size(shape[:2])
        if min(out_size) < 1:
            raise ValueError(
                f"ModulatedConv2d: in_shape: expected an output of at least one pixel, "
                f"received {shape} for kernel {self.kernel}, padding {self.padding}"
            )
        full = (self.kernel, self.kernel, channels, self.features)
        W = self.initializer(rng, full, area * channels, area * self.features)
        return ModulatedConvParams(W), (*out_size, self.features)

    def forward(
        self, params: ModulatedConvParams, x: tuple, ctx: Context = TRAINING
    ) -> tuple[Array, ModulatedConvCache]:
        require_inputs(self, x, 2, "x, style")
        (image, s), channels = x, params.W.shape[2]
        require_input(self, image, "HWC", channels)
        require_input(self, s, "C", channels)
        F = self.filter.of(params.W, len(image), image.shape[1:3])
        u = F.inputs(modulate(s, image))
        y = a = F.apply(u)
        d = demod.demodulation(s, params.W, self.eps) if self.demodulate else None
        if d is not None:
            y = modulate(d, a)
        return y, ModulatedConvCache(image, s, u, a, d, F)

    def backward(
        self,
        params: ModulatedConvParams,
        cache: ModulatedConvCache,
        dy: Array,
        wrt: Wrt = "all",
    ) -> tuple[tuple | None, ModulatedConvParams | None, ModulatedConvCotangent]:
        x, s, u, a, d, F = cache
        da, dd, ds, dW, dx, dparams = dy, None, None, None, None, None
        if d is not None:
            dd, da = pull(d, a, dy)
            ds, dW = demod.pull(s, params.W, d, dd)
        da = F.outputs(da)
        du = F.adjoint(da)
        if wrt != "params":
            of_input, dimage = pull(s, x, du)
            dx = (dimage, tree.add(of_input, ds))
        if wrt != "inputs":
            dparams = ModulatedConvParams(tree.add(F.weights((u, da)), dW))
        return dx, dparams, ModulatedConvCotangent(dy, da, dd, du)

    def jvp(
        self, params: ModulatedConvParams, cache: ModulatedConvCache, tx: tuple
    ) -> tuple[Array, ModulatedConvTangent]:
        x, s, _, a, d, F = cache
        timage, ts = tx[0], np.zeros_like(s) if tx[1] is None else tx[1]
        tu = F.inputs(push(s, x, ts, timage))
        ty = ta = F.apply(tu)
        td = None
        if d is not None:
            td = demod.push(s, params.W, d, ts)
            ty = push(d, a, td, ta)
        return ty, ModulatedConvTangent(timage, ts, tu, ta, td)

    def backward_jvp(
        self,
        params: ModulatedConvParams,
        cache: ModulatedConvCache,
        dcache: ModulatedConvCotangent,
        tcache: ModulatedConvTangent,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[tuple | None, ModulatedConvParams | None]:
        (x, s, u, a, d, F), (dy, da, dd, du) = cache, dcache
        tx, ts, tu, ta, td = tcache
        tda, tds, tdW, tdx, tdparams = tdy, None, None, None, None
        if d is not None and dd is not None and td is not None:
            tdd, tda = pull_tangent(d, a, dy, td, ta, tdy)
            assert tdd is not None  # since ta is not
            tds, tdW = demod.pull_tangent(s, params.W, d, dd, ts, td, tdd)
        tda = None if tda is None else F.outputs(tda)
        if wrt != "params":
            tdu = None if tda is None else F.adjoint(tda)
            of_input, tdimage = pull_tangent(s, x, du, ts, tx, tdu)
            tdx = (tdimage, tree.add(of_input, tds))
        if wrt != "inputs":
            pairs = [(tu, da)]
            if tda is not None:
                pairs.append((u, tda))
            tdparams = ModulatedConvParams(tree.add(F.weights(*pairs), tdW))
        return tdx, tdparams
