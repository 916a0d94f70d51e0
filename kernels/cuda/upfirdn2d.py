"""Upsampling, FIR filtering and downsampling; see the source.

The twin is `kernels.upfirdn2d`. Filters of StyleGAN2, 4 × 4 with rates of one or two,
are compiled for themselves.
"""

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.cuda.division import DIVISOR, LIMIT, divisor, structure
from scratchgan.kernels.cuda.launch import (
    BLOCK,
    CTYPES,
    Launch,
    Run,
    blocks,
    ctype,
    pack,
    widths,
)
from scratchgan.kernels.resampling import Filter
from scratchgan.types import Array

SOURCE = "upfirdn2d"

#: up, down and taps of both axes that are compiled for themselves; zeros are any.
KNOWN = ((2, 1, 4), (1, 2, 4), (1, 1, 4))
ANY = (0, 0, 0)

INSTANCES = tuple(
    f"upfirdn2d<{name}, {width}, {up}, {down}, {taps}>"
    for name in CTYPES.values()
    for width in widths(name)
    for up, down, taps in (*KNOWN, ANY)
)

AXES = 3
MAX_IMAGES = 65_535  # blocks along y
#: The structures of the source.
AXIS = np.dtype(
    [
        *((name, "i4") for name in ("size", "taps", "up", "down", "before")),
        ("out", DIVISOR),
    ]
)
FILTER = np.dtype(
    [("images", "i8"), ("packs", "u4"), ("channels", DIVISOR), ("axis", AXIS, AXES)],
    align=True,
)


def upfirdn2d(run: Run, x: Array, how: Filter) -> Array:
    """Filtered images.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x : Array
        ``(N, *S, C)``, of one to three spatial axes, contiguous.
    how : Filter
        With its `f` on the device of `x`: in float64 for an `x` of float64, else in
        float32.

    Returns
    -------
    Array
        ``(N, *S′, C)``.

    Raises
    ------
    ValueError
        If `f` has another type or other axes, or does not fit, or positions in an
        image pass 2³¹.
    """
    f, size, channels = how.f, x.shape[1:-1], x.shape[-1]
    expected = np.dtype("f8" if x.dtype == np.float64 else "f4")
    if f.dtype != expected or not 0 < f.ndim == len(size) <= AXES:
        raise ValueError(
            f"f: expected {expected} and an axis for each of {size}, at most {AXES}, "
            f"received {f.dtype} {f.shape}"
        )
    out = how.output_size(size)
    if min(out) < 1:
        raise ValueError(f"f: expected one that fits in {size}, received {how[1:]}")
    y = np.empty_like(x, shape=(len(x), *out, channels))
    if not y.size:
        return y
    width = pack(x, y)
    width = width if channels % width == 0 else 1
    packs = y.size // len(x) // width
    _require_small(packs, size, how)
    args = structure(
        FILTER,
        images=len(x),
        packs=packs,
        channels=divisor(channels // width),
        axis=_axes(size, out, how),
    )
    known = ", ".join(str(n) for n in _known(how))
    grid = (blocks(packs, BLOCK)[0], min(len(x), MAX_IMAGES), 1)
    name = f"upfirdn2d<{ctype(x)}, {width}, {known}>"
    run(Launch(SOURCE, name, grid, (x, contiguous(f), y, args)))
    return y


def _require_small(packs: int, size: tuple[int, ...], how: Filter) -> None:
    """Positions in an image are of 32 bits, those of images of 64."""
    rows = zip(size, how.up, how.padding, strict=True)
    upsampled = max(n * up + max(0, p) + max(0, q) for n, up, (p, q) in rows)
    if max(packs, upsampled) >= LIMIT:
        raise ValueError(
            f"x: expected images of y below {LIMIT} packs, and axes of upsampled x "
            f"below as many pixels, received {packs} and {upsampled}"
        )


def _known(how: Filter) -> tuple[int, int, int]:
    """Rates and taps of the last two axes, if that is all and has been compiled."""
    axes = list(zip(how.up, how.down, how.f.shape, strict=True))
    still = [(1, 1, 1, (0, 0))] * (len(axes) - 2)
    others = [(*axis, pad) for axis, pad in zip(axes[:-2], how.padding, strict=False)]
    if len(axes) < 2 or axes[-2] != axes[-1] or others != still:
        return ANY
    return axes[-1] if axes[-1] in KNOWN else ANY


def _axes(size: tuple[int, ...], out: tuple[int, ...], how: Filter) -> list[tuple]:
    """Three axes as the source has them, the first of which may be of one pixel."""
    missing = [(1, 1, 1, 1, 0, divisor(1))] * (AXES - len(size))
    axes = zip(size, out, how.f.shape, *how[1:], strict=True)
    return missing + [
        (n, taps, up, down, before, divisor(pixels))
        for n, pixels, taps, up, down, (before, _) in axes
    ]
