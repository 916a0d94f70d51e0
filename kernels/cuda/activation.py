"""Bias and activation in one pass, and the sweeps of the activation; see the source.

The twins are the layers of `scratchgan.layers`: `activations`, `elu`, `gelu` and
`leaky_relu`.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.backend import contiguous
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
from scratchgan.types import Array

SOURCE = "activation"

KINDS = (
    *("LeakyReLU", "Tanh", "Sigmoid", "Softplus"),
    *("ELU", "SmoothELU", "SiLU", "GELU", "TanhGELU"),
)

INSTANCES = tuple(
    f"{kernel}<{name}, {width}>"
    for kernel in ("forward", "backward", "backward_jvp")
    for name in CTYPES.values()
    for width in widths(name)
)


class Activation(NamedTuple):
    """Which function, with its constants.

    Parameters
    ----------
    kind : str
        One of `KINDS`; ReLU is LeakyReLU with α = 0, SELU is ELU with its constants.
    alpha : float
        α of LeakyReLU and ELU.
    scale : float
        λ of ELU.
    """

    kind: str
    alpha: float = 0.0
    scale: float = 1.0

    @property
    def args(self) -> tuple[np.int32, np.float64, np.float64]:
        """As the kernels take them."""
        kind = np.int32(KINDS.index(self.kind))
        return kind, np.float64(self.alpha), np.float64(self.scale)


def forward(
    run: Run, x: Array, bias: Array | None, activation: Activation
) -> tuple[Array, Array]:
    """The output y = f(u), and u = x + b.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x : Array
        ``(…, C)``.
    bias : Array or None
        ``(C,)``.
    activation : Activation
        f.

    Returns
    -------
    y, u : Array
        Like `x`; u is `x` where there is no bias.
    """
    x = contiguous(x)
    y = np.empty_like(x)
    u = x if bias is None else np.empty_like(x)
    width = pack(x, bias, u, y)
    args = (x, bias, u, y, np.int64(x.size), np.int32(x.shape[-1]), *activation.args)
    _launch(run, "forward", x, width, args)
    return y, u


def backward(run: Run, u: Array, dy: Array, activation: Activation) -> Array:
    """The cotangent dx = f′(u) dy; with tx for dy, the jvp."""
    u, dy = contiguous(u), contiguous(dy)
    dx = np.empty_like(u)
    args = (u, dy, dx, np.int64(u.size), *activation.args)
    _launch(run, "backward", u, pack(u, dy, dx), args)
    return dx


def backward_jvp(
    run: Run, u: Array, dy: Array, tx: Array, tdy: Array | None, activation: Activation
) -> Array:
    """The tangent of dx, tdx = f″(u) tx dy + f′(u) tdy."""
    u, dy, tx = contiguous(u), contiguous(dy), contiguous(tx)
    tdy = None if tdy is None else contiguous(tdy)
    tdx = np.empty_like(u)
    args = (u, dy, tx, tdy, tdx, np.int64(u.size), *activation.args)
    _launch(run, "backward_jvp", u, pack(u, dy, tx, tdy, tdx), args)
    return tdx


def _launch(run: Run, kernel: str, x: Array, width: int, args: tuple) -> None:
    if x.size:
        name = f"{kernel}<{ctype(x)}, {width}>"
        run(Launch(SOURCE, name, blocks(x.size, BLOCK * width), args))
