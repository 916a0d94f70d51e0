"""Every pixel's channels scaled to unit mean square, and the sweeps; see the source.

All arrays are (…, C) of one type, but for r (…, 1), which is float32, or float64 for
float64. The twin is `pixel_norm` of the layers.
"""

import numpy as np

from scratchgan.kernels.cuda.channels_last import aligned, wide
from scratchgan.kernels.cuda.launch import CTYPES, Run, widths
from scratchgan.kernels.cuda.rows import alike, launch_rows
from scratchgan.types import Array

SOURCE = "pixel_norm"

INSTANCES = tuple(
    f"{kernel}<{name}, {width}>"
    for kernel in ("forward", "backward", "backward_jvp")
    for name in CTYPES.values()
    for width in widths(name)
)


def forward(run: Run, x: Array, eps: float) -> tuple[Array, Array]:
    """The output h = x r, and r = (m(x²) + eps)^(−½).

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x : Array
        ``(…, C)``.
    eps : float
        Stabiliser added to the mean square.
    """
    x = aligned(x)
    h = np.empty_like(x)
    r = np.empty_like(x, shape=(*x.shape[:-1], 1), dtype=wide(x.dtype))
    launch_rows(run, SOURCE, "forward", x, x, h, r, np.float64(eps))
    return h, r


def backward(run: Run, h: Array, r: Array, dy: Array) -> Array:
    """The cotangent dx = P dy = r (dy − h m(h dy)); with tx for dy, the jvp.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    h, r : Array
        From `forward`.
    dy : Array
        Like `h`.

    Raises
    ------
    ValueError
        If an array has another shape or type.
    """
    _require_scale(r, h)
    h, dy = alike(h, dy=dy)
    dx = np.empty_like(h)
    launch_rows(run, SOURCE, "backward", h, h, r, dy, dx)
    return dx


def backward_jvp(
    run: Run,
    h: Array,
    r: Array,
    dy: Array,
    tx: Array,
    th: Array,
    tdy: Array | None = None,
) -> Array:
    """The tangent of dx along tx and tdy.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    h, r, dy : Array
        As in `backward`.
    tx, th : Array
        Like `h`: the input's tangent, and that of h from the jvp.
    tdy : Array, optional
        Like `h`; zero when left out.

    Raises
    ------
    ValueError
        If an array has another shape or type.
    """
    _require_scale(r, h)
    h, dy, tx, th, tdy = alike(h, dy=dy, tx=tx, th=th, tdy=tdy)
    tdx = np.empty_like(h)
    launch_rows(run, SOURCE, "backward_jvp", h, h, r, dy, tx, th, tdy, tdx)
    return tdx


def _require_scale(r: Array, h: Array) -> None:
    expected = (*h.shape[:-1], 1)
    if (r.shape, r.dtype) != (expected, wide(h.dtype)):
        raise ValueError(
            f"r: expected {wide(h.dtype)} {expected}, received {r.dtype} {r.shape}"
        )
