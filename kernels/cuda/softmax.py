"""Softmax over the last axis, and its sweeps; see the source.

All arrays are (…, C) of one type. The twin is `softmax` of the layers.
"""

import numpy as np

from scratchgan.kernels.cuda.channels_last import aligned
from scratchgan.kernels.cuda.launch import CTYPES, Run, widths
from scratchgan.kernels.cuda.rows import alike, launch_rows
from scratchgan.types import Array

SOURCE = "softmax"

INSTANCES = tuple(
    f"{kernel}<{name}, {width}>"
    for kernel in ("forward", "backward", "backward_jvp")
    for name in CTYPES.values()
    for width in widths(name)
)


def forward(run: Run, x: Array) -> Array:
    """The output y = eˣ / Σ eˣ.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x : Array
        ``(…, C)``.
    """
    x = aligned(x)
    y = np.empty_like(x)
    launch_rows(run, SOURCE, "forward", x, x, y)
    return y


def backward(run: Run, y: Array, dy: Array) -> Array:
    """The cotangent dx = y (dy − Σ y dy); with tx for dy, the jvp.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    y : Array
        ``(…, C)``, from `forward`.
    dy : Array
        Like `y`.

    Raises
    ------
    ValueError
        If an array has another shape or type than y.
    """
    y, dy = alike(y, dy=dy)
    dx = np.empty_like(y)
    launch_rows(run, SOURCE, "backward", y, y, dy, dx)
    return dx


def backward_jvp(
    run: Run, y: Array, dy: Array, ty: Array, tdy: Array | None = None
) -> Array:
    """The tangent of dx, ty (dy − Σ y dy) − y Σ ty dy + y (tdy − Σ y tdy).

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    y, dy : Array
        As in `backward`.
    ty : Array
        Like `y`, from the jvp.
    tdy : Array, optional
        Like `y`; zero when left out.

    Raises
    ------
    ValueError
        If an array has another shape or type than y.
    """
    y, dy, ty, tdy = alike(y, dy=dy, ty=ty, tdy=tdy)
    tdx = np.empty_like(y)
    launch_rows(run, SOURCE, "backward_jvp", y, y, dy, ty, tdy, tdx)
    return tdx
