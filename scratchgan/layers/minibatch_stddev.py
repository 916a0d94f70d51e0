"""MinibatchStddev: how much the samples of a batch differ, as further channels.

x (N, *S, C), groups of G samples {n, n + M, n + 2M, …}, M = N/G, and F features: the
f-th run of C/F channels gives one number a group. Karras et al. 2018 (progressive
growing), section 3, in the form of StyleGAN2's discriminator. With m_G(·) the mean over
the samples of a group and m_Q(·) that over the pixels and the channels of a run, Q
numbers,

    c   = x − m_G(x)         σ   = √(m_G(c²) + eps)        s   = m_Q(σ)

Since tσ = m_G(c tc)/σ = m_G(c tx)/σ, with ds the sum of dy's further channels over the
pixels and samples of the group, the same for its samples,

    forward        y   = [x, s]
    backward       dx  = dy|x + c ds / (σ G Q)
    jvp            ty  = [tx, ts]              ts  = m_Q(tσ)
    backward_jvp   tdx = tdy|x + (tc ds / σ − c tσ ds / σ² + c tds / σ) / (G Q)

where tc = tx − m_G(tx). A batch smaller than G is one group. Kept: c and σ; by backward
ds; by jvp tc and tσ. Where the batch is computed in parts, every part gathers x, ds and
tx of the whole, few pixels as a rule, and returns its own rows. On a device with
kernels the batch is whole; c is (N, *S, C) there, σ and tσ (M, *S, C), ds (M, F).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import total, wide
from scratchgan.kernels.cuda import minibatch_stddev as on_device
from scratchgan.kernels.cuda.device import runner
from scratchgan.kernels.cuda.launch import Run
from scratchgan.layers.base import TRAINING, Context, Layer, require_input
from scratchgan.layers.checks import at_least_one, not_negative
from scratchgan.layers.group import Group
from scratchgan.types import Array, Shape, Wrt


class StddevCache(NamedTuple):
    """Deviations and their root mean square, by group: (G, M, *S, F, C/F)."""

    c: Array
    sigma: Array  # first axis of length one
    group: Group  # who has the rest of the batch


class StddevTangent(NamedTuple):
    """What jvp leaves."""

    tc: Array
    tsigma: Array


@dataclass(frozen=True)
class MinibatchStddev(Layer):
    """Standard deviation over groups of samples, appended as channels.

    Parameters
    ----------
    group : int
        G; must divide the batch, unless the batch is smaller.
    features : int
        F, a divisor of the number of channels.
    eps : float
        Stabiliser below the root.
    """

    group: int = 4
    features: int = 1
    eps: float = 1e-8

    def __post_init__(self) -> None:
        at_least_one(group=self.group, features=self.features)
        not_negative(eps=self.eps)

    @property
    def couples_batch(self) -> bool:
        return True

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        *size, channels = in_shape
        if channels % self.features:
            raise ValueError(
                f"MinibatchStddev: features: expected a divisor of {channels} "
                f"channels, received {self.features}"
            )
        return (), (*size, channels + self.features)

    def forward(
        self, params: tuple, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, StddevCache]:
        require_input(self, x, "")
        batch = ctx.group.gather(x)
        group = min(self.group, len(batch))
        if group < 1 or len(batch) % group:
            raise ValueError(
                f"MinibatchStddev: x: expected a batch that {self.group} divides, "
                f"received {len(batch)} samples"
            )
        if run := _runner(x, ctx.group):
            y, kept = on_device.forward(run, x, group, self.features, self.eps)
            return y, StddevCache(kept.c, kept.sigma, ctx.group)
        grouped = self._grouped(batch)
        c = grouped - grouped.mean(axis=0, keepdims=True)
        variance = np.mean(wide(c) * wide(c), axis=0, keepdims=True)
        sigma = np.sqrt(variance + variance.dtype.type(self.eps)).astype(x.dtype)
        return self._appended(x, sigma, ctx.group), StddevCache(c, sigma, ctx.group)

    def backward(
        self, params: tuple, cache: StddevCache, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array, tuple, Array]:
        c, sigma, group = cache
        if run := _runner(c, group):
            kept = on_device.Deviations(c, sigma)
            dx, ds = on_device.backward(run, kept, dy, self.features)
            return dx, (), ds
        ds = self._ds(cache, dy)
        own = group.own(self._flat(c * ds / sigma))
        return dy[..., : -self.features] + own, (), ds

    def jvp(
        self, params: tuple, cache: StddevCache, tx: Array
    ) -> tuple[Array, StddevTangent]:
        c, sigma, group = cache
        if run := _runner(c, group):
            kept = on_device.Deviations(c, sigma)
            ty, along = on_device.jvp(run, kept, tx, self.features)
            return ty, StddevTangent(*along)
        moved = self._grouped(group.gather(tx))
        tc = moved - moved.mean(axis=0, keepdims=True)
        tsigma = np.mean(c * tc, axis=0, keepdims=True) / sigma
        return self._appended(tx, tsigma, group), StddevTangent(tc, tsigma)

    def backward_jvp(
        self,
        params: tuple,
        cache: StddevCache,
        dcache: Array,
        tcache: StddevTangent,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array, tuple]:
        (c, sigma, group), ds, (tc, tsigma) = cache, dcache, tcache
        if run := _runner(c, group):
            kept, along = (on_device.Deviations(*two) for two in (cache[:2], tcache))
            args = (kept, ds, along, tdy, self.features)
            return on_device.backward_jvp(run, *args), ()
        moving = (tc - c * tsigma / sigma) * ds / sigma
        if tdy is None:
            return group.own(self._flat(moving)), ()
        moving += c * self._ds(cache, tdy) / sigma
        return tdy[..., : -self.features] + group.own(self._flat(moving)), ()

    def _grouped(self, x: Array) -> Array:
        """(N, *S, C) to (G, M, *S, F, C/F)."""
        n, *size, channels = x.shape
        group = min(self.group, n)
        runs = self.features, channels // self.features
        return x.reshape(group, n // group, *size, *runs)

    def _flat(self, grouped: Array) -> Array:
        """The inverse of `_grouped`."""
        group, m, *size, features, run = grouped.shape
        return grouped.reshape(group * m, *size, features * run)

    def _appended(self, x: Array, sigma: Array, group: Group) -> Array:
        """[x, s], with s the mean of `sigma` over pixels and runs, for every pixel."""
        pixels = (*range(2, sigma.ndim - 2), sigma.ndim - 1)
        s = sigma.mean(axis=pixels)  # (1, M, F)
        batch = len(x) * group.size
        every = np.broadcast_to(s, (batch // s.shape[1], *s.shape[1:]))
        each = group.own(every.reshape(batch, self.features))
        each = each.reshape(len(x), *(1,) * (x.ndim - 2), self.features)
        further = np.broadcast_to(each, (*x.shape[:-1], self.features))
        return np.concatenate([x, further], axis=-1)

    def _ds(self, cache: StddevCache, dy: Array) -> Array:
        """Sum of dy's further channels over a group's pixels, divided by G Q."""
        group, m, *size, features, run = cache.c.shape
        batch = cache.group.gather(dy[..., -features:])
        last = batch.reshape(group, m, -1, features)
        count = group * run * (cache.c.size // max(1, group * m * features * run))
        ds = total(last, (0, 2)) / count
        return ds.reshape(1, m, *(1,) * len(size), features, 1)


def _runner(x: Array, group: Group) -> Run | None:
    """Who runs kernels on x, where the batch is whole."""
    return runner(x) if group.size == 1 else None
