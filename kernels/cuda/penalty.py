"""Penalties on a critic's input gradient, and WGAN-GP's interpolation; see the source.

The twins are in `scratchgan.penalties`: `wgan_gp`, `r1` and `path_length`.
"""

from typing import Any, NamedTuple

import numpy as np

from scratchgan.kernels.cuda.channels_last import aligned, wide
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

SOURCE = "penalty"

KINDS = ("about", "one-sided", "square")

#: Packs that a thread of `whole` may keep, and the threads up to which it does so.
KEPT = {1: 256, 4: 1024}

#: Packs that a thread reads of a sample that several blocks share, and most blocks.
PACKS = {"squares": 8, "interpolate": 1}
MAX_SLICES = BLOCK

INSTANCES = (
    *(
        f"whole<{name}, {width}, {kept}>"
        for name in CTYPES.values()
        for width in widths(name)
        for kept in KEPT
    ),
    *(
        f"{kernel}<{name}, {width}>"
        for kernel in ("squares", "scale", "interpolate")
        for name in CTYPES.values()
        for width in widths(name)
    ),
)


class Penalty(NamedTuple):
    """Which penalty, with its constants.

    Parameters
    ----------
    kind : str
        One of `KINDS`: ``w (r − a)²``, the same where r > a only, or ``w r²``.
    weight : float
        w: λ of WGAN-GP and of the path length, γ / 2 of R1.
    rate : float
        c, lengths being r = c ‖g‖: one over the root of the number of layers for the
        path length.
    """

    kind: str
    weight: float
    rate: float = 1.0

    def args(self, samples: int) -> tuple[Any, ...]:
        """As the kernels take them: the kind, c, w, and b of so many samples."""
        power = 2 if self.kind == "square" else 1
        along = 2 * self.weight * self.rate**power / samples
        kind = np.int32(KINDS.index(self.kind))
        return kind, np.float64(self.rate), np.float64(self.weight), np.float64(along)


class Value(NamedTuple):
    """What a penalty is, sample by sample; arrays in float32 at least but for v."""

    v: Array  #: ∂P/∂g, like g
    lengths: Array  #: r, (N,)
    terms: Array  #: t, (N,), of which P is the mean


def value(run: Run, g: Array, penalty: Penalty, target: Array | None = None) -> Value:
    """The penalty's gradient, and every sample's length and part of the loss.

    Parameters
    ----------
    run : Run
        Who runs the kernels.
    g : Array
        Input gradients ``(N, …)``.
    penalty : Penalty
        Which.
    target : Array, optional
        a, ``(1,)`` in float32, or float64 where g is; 1 when left out. It is read on
        the device.

    Raises
    ------
    ValueError
        If the target is not one number of that type.
    """
    _require_number("target", target, wide(g.dtype))
    g = aligned(g)  # so that the order of the sums follows from the shape
    v, lengths, terms = np.empty_like(g), _sums(g, len(g)), _sums(g, len(g))
    if not len(g):
        return Value(v, lengths, terms)
    size = g.size // len(g)
    width = _width(g, v)
    rule = (*penalty.args(len(g)), target)
    for kept, most in KEPT.items():
        threads = -(-size // (32 * width * kept)) * 32
        if threads <= most:
            name = f"whole<{ctype(g)}, {width}, {kept}>"
            args = (g, v, lengths, terms, np.int64(size), *rule)
            run(Launch(SOURCE, name, blocks(len(g), 1), args, max(32, threads)))
            return Value(v, lengths, terms)
    grid, shares = _shares(g, width, PACKS["squares"])
    sums = _sums(g, (len(g), int(shares[-1])))
    kind = f"<{ctype(g)}, {width}>"
    run(Launch(SOURCE, f"squares{kind}", grid, (g, sums, *shares)))
    args = (g, sums, v, lengths, terms, *shares, *rule)
    run(Launch(SOURCE, f"scale{kind}", grid, args))
    return Value(v, lengths, terms)


def interpolate(run: Run, x_real: Array, x_fake: Array, eps: Array) -> Array:
    """The points x̂ = ε x_real + (1 − ε) x_fake, one ε for each sample.

    Parameters
    ----------
    run : Run
        Who runs the kernel.
    x_real, x_fake : Array
        ``(N, …)`` of one shape, contiguous.
    eps : Array
        ``(N,)``, in [0, 1].

    Raises
    ------
    ValueError
        If `eps` is not one number for each sample, or the shapes differ.
    """
    if x_real.shape != x_fake.shape:
        raise ValueError(f"x_fake: expected {x_real.shape}, received {x_fake.shape}")
    if eps.shape != x_real.shape[:1]:
        raise ValueError(f"eps: expected {x_real.shape[:1]}, received {eps.shape}")
    x = np.empty_like(x_real)
    if x.size:
        width = _width(x_real, x_fake, x)
        grid, shares = _shares(x, width, PACKS["interpolate"])
        name = f"interpolate<{ctype(x)}, {width}>"
        run(Launch(SOURCE, name, grid, (x_real, x_fake, eps, x, *shares)))
    return x


def _shares(
    x: Array, width: int, packs: int
) -> tuple[tuple[int, int, int], tuple[np.int64, np.int64, np.int32]]:
    """A grid of blocks that share the samples of x; D, a block's share, and how many.

    A thread reads so many packs, or more where blocks would be too many.
    """
    size = x.size // len(x)
    each = BLOCK * width
    rounds = max(packs, -(-size // (each * MAX_SLICES)))
    share = each * rounds
    slices = -(-size // share)
    grid = blocks(len(x) * slices, 1)
    return grid, (np.int64(size), np.int64(share), np.int32(slices))


def _sums(g: Array, shape: int | tuple[int, ...]) -> Array:
    return np.empty_like(g, shape=shape, dtype=wide(g.dtype))


def _width(*arrays: Array) -> int:
    """How many numbers a thread reads at once, all samples starting at a pack."""
    return pack(*(x.reshape(len(x), x.size // len(x))[0] for x in arrays))


def _require_number(name: str, x: Array | None, dtype: np.dtype) -> None:
    if x is not None and (x.shape != (1,) or x.dtype != dtype):
        raise ValueError(
            f"{name}: expected (1,) of {dtype}, received {x.shape} of {x.dtype}"
        )
