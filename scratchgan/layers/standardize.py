"""Standardisation, the primitive that the normalising layers share.

Over a set of axes, with m(·) the mean over them, kept as axes of length one (through a
`Group` where the batch is among them and computed in parts):

    v = m((x − m(x))²)      r = (v + eps)^(−½)      h = (x − m(x)) r

**First derivative.** tv = 2 m((x − m(x)) tx) = 2 m(h tx) / r, so that

    tr = −½ r³ tv = −r² m(h tx)
    th = r (tx − m(tx)) + (x − m(x)) tr
       = r (tx − m(tx) − h m(h tx))  =:  P tx

P is symmetric, ⟨u, P w⟩ = ⟨P u, w⟩, so that backward is P as well.

**Second derivative.** P depends on x through r and h. Along tx, with th = P tx and
tr / r = −r m(h tx),

    Ṗ u = (tr / r) P u − r (th m(h u) + h m(th u))

Statistics of float16 arrays are taken in float32, where squares do not overflow. On a
device with kernels r stays in float32.
"""

from math import prod
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import mean, wide
from scratchgan.kernels.cuda import norm_sweeps, norms
from scratchgan.kernels.cuda.device import runner
from scratchgan.kernels.cuda.launch import Run
from scratchgan.layers.group import ALONE, Group
from scratchgan.types import Array


class Standardized(NamedTuple):
    """What the sweeps need of x."""

    h: Array  # (x − m) r, shape of x
    r: Array  # (v + eps)^(−½), reduced axes of length one


def standardize(
    x: Array, axes: tuple[int, ...], eps: float, group: Group = ALONE
) -> tuple[Standardized, Array, Array]:
    """Return h and r, the mean and the (biased) variance of `x` over `axes`.

    The last two are float32 where x is float16: they may be larger than that can hold.
    """
    if run := _runner(x, axes, group):
        return _on_device(run, x, axes, eps)
    x, dtype = wide(x), x.dtype
    mu = group.means(_mean(x, axes))
    h = x - mu
    variance = group.means(_mean(h * h, axes))
    r = 1 / np.sqrt(variance + x.dtype.type(eps))
    h *= r
    h, r = (part.astype(dtype, copy=False) for part in (h, r))
    return Standardized(h, r), mu, variance


def project(
    s: Standardized, u: Array, axes: tuple[int, ...], group: Group = ALONE
) -> Array:
    """P u = r (u − m(u) − h m(h u)): both J u and Jᵀ u of the standardisation."""
    if run := _runner(u, axes, group):
        return norm_sweeps.backward(run, _norm(s), u)[0]
    mu, hu = _agreed(group, u, _mean(u, axes), _mean(s.h * u, axes))
    return _projected(s, u, mu, hu)


def project_tangent(
    s: Standardized,
    u: Array,
    tx: Array,
    th: Array,
    axes: tuple[int, ...],
    group: Group = ALONE,
) -> Array:
    """Ṗ u, the derivative of P u along tx with u held, where th = P tx."""
    if run := _runner(u, axes, group):
        sums, tsums = (norm_sweeps.sums(run, _norm(s), w) for w in (u, tx))
        return norm_sweeps.backward_jvp(run, _norm(s), u, sums, th, tsums, None)[0]
    mu, hu, thu, htx = _agreed(
        group,
        u,
        _mean(u, axes),
        _mean(s.h * u, axes),
        _mean(th * u, axes),
        _mean(s.h * tx, axes),
    )
    moved = _projected(s, u, mu, hu)
    moved *= -s.r * htx  # (tr / r) P u
    rest = th * hu
    rest += s.h * thu
    rest *= s.r
    moved -= rest
    return moved


def _runner(x: Array, axes: tuple[int, ...], group: Group) -> Run | None:
    """Who runs kernels on x; they know axes that lie side by side, and no parts."""
    run = runner(x) if group.size == 1 else None
    if run is None or not axes or axes[0] > 1 or axes[-1] < x.ndim - 2:
        return None
    return run if axes == tuple(range(axes[0], axes[-1] + 1)) else None


def _on_device(
    run: Run, x: Array, axes: tuple[int, ...], eps: float
) -> tuple[Standardized, Array, Array]:
    """`standardize` by kernels."""
    kept = tuple(1 if a in axes else n for a, n in enumerate(x.shape))
    groups, channels = prod(kept[:-1]), kept[-1]
    found = norms.moments(run, x, groups, channels, eps)
    h, _ = norms.normalize(run, x, found, None, None)
    mu, variance = (s.reshape(kept) for s in found[::2])
    return Standardized(h, found.r.reshape(kept)), mu, variance


def _norm(s: Standardized) -> norm_sweeps.Norm:
    """As the kernels take it."""
    return norm_sweeps.Norm(s.h, s.r.reshape(-1, s.r.shape[-1]), None)


def _projected(s: Standardized, u: Array, mu: Array, hu: Array) -> Array:
    """P u by both means; in place, since memory bounds it."""
    found = s.h * hu
    found += mu
    np.subtract(u, found, out=found)
    found *= s.r
    return found


def _mean(u: Array, axes: tuple[int, ...]) -> Array:
    """Mean over `axes`, of length one; of a group of channels, repeated for each.

    Broadcasting then runs along all channels at once, not along those of a group.
    """
    found = mean(u, axes)
    grouped = u.ndim > 2 and u.ndim - 1 in axes and u.ndim - 2 not in axes
    return found.repeat(u.shape[-1], axis=-1) if grouped else found


def _agreed(group: Group, u: Array, *means: Array) -> list[Array]:
    """Means over our rows to means over the batch, by one exchange, in u's dtype."""
    over_batch = group.means(np.stack(means))
    return [each.astype(u.dtype, copy=False) for each in over_batch]
