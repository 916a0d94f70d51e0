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

Statistics of float16 arrays are taken in float32, where squares do not overflow.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import mean, wide
from scratchgan.layers.group import ALONE, Group
from scratchgan.types import Array


class Standardized(NamedTuple):
    """What the sweeps need of x."""

    h: Array  # (x − m) r, shape of x
    r: Array  # (v + eps)^(−½), reduced axes of length one


def standardize(
    x: Array, axes: tuple[int, ...], eps: float, group: Group = ALONE
) -> tuple[Standardized, Array, Array]:
    """Return h and r, the mean and the (biased) variance of `x` over `axes`."""
    x, dtype = wide(x), x.dtype
    mu = group.means(_mean(x, axes))
    h = x - mu
    variance = group.means(_mean(h * h, axes))
    r = 1 / np.sqrt(variance + x.dtype.type(eps))
    h *= r
    parts = (h, r, mu, variance)
    h, r, mu, variance = (part.astype(dtype, copy=False) for part in parts)
    return Standardized(h, r), mu, variance


def project(
    s: Standardized, u: Array, axes: tuple[int, ...], group: Group = ALONE
) -> Array:
    """P u = r (u − m(u) − h m(h u)): both J u and Jᵀ u of the standardisation."""
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
