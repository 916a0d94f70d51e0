"""What the kernels of `implicit_gemm` are told of a convolution; see the sources."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.cuda.division import DIVISOR, LIMIT, divisor, structure
from scratchgan.kernels.cuda.places import Places, of_convolution, of_phase, of_pixels
from scratchgan.kernels.geometry import Geometry
from scratchgan.kernels.phases import phase

AXES = 2
PHASES = 4  # of a launch: those of a stride of two
FAR = 1 << 30  # no pixel is so far outside
ROOM = 1 << 12  # by how much a tile may go past the end of a sum

#: The structures of the source.
PHASE = np.dtype(
    [
        *((name, "u4") for name in ("rows", "depth")),
        ("out", DIVISOR, AXES),
        ("taps", DIVISOR),
        *((name, "i4", AXES) for name in ("before", "tap", "step", "first")),
    ]
)
PROBLEM = np.dtype(
    [
        ("channels", DIVISOR),
        ("columns", "u4"),
        ("kernel", "i4"),
        *(
            (name, "i4", AXES)
            for name in ("size", "stride", "dilation", "to_size", "to_stride")
        ),
        ("phase", PHASE, PHASES),
    ]
)


class Part(NamedTuple):
    """Pixels of the result that meet the same taps of W."""

    seen: Places  # of the gathered array
    tap: tuple[int, ...]  # the first of them in W, by axis
    step: tuple[int, ...]  # and how far the next one is
    first: tuple[int, ...]  # pixel of the result, by axis


def fits(
    x_shape: tuple[int, ...], geometry: Geometry, dtype: np.dtype | type | str
) -> bool:
    """Whether a convolution of an x of that shape can be an implicit GEMM.

    Parameters
    ----------
    x_shape : tuple of int
        (N, H, W, C).
    geometry : Geometry
        Of the convolution.
    dtype : dtype
        In which x, W and y are stored.

    Returns
    -------
    bool
        True for two axes, one group, float32 or float16, and fewer than 2³¹ pixels of
        x and of y and numbers in a patch; false where y has no pixels.
    """
    stored = np.dtype(dtype) in (np.float16, np.float32)
    if not stored or len(x_shape) != AXES + 2 or geometry.groups != 1:
        return False
    images, *size, channels = x_shape
    out = geometry.output_size(tuple(size))
    reach = (*geometry.extent, *(abs(p) for pair in geometry.padding for p in pair))
    return (
        min(*out, channels) > 0
        and max(*reach, *size, *geometry.stride) < FAR // 2
        and images * max(prod(size), prod(out)) < LIMIT - ROOM
        and prod(geometry.kernel) * channels < LIMIT - ROOM
    )


def require(x_shape: tuple[int, ...], geometry: Geometry, features: int) -> None:
    """Let a convolution from x to so many features pass that `fits`.

    Raises
    ------
    ValueError
        If it does not.
    """
    if not fits(x_shape, geometry, np.float32):
        raise ValueError(
            f"geometry: expected two axes, one group and fewer than {LIMIT} pixels, "
            f"received {geometry} for x {x_shape}"
        )
    if not 0 < prod(geometry.kernel) * features < LIMIT - ROOM:
        raise ValueError(
            f"W: expected some, but fewer than {LIMIT} numbers of an input channel, "
            f"received {geometry.kernel} x {features}"
        )


def whole(geometry: Geometry, size: tuple[int, ...]) -> Part:
    """All pixels of y with all taps."""
    return Part(of_convolution(geometry, size), (0, 0), (1, 1), (0, 0))


def parts(
    geometry: Geometry, length: tuple[int, ...], size: tuple[int, ...]
) -> Iterator[Part]:
    """The phases of dgrad, which have each pixel of dx once; some may have no taps.

    Parameters
    ----------
    geometry : Geometry
        Of the convolution.
    length, size : tuple of int
        Spatial shapes of dy and of dx.
    """
    for residues in product(*map(range, geometry.stride)):
        choice = [
            phase(axis, residue, length[axis], geometry, size)
            for axis, residue in enumerate(residues)
        ]
        reached = [each for each in choice if each is not None]
        if len(reached) == AXES:
            taps = [
                range(k)[each.taps]
                for each, k in zip(reached, geometry.kernel, strict=True)
            ]
            yield Part(
                of_phase(reached, geometry, size),
                tuple(each.start for each in taps),
                tuple(each.step for each in taps),
                tuple(-b for b in of_pixels(reached, geometry, size).before),
            )
        elif (empty := _unreached(residues, geometry, size)) is not None:
            yield empty


def _unreached(
    residues: tuple[int, ...], geometry: Geometry, size: tuple[int, ...]
) -> Part | None:
    """Pixels that no tap reaches, or None where there are none."""
    axes = zip(residues, geometry.padding, geometry.stride, strict=True)
    first = tuple((r - before) % s for r, (before, _), s in axes)
    steps = zip(first, size, geometry.stride, strict=True)
    out = tuple(len(range(f, n, s)) for f, n, s in steps)
    if not prod(out):
        return None
    none = (0, 0)
    return Part(Places(out, none, (1, 1), (1, 1), none), none, none, first)


def problem(
    chosen: Sequence[Part],
    gathered: tuple[int, ...],
    result: tuple[int, ...],
    geometry: Geometry,
) -> np.void:
    """The kernels' `Problem`.

    Parameters
    ----------
    chosen : sequence of Part
        At most `PHASES`.
    gathered : tuple of int
        Shape of the array of which patches are taken.
    result : tuple of int
        Shape of the array whose last axis the columns are, of pixels in dgrad.
    geometry : Geometry
        Of the convolution.
    """
    images, *size, channels = gathered
    seen = max((each.seen for each in chosen), key=lambda each: prod(each.kernel))
    spatial = result[1:-1]
    entries = [_entry(each, images, channels) for each in chosen]
    missing = [np.zeros((), PHASE)[()]] * (PHASES - len(chosen))
    return structure(
        PROBLEM,
        channels=divisor(channels),
        columns=result[-1],
        kernel=geometry.kernel[-1],
        size=size,
        stride=seen.stride,
        dilation=seen.dilation,
        to_size=spatial,
        to_stride=geometry.stride,
        phase=[*entries, *missing],
    )


def _entry(part: Part, images: int, channels: int) -> np.void:
    """The kernels' `Phase`."""
    seen = part.seen
    return structure(
        PHASE,
        rows=images * prod(seen.out),
        depth=prod(seen.kernel) * channels,
        out=[divisor(n) for n in seen.out],
        taps=divisor(max(1, seen.kernel[-1])),
        before=seen.before,
        tap=part.tap,
        step=part.step,
        first=part.first,
    )
