"""Which pixels the rows and taps of a matrix of patches stand for.

On every axis, output pixel i and tap a stand for pixel p = s·i + d·a − b.
"""

from collections.abc import Sequence
from typing import NamedTuple

from scratchgan.kernels.geometry import Geometry
from scratchgan.kernels.phases import Phase


class Places(NamedTuple):
    """The numbers of p = s·i + d·a − b, one entry an axis."""

    out: tuple[int, ...]  # how many i
    kernel: tuple[int, ...]  # how many a
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    before: tuple[int, ...]  # b, which may be negative
    groups: int = 1


def of_convolution(geometry: Geometry, size: tuple[int, ...]) -> Places:
    """Patches of x, whose spatial shape is `size`: for fprop and wgrad.

    Raises
    ------
    ValueError
        If the kernel is larger than x with its padding.
    """
    out = geometry.output_size(size)
    if min(out) < 1:
        raise ValueError(f"geometry: expected to fit in {size}, received {geometry}")
    kernel, stride, padding, dilation, groups = geometry
    before = tuple(before for before, _ in padding)
    return Places(out, kernel, stride, dilation, before, groups)


def of_phase(
    choice: Sequence[Phase], geometry: Geometry, size: tuple[int, ...]
) -> Places:
    """Patches of dy for the pixels of dx of one phase: for dgrad.

    Parameters
    ----------
    choice : sequence of Phase
        One an axis.
    geometry : Geometry
        Of the convolution.
    size : tuple of int
        Spatial shape of dx.

    Notes
    -----
    A `Phase` has the part of dy that is seen cut out, and zeros around it. b is how far
    before the whole of dy the first patch begins: the kernel itself knows what is
    outside.
    """
    kernel = tuple(
        len(range(k)[each.taps])
        for each, k in zip(choice, geometry.kernel, strict=True)
    )
    return Places(
        out=_pixels(choice, geometry, size),
        kernel=kernel,
        stride=(1,) * len(kernel),
        dilation=tuple(each.dilation for each in choice),
        before=tuple(each.padding[0] - each.seen.start for each in choice),
        groups=geometry.groups,
    )


def of_pixels(
    choice: Sequence[Phase], geometry: Geometry, size: tuple[int, ...]
) -> Places:
    """The pixels of dx of one phase themselves; arguments as of `of_phase`."""
    return Places(
        out=_pixels(choice, geometry, size),
        kernel=(1,) * len(size),
        stride=geometry.stride,
        dilation=(1,) * len(size),
        before=tuple(-each.first for each in choice),
        groups=geometry.groups,
    )


def _pixels(
    choice: Sequence[Phase], geometry: Geometry, size: tuple[int, ...]
) -> tuple[int, ...]:
    """How many pixels of dx are of the phase, by axis."""
    axes = zip(choice, size, geometry.stride, strict=True)
    return tuple(len(range(each.first, n, s)) for each, n, s in axes)
