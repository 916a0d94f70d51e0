"""UpFirDn2d: upsample, filter, downsample; the resampling of StyleGAN2.

x (N, H, W, C) to y (N, H′, W′, C). Zeros between the pixels, padding, a FIR filter for
every channel, and every d-th pixel of the result (`kernels.upfirdn2d`): along an axis

    z[i u]  = x[i]                             0 elsewhere
    y[j]    = Σₖ f[K − 1 − k] z[j d − p + k]

a convolution proper, f flipped. Linear in x, so that the verbs are those of
`shaping.LinearMap`. Karras et al. 2018 and 2019 use f = [1, 3, 3, 1] or [1, 2, 1] along
each axis, normalised to unit sum, with gain u² where zeros were put in. A filter of
even length has its centre between pixels: padding of (K + u − 1)/2 before and (K − u)/2
after, rounded down, keeps an image in its place when it grows by u.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchgan.kernels.resampling import Filter, along
from scratchgan.kernels.upfirdn2d import upfirdn2d
from scratchgan.layers.base import require_rank
from scratchgan.layers.padding import PerAxis, per_axis, sides_of
from scratchgan.layers.shaping import LinearMap
from scratchgan.types import Array, Shape


@dataclass(frozen=True)
class UpFirDn2d(LinearMap):
    """Resampling by any FIR filter.

    Parameters
    ----------
    filter : tuple
        K numbers, used along both axes, or rows of numbers; scaled to sum to `gain`.
    up, down : int or (int, int)
        u and d.
    padding : int or tuple
        Zeros on every side of the upsampled image, one number an axis or one
        (before, after) an axis; negative ones crop.
    gain : float
        Sum of the filter; u² keeps the brightness of an image with zeros put in.
    """

    filter: tuple
    up: PerAxis = 1
    down: PerAxis = 1
    padding: Any = 0
    gain: float = 1.0

    def __post_init__(self) -> None:
        try:
            taps = np.asarray(self.filter, float)
        except (TypeError, ValueError):  # rows of several lengths, or no numbers
            taps = np.zeros(0)
        plain = isinstance(self.filter, tuple) and taps.ndim in (1, 2)
        if not plain or not 0 < abs(taps.sum()) < np.inf:
            raise ValueError(
                "filter: expected a tuple of numbers, or of rows of them, with a sum "
                f"other than zero, received {self.filter!r}"
            )

    @property
    def passes(self) -> tuple[Filter, ...]:
        """One filter for rows of numbers; for a row, one along each axis."""
        sides = sides_of(self.padding, 2)
        if sides is None:
            raise ValueError(
                "padding: expected an integer, one an axis, or one (before, after) an "
                f"axis, received {self.padding!r}"
            )
        up, down = per_axis(self.up, 2, "up"), per_axis(self.down, 2, "down")
        f = np.asarray(self.filter, float)
        if f.ndim == 2:
            return (Filter(f * (self.gain / f.sum()), up, down, sides),)
        gains = self.gain / f.sum(), 1 / f.sum()
        return tuple(
            along(axis, 2, tuple(f * gains[axis]), up[axis], down[axis], sides[axis])
            for axis in (0, 1)
        )

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        require_rank(self, in_shape, "HWC")
        *size, channels = in_shape
        out = tuple(size)
        for each in self.passes:
            out = each.output_size(out)
        if min(out) < 1:
            raise ValueError(
                "UpFirDn2d: in_shape: expected an upsampled image at least as large as "
                f"the filter {self.filter}, received {in_shape}"
            )
        return (), (*out, channels)

    def apply(self, x: Array) -> Array:
        for each in self.passes:
            x = upfirdn2d(x, each)
        return x

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        sizes = [in_shape[:-1]]
        for each in self.passes:
            sizes.append(each.output_size(sizes[-1]))
        for each, size in zip(self.passes[::-1], sizes[-2::-1], strict=True):
            dy = upfirdn2d(dy, each.adjoint(size))
        return dy
