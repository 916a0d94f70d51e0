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

from scratchgan.kernels.upfirdn2d import (
    Resampling,
    output_size,
    upfirdn2d,
    upfirdn2d_adjoint,
)
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
        taps = np.asarray(self.filter, float)
        if taps.ndim not in (1, 2) or taps.size == 0 or not abs(taps.sum()) > 0:
            raise ValueError(
                "filter: expected a row of numbers or rows of them, with a sum other "
                f"than zero, received {self.filter!r}"
            )

    @property
    def taps(self) -> Array:
        """The filter as an array (KH, KW), flipped, with sum `gain`."""
        f = np.asarray(self.filter, float)
        plane = f if f.ndim == 2 else np.outer(f, f)
        return plane[::-1, ::-1] * (self.gain / plane.sum())

    @property
    def resampling(self) -> Resampling:
        """`up`, `down` and `padding`, spelled out."""
        sides = sides_of(self.padding, 2)
        if sides is None:
            raise ValueError(
                "padding: expected an integer, one an axis, or one (before, after) an "
                f"axis, received {self.padding!r}"
            )
        up, down = per_axis(self.up, 2, "up"), per_axis(self.down, 2, "down")
        return Resampling((up[0], up[1]), (down[0], down[1]), (sides[0], sides[1]))

    def init(self, rng: np.random.Generator, in_shape: Shape) -> tuple[tuple, Shape]:
        require_rank(self, in_shape, "HWC")
        height, width, channels = in_shape
        out = output_size((height, width), self.taps.shape, self.resampling)
        if min(out) < 1:
            raise ValueError(
                "UpFirDn2d: in_shape: expected an upsampled image at least as large as "
                f"the filter {self.taps.shape}, received {in_shape}"
            )
        return (), (*out, channels)

    def apply(self, x: Array) -> Array:
        return upfirdn2d(x, self.taps, self.resampling)

    def adjoint(self, dy: Array, in_shape: Shape) -> Array:
        size = in_shape[0], in_shape[1]
        return upfirdn2d_adjoint(dy, self.taps, self.resampling, size)
