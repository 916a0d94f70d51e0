"""MixedPrecision: the sweeps of a layer in narrow numbers, its parameters in wide ones.

Micikevicius et al. 2018. The parameters that an optimiser moves stay wide (section 3.1,
"master weights"): an update smaller than 2⁻¹² of a weight would be lost in float16.
With fl the rounding to the narrow type, f the layer and θ its parameters,

    y   = f(fl(x); fl(θ))

float16 knows no number between 0 and 2⁻²⁴ and none above 65504, and cotangents are
often smaller than that. The paper multiplies the loss by a constant (section 3.2). Here
every sweep finds a factor of its own, since it is linear in what it carries: it is
scaled by a power of two, which rounds nothing, so that the largest number of all is at
least L and below 2L,

    s   = 2^⌈log₂(L / max |dy|)⌉          σ   = 2^⌈log₂(L / max |tx|)⌉

and scaled back when it arrives. With J the Jacobian at (fl(x); fl(θ)),

    backward       dx  = Jᵀ fl(s dy) / s
    jvp            ty  = J fl(σ tx) / σ
    backward_jvp   tdx = backward_jvp(fl(s dy), fl(σ tx), 0) / (s σ) + backward(tdy)

and the same for dθ and tdθ. The last sweep, for tdy = 0, is linear in dy and linear in
tx, and takes both as the sweeps before it left them; tdy, whose size has nothing to do
with theirs, goes down by itself. Where a layer couples the batch, the members of a
group scale by the sum of their largest numbers: all must carry numbers of one size.

A gradient in θ is a sum over samples and pixels, and is rounded to float16 before it is
scaled back: it must not reach 65504, which is 2²⁰ L for L = 2⁻⁴. A cotangent that is
2¹⁰ times smaller than the largest begins to lose digits, and at 2²¹ it is lost. Nothing
scales y: activations beyond 65504 overflow.

Kept: what the layer keeps, narrow, and of every sweep the inverse of its scale.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.kernels.accumulate import wide
from scratchgan.layers.base import TRAINING, Context, Layer
from scratchgan.layers.group import ALONE, Group
from scratchgan.layers.sweep import Zero, is_zero
from scratchgan.types import Array, Shape, Tree, Wrt

LARGEST = -4  # log₂ of L

MOST = 126  # log₂ of the largest scale; float32 knows its inverse too


class MixedCache(NamedTuple):
    """The layer's cache, and who has the rest of the batch."""

    inside: Any
    group: Group


class Scaled(NamedTuple):
    """The trace of a sweep that carried scaled numbers."""

    inside: Any  # the layer's trace
    inverse: Array  # 1/s or 1/σ, ()
    dtype: str  # of the numbers before they were rounded


@dataclass(frozen=True)
class MixedPrecision(Layer):
    """A layer whose sweeps compute in another type of numbers than its parameters'.

    Results have the type of the arguments: a network of float32 parameters takes and
    returns float32, and its losses, penalties and optimisers never see float16.

    Parameters
    ----------
    layer : Layer
        Who computes, a whole network for example.
    dtype : str
        What in: ``"float16"``; sums are float32 there, as in every layer.
    """

    layer: Layer
    dtype: str = "float16"

    @property
    def couples_batch(self) -> bool:
        return self.layer.couples_batch

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[Tree, Shape]:
        return self.layer.init(rng, in_shape)

    def advance(self, params: Tree, cache: MixedCache) -> Tree:
        return self.layer.advance(params, cache.inside)

    def forward(
        self, params: Tree, x: Tree, ctx: Context = TRAINING
    ) -> tuple[Tree, MixedCache]:
        y, inside = self.layer.forward(self._narrow(params), self._narrow(x), ctx)
        group = ctx.group if self.couples_batch else ALONE
        return tree.floats_astype(y, _dtype((x, params))), MixedCache(inside, group)

    def backward(
        self, params: Tree, cache: MixedCache, dy: Tree, wrt: Wrt = "all"
    ) -> tuple[Tree, Tree, Scaled | Zero]:
        if is_zero(dy):
            return None, None, Zero()
        carried, inverse = self._scaled(dy, cache.group)
        dx, dparams, inside = self.layer.backward(
            self._narrow(params), cache.inside, carried, wrt
        )
        trace = Scaled(inside, inverse, _dtype(dy))
        return _unscaled(dx, trace), _unscaled(dparams, trace), trace

    def jvp(
        self, params: Tree, cache: MixedCache, tx: Tree
    ) -> tuple[Tree, Scaled | Zero]:
        if is_zero(tx):
            return None, Zero()
        carried, inverse = self._scaled(tx, cache.group)
        ty, inside = self.layer.jvp(self._narrow(params), cache.inside, carried)
        trace = Scaled(inside, inverse, _dtype(tx))
        return _unscaled(ty, trace), trace

    def backward_jvp(
        self,
        params: Tree,
        cache: MixedCache,
        dcache: Scaled | Zero,
        tcache: Scaled | Zero,
        tdy: Tree = None,
        wrt: Wrt = "all",
    ) -> tuple[Tree, Tree]:
        tdx = tdparams = None
        if isinstance(dcache, Scaled) and isinstance(tcache, Scaled):
            traces = cache.inside, dcache.inside, tcache.inside
            found = self.layer.backward_jvp(self._narrow(params), *traces, None, wrt)
            tdx, tdparams = _unscaled(found, dcache, tcache)
        dx, dparams, _ = self.backward(params, cache, tdy, wrt)
        return tree.add(tdx, dx), tree.add(tdparams, dparams)

    def _narrow(self, values: Tree) -> Tree:
        return tree.floats_astype(values, self.dtype)

    def _scaled(self, values: Tree, group: Group) -> tuple[Tree, Array]:
        """The numbers that a sweep carries, narrow, and what scales them back."""
        scale, inverse = _scale(values, group)
        return tree.map(lambda a: (a * scale).astype(self.dtype), values), inverse


def _scale(values: Tree, group: Group) -> tuple[Array, Array]:
    """A power of two and its inverse, (): the largest number times it is in [L, 2L)."""
    each = [_largest(wide(leaf)) for leaf in tree.leaves(values)]
    largest = group.total(reduce(np.maximum, each))
    _, exponent = np.frexp(largest)  # some number where all are zero, or one infinite
    power, one = (LARGEST + 1 - exponent).clip(-MOST, MOST), np.ones_like(largest)
    return np.ldexp(one, power), np.ldexp(one, -power)


def _largest(x: Array) -> Array:
    """The largest magnitude, (), of an empty array 0."""
    if not x.size:
        return np.zeros_like(x, shape=())
    return np.maximum(x.max(), -x.min())


def _unscaled(values: Tree, *traces: Scaled) -> Tree:
    """`values` divided by the scales of sweeps, in the type of the first one's."""

    def unscaled(leaf: Array) -> Array:
        for trace in traces:  # the product of their scales may be no number
            leaf = leaf * trace.inverse
        return leaf.astype(traces[0].dtype, copy=False)

    return tree.map(unscaled, values)


def _dtype(values: Tree) -> str:
    """Of the first floating-point leaf."""
    return next(x.dtype.name for x in tree.leaves(values) if x.dtype.kind == "f")
