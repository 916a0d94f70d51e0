"""EachFrame: one network for every frame of a video.

x (N, T, …), y (N, T, …), frames t; f is the network, Jₜ its Jacobian at x[t]:

    forward        y[t]   = f(x[t]; θ)
    backward       dx[t]  = Jₜᵀ dy[t]         dθ  = Σₜ ∂⟨dy[t], f(x[t]; θ)⟩/∂θ
    jvp            ty[t]  = Jₜ tx[t]
    backward_jvp   tdx[t] = d(Jₜᵀ dy[t])      f's own, at x[t] along (tx[t], tdy[t])

N videos of T frames are N·T samples for f: the frames are folded into the batch on the
way in, and taken out of it on the way out. A batch normalisation in f so takes its
statistics over all frames of all videos.

Kept: what f keeps. Its arrays have N·T rows; they are handed on as (N, T, …), so that
the cache can be cut video by video. A network that couples the batch may keep arrays
without samples, and its cache is never cut: it stays as it is.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.types import Array, Shape, Tree, Wrt


class FramesCache(NamedTuple):
    """What f keeps, and T."""

    inner: Any
    frames: int


@dataclass(frozen=True)
class EachFrame(Layer):
    """The same network for every frame, (N, T, *S) to (N, T, *S′).

    Parameters
    ----------
    layer : Layer
        f, from one array (N, *S) to one (N, *S′).
    """

    layer: Layer

    @property
    def couples_batch(self) -> bool:
        return self.layer.couples_batch

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[Any, Shape]:
        if len(in_shape) < 2 or any(isinstance(n, tuple) for n in in_shape):
            raise ValueError(
                f"EachFrame: in_shape: expected (T, …, C), received {in_shape}"
            )
        params, shape = self.layer.init(rng, in_shape[1:])
        return params, (in_shape[0], *shape)

    def forward(
        self, params: Any, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, FramesCache]:
        require_input(self, x, "")
        if x.ndim < 3:
            raise ValueError(
                f"EachFrame: x: expected shape (N, T, …, C), received {x.shape}"
            )
        frames = x.shape[1]
        y, cache = self.layer.forward(
            params, _fold(x), replace(ctx, first=ctx.first * frames)
        )
        if not self.couples_batch:
            cache = tree.map(lambda a: _unfold(a, frames), cache)
        return _unfold(y, frames), FramesCache(cache, frames)

    def backward(
        self, params: Any, cache: FramesCache, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, Any, Any]:
        inner = self._inner(cache)
        dx, dparams, dcache = self.layer.backward(params, inner, _fold(dy), wrt)
        return _unfold(dx, cache.frames), dparams, dcache

    def jvp(self, params: Any, cache: FramesCache, tx: Array) -> tuple[Array, Any]:
        ty, tcache = self.layer.jvp(params, self._inner(cache), _fold(tx))
        return _unfold(ty, cache.frames), tcache

    def backward_jvp(
        self,
        params: Any,
        cache: FramesCache,
        dcache: Any,
        tcache: Any,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, Any]:
        inner = self._inner(cache)
        tdx, tdparams = self.layer.backward_jvp(
            params, inner, dcache, tcache, _fold(tdy), wrt
        )
        return _unfold(tdx, cache.frames), tdparams

    def advance(self, params: Any, cache: FramesCache) -> Any:
        return self.layer.advance(params, self._inner(cache))

    def _inner(self, cache: FramesCache) -> Tree:
        """The cache that f left."""
        return cache.inner if self.couples_batch else tree.map(_fold, cache.inner)


def _fold(a: Any) -> Any:
    """(N, T, …) to (N·T, …); None, and what is no array, as it is."""
    if not hasattr(a, "ndim"):
        return a
    return a.reshape(a.shape[0] * a.shape[1], *a.shape[2:])


def _unfold(a: Any, frames: int) -> Any:
    """(N·T, …) to (N, T, …); None, and what is no array, as it is."""
    if not hasattr(a, "ndim"):
        return a
    return a.reshape(a.shape[0] // frames, frames, *a.shape[1:])
