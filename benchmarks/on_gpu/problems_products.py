"""Problems that products bound: convolutions on tensor cores, and demodulation.

Convolutions at the three widest layers of DCGAN-64's discriminator, for the batch of a
WGAN-GP step, three times 64.
"""

from typing import Any

import numpy as np

from on_gpu.problem import Numbers, Problem
from scratchgan.kernels import direct
from scratchgan.kernels.cuda import demodulation, implicit_gemm
from scratchgan.kernels.geometry import Geometry
from scratchgan.layers import demodulation as twin

GEOMETRY = Geometry((4, 4), (2, 2), ((1, 1), (1, 1)), (1, 1))
SAMPLES = {"large": 192, "small": 2, "odd": 2}
#: Pixels a side and channels of x; y has half as many and twice as many.
WIDEST = ((32, 64), (16, 128), (8, 256))
#: Largest error of a result: each operand is off by half a unit at most.
TOLERANCES = {"tf32": 2e-3, "bf16": 2e-2}
STYLE = {"large": (16, 512, 512), "small": (3, 8, 12), "odd": (3, 5, 7)}
EPS = 1e-8


def convolution(side: int, channels: int, primitive: str, compute: str) -> Problem:
    """A primitive of DCGAN's convolution with so many pixels and channels of x."""

    def sizes(size: str) -> tuple[int, int]:
        known = {"large": (side, channels), "small": (4, 8), "odd": (5, 3)}
        return known[size]

    def arrays(numbers: Numbers, size: str) -> tuple:
        n, (pixels, c) = SAMPLES[size], sizes(size)
        out = GEOMETRY.output_size((pixels, pixels))
        x, dy = numbers(n, pixels, pixels, c), numbers(n, *out, 2 * c)
        W = numbers(4, 4, c, 2 * c)
        return {"fprop": (x, W), "dgrad": (dy, W, x), "wgrad": (x, dy)}[primitive]

    def call(run: Any, *given: Any) -> Any:
        if primitive == "dgrad":
            dy, W, x = given
            size = x.shape[1:-1]
            return implicit_gemm.dgrad(run, dy, W, GEOMETRY, size, compute)
        return getattr(implicit_gemm, primitive)(run, *given, GEOMETRY, compute)

    def same(*given: Any) -> Any:
        if primitive == "dgrad":
            dy, W, x = given
            return direct.dgrad(dy, W, GEOMETRY, x.shape[1:-1])
        return getattr(direct, primitive)(*given, GEOMETRY)

    def flop(*given: Any) -> float:
        dy = 2 * channels * SAMPLES["large"] * (side // 2) ** 2
        return 2.0 * dy * 16 * channels

    name = f"{primitive}, {side}² × {channels}, {compute}"
    return Problem(
        "implicit_gemm",
        name,
        arrays,
        call,
        same,
        TOLERANCES[compute],
        flop=flop,
        bound="products",
    )


def styles(numbers: Numbers, size: str) -> tuple:
    """s, W, dd, ts, td and tdd."""
    n, channels, features = STYLE[size]
    W = numbers(3, 3, channels, features) * np.float32(channels**-0.5)
    s, ts = numbers(n, channels), numbers(n, channels)
    return s, W, *(numbers(n, features) for _ in range(3)), ts


def demodulated(run: Any, s: Any, W: Any, dd: Any, td: Any, tdd: Any, ts: Any) -> Any:
    """Demodulation d and all its derivatives."""
    Q = demodulation.squares(run, W)
    d = demodulation.forward(run, s, Q, EPS)
    along = demodulation.Tangents(ts, td, tdd)
    return (
        d,
        demodulation.jvp(run, s, Q, d, ts),
        demodulation.style(run, s, Q, d, dd),
        demodulation.weights(run, s, W, d, dd),
        demodulation.style(run, s, Q, d, dd, along),
        demodulation.weights(run, s, W, d, dd, along),
    )


def demodulated_twin(s: Any, W: Any, dd: Any, td: Any, tdd: Any, ts: Any) -> Any:
    """By NumPy."""
    d = twin.demodulation(s, W, EPS)
    ds, dW = twin.pull(s, W, d, dd)
    tds, tdW = twin.pull_tangent(s, W, d, dd, ts, td, tdd)
    return d, twin.push(s, W, d, ts), ds, dW, tds, tdW


PROBLEMS = (
    *(
        convolution(side, channels, primitive, compute)
        for compute in TOLERANCES
        for side, channels in WIDEST
        for primitive in ("fprop", "dgrad", "wgrad")
    ),
    Problem(
        "demodulation",
        "all verbs, 512 channels",
        styles,
        demodulated,
        demodulated_twin,
        bound="",
    ),
)
