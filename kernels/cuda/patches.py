"""Patches as rows of a matrix, a range of rows at a time; see the source.

The twins are `columns` and `apart` of `kernels.patches`, and the gathering dgrad of
`kernels.direct`, which goes phase by phase, with one `Phase` an axis as the `choice`:

    seen = patches(run, dy, of_phase(choice, geometry, size))
    part = seen @ turned(W[taps of choice])
    scatter_phase(run, part, dx, of_pixels(choice, geometry, size))

Numbers stay in their own type, where `apart` widens float16: a product on a GPU
accumulates in float32 by itself.
"""

from math import prod

import numpy as np

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
from scratchgan.kernels.cuda.places import Places
from scratchgan.types import Array

SOURCE = "patches"

INSTANCES = tuple(
    f"{kernel}<{name}, {width}>"
    for kernel in ("patches", "scatter_phase")
    for name in CTYPES.values()
    for width in widths(name)
)

AXES = 3
#: The structures of the source.
AXIS = np.dtype(
    [
        *((name, "i4") for name in ("size", "stride", "dilation", "before")),
        *((name, DIVISOR) for name in ("out", "kernel")),
    ]
)
PLACES = np.dtype(
    [
        ("image", "i8"),
        *((name, "u4") for name in ("pixel", "packs", "channels")),
        *((name, DIVISOR) for name in ("width", "taps", "rows")),
        ("axis", AXIS, AXES),
    ],
    align=True,
)


def patches(
    run: Run, x: Array, places: Places, first: int = 0, count: int | None = None
) -> Array:
    """Some rows of the matrix of patches.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x : Array
        ``(N, *S, C)``, of one to three spatial axes, contiguous.
    places : Places
        Of `of_convolution`, or `of_phase` where x is a dy.
    first, count : int, optional
        Rows first … first + count − 1 of the ``N·∏S′``; all from `first` on if no
        `count` is given.

    Returns
    -------
    Array
        ``(count, ∏K·C)``, or ``(G, count, ∏K·C/G)`` of more than one group. Where
        patches are the pixels themselves, rows of `x` and no copy.

    Raises
    ------
    ValueError
        If there are no such rows, or more than one launch can take.
    """
    rows, channels = len(x) * prod(places.out), x.shape[-1]
    count = rows - first if count is None else count
    _require_rows(first, count, rows)
    if x.shape[1:-1] == places.out and _still(places):
        return x.reshape(rows, channels)[first : first + count]
    width = prod(places.kernel) * channels // places.groups
    y = np.empty_like(x, shape=(places.groups, count, width))
    _launch(run, "patches", (x, y), x.shape, places, first, count)
    return y if places.groups > 1 else y[0]


def scatter_phase(
    run: Run, part: Array, dx: Array, places: Places, first: int = 0
) -> None:
    """Write some pixels of one phase to where they belong in dx.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    part : Array
        ``(count, C)``, or ``(G, count, C/G)``, contiguous: rows of patches of dy times
        the taps.
    dx : Array
        ``(N, *S, C)``, contiguous. Other pixels stay as they are: those of a residue
        that has no phase, somebody else has to zero.
    places : Places
        Of `of_pixels`.
    first : int, optional
        The first row of `part` among the rows of the phase.

    Raises
    ------
    ValueError
        If the phase has no such rows, or `part` other channels than dx.
    """
    channels, groups, count = dx.shape[-1], places.groups, part.shape[-2]
    _require_rows(first, count, len(dx) * prod(places.out))
    if part.size != count * channels:
        raise ValueError(
            f"part: expected {groups} x {count} x {channels // groups} numbers, "
            f"received {part.shape}"
        )
    _launch(run, "scatter_phase", (part, dx), dx.shape, places, first, count)


def _still(places: Places) -> bool:
    """Whether a patch is the one pixel that it is made for."""
    one = prod(places.kernel) == prod(places.stride) == places.groups == 1
    return one and not any(places.before)


def _require_rows(first: int, count: int, rows: int) -> None:
    if not 0 <= first <= first + count <= rows:
        raise ValueError(
            f"first, count: expected rows among {rows}, received {first}, {count}"
        )


def _launch(
    run: Run,
    kernel: str,
    arrays: tuple[Array, Array],
    shape: tuple[int, ...],
    places: Places,
    first: int,
    count: int,
) -> None:
    """Rows from one array to the other; `shape` is of the one that is not rows."""
    _, *size, channels = shape
    group, taps = channels // places.groups, prod(places.kernel)
    width = pack(*arrays)
    width = width if group % width == 0 else 1
    packs = count * taps * channels // width
    if not packs:
        return
    image, pixel = divmod(first, prod(places.out))
    if max(packs, pixel + count) >= LIMIT:
        raise ValueError(
            f"count: expected fewer than {LIMIT} packs of {width} numbers and as few "
            f"rows, received {packs} in {count} rows; take them in parts"
        )
    how = structure(
        PLACES,
        image=image,
        pixel=pixel,
        packs=packs,
        channels=channels // width,
        width=divisor(group // width),
        taps=divisor(taps),
        rows=divisor(count),
        axis=_axes(tuple(size), places),
    )
    name = f"{kernel}<{ctype(arrays[0])}, {width}>"
    run(Launch(SOURCE, name, blocks(packs, BLOCK), (*arrays, how)))


def _axes(size: tuple[int, ...], places: Places) -> list[tuple]:
    """Three axes as the source has them, the first of which may be of one pixel."""
    if not 0 < len(size) <= AXES:
        raise ValueError(f"x: expected one to {AXES} spatial axes, received {size}")
    missing = [(1, 1, 1, 0, divisor(1), divisor(1))] * (AXES - len(size))
    axes = zip(size, *places[:5], strict=True)
    return missing + [
        (n, stride, dilation, before, divisor(out), divisor(kernel))
        for n, out, kernel, stride, dilation, before in axes
    ]
