"""What moves, drops or adds numbers: explicit matrices, and explicit random numbers."""

from functools import cache
from math import prod

import numpy as np

from derivations.proofs import over, prove, sweeps
from scratchgan import layers as nn
from scratchgan.gradcheck.registry import RANDOM


def moved(layer, in_shape, choice):
    """A layer that only moves numbers: output i is input choice[i]."""
    s = sweeps(layer, in_shape, batch=2)
    s.A = np.zeros((choice.size, prod(in_shape)))
    s.A[np.arange(choice.size), choice.ravel()] = 1
    for name in ("x", "dx", "tx", "tdx", "y", "dy", "ty", "tdy"):
        setattr(s, name, getattr(s, name).reshape(2, -1).T)
    return s


@cache
def shaping():
    numbers = np.arange(24)
    return [
        moved(nn.Flatten(), (2, 3, 4), numbers),
        moved(nn.Reshape((4, 6)), (2, 3, 4), numbers),
        moved(nn.Repeat(3), (2, 3, 4), np.tile(numbers, 3)),
        moved(nn.Crop(2, 1), (4, 3, 2), numbers.reshape(4, 3, 2)[:2, :1]),
    ]


prove(
    "layers.shaping",
    shaping,
    {
        "y = A x": lambda s: (s.y, s.A @ s.x),
        "dx = Aᵀ dy": lambda s: (s.dx, s.A.T @ s.dy),
        "ty = A tx": lambda s: (s.ty, s.A @ s.tx),
        "tdx = Aᵀ tdy": lambda s: (s.tdx, s.A.T @ s.tdy),
    },
)

prove(
    "layers.affine",
    cache(lambda: sweeps(nn.Bias(), (2, 3))),
    {
        "y = x + b": lambda s: (s.y, s.x + s.b),
        "dx = dy": lambda s: (s.dx, +s.dy),
        "db = Σ dy": lambda s: (s.db, over(s.dy)),
        "ty = tx": lambda s: (s.ty, +s.tx),
        "tdx = tdy": lambda s: (s.tdx, +s.tdy),
        "tdb = Σ tdy": lambda s: (s.tdb, over(s.tdy)),
    },
)

prove(
    "layers.affine",
    cache(lambda: sweeps(nn.Gain(), (2, 3))),
    {
        "y = γ x": lambda s: (s.y, s.gamma * s.x),
        "dx = γ dy": lambda s: (s.dx, s.gamma * s.dy),
        "dγ = Σ x dy": lambda s: (s.dgamma, [np.sum(s.x * s.dy)]),
        "ty = γ tx": lambda s: (s.ty, s.gamma * s.tx),
        "tdx = γ tdy": lambda s: (s.tdx, s.gamma * s.tdy),
        "tdγ = Σ (tx dy + x tdy)": lambda s: (
            s.tdgamma,
            [np.sum(s.tx * s.dy + s.x * s.tdy)],
        ),
    },
)

α = 0.7
prove(
    "layers.affine",
    cache(lambda: sweeps(nn.Scale(α), (2, 3))),
    {
        "y = α x": lambda s: (s.y, α * s.x),
        "dx = α dy": lambda s: (s.dx, α * s.dy),
        "ty = α tx": lambda s: (s.ty, α * s.tx),
        "tdx = α tdy": lambda s: (s.tdx, α * s.tdy),
    },
)


SIZE, BEFORE, AFTER = 5, 3, 2


def padded(mode):
    return sweeps(nn.Pad(((BEFORE, AFTER),), mode), (SIZE, 2))


def taken(s, place):
    """Pixel `place(i − before)` for every pixel i of the output; None is zero."""
    chosen = [place(i - BEFORE) for i in range(BEFORE + SIZE + AFTER)]
    zero = np.zeros_like(s.x[:, 0])
    return np.stack([zero if c is None else s.x[:, c] for c in chosen], axis=1)


def mirrored(i, n):
    """ρ: steps back from both ends until inside."""
    while not 0 <= i < n:
        i = -i if i < 0 else 2 * (n - 1) - i
    return i


prove(
    "layers.pad",
    cache(lambda: padded("zero")),
    {
        "y[i] = x[i − before], 0 outside": lambda s: (
            s.y,
            taken(s, lambda i: i if 0 <= i < SIZE else None),
        ),
    },
)
prove(
    "layers.pad",
    cache(lambda: padded("reflect")),
    {
        "y[i] = x[ρ(i − before)]": lambda s: (
            s.y,
            taken(s, lambda i: mirrored(i, SIZE)),
        ),
    },
)
prove(
    "layers.pad",
    cache(lambda: padded("replicate")),
    {
        "y[i] = x[min(max(i − before, 0), n − 1)]": lambda s: (
            s.y,
            taken(s, lambda i: min(max(i, 0), SIZE - 1)),
        ),
    },
)


@cache
def noise():
    """γ and the noise of the context, one number a pixel for all channels."""
    s = sweeps(nn.NoiseInjection(), (2, 4, 3), ctx=RANDOM)
    s.γ, s.ε = s.strength, RANDOM.normal(s.layer, (3, 2, 4, 1), np.float64)
    return s


@cache
def dropout():
    s = sweeps(nn.Dropout(0.4), (5, 4), ctx=RANDOM)
    stays = RANDOM.uniform(s.layer, (3, 5, 4), np.float32) >= 0.4
    s.M = np.where(stays, 1 / (1 - 0.4), 0)
    return s


prove(
    "layers.noise",
    noise,
    {
        "y = x + γ ε": lambda s: (s.y, s.x + s.γ * s.ε),
        "dx = dy": lambda s: (s.dx, +s.dy),
        "dγ = Σ ε dy": lambda s: (s.dstrength, [np.sum(s.ε * s.dy)]),
        "ty = tx": lambda s: (s.ty, +s.tx),
        "tdx = tdy": lambda s: (s.tdx, +s.tdy),
        "tdγ = Σ ε tdy": lambda s: (s.tdstrength, [np.sum(s.ε * s.tdy)]),
    },
)
prove(
    "layers.noise",
    dropout,
    {
        "y = M x": lambda s: (s.y, s.M * s.x),
        "dx = M dy": lambda s: (s.dx, s.M * s.dy),
        "ty = M tx": lambda s: (s.ty, s.M * s.tx),
        "tdx = M tdy": lambda s: (s.tdx, s.M * s.tdy),
    },
)

LENGTH, SHIFT = 5, 3


@cache
def shuffled():
    s = sweeps(nn.PhaseShuffle(SHIFT), (LENGTH, 2), batch=6, ctx=RANDOM)
    s.k = RANDOM.integers(s.layer, 2 * SHIFT + 1, (6,)) - SHIFT
    s.S = np.zeros((6, LENGTH, LENGTH))
    for n, k in enumerate(s.k):
        for position in range(LENGTH):
            s.S[n, position, mirrored(position - k, LENGTH)] = 1
    s.ST = s.S.swapaxes(1, 2)
    return s


prove(
    "layers.phase_shuffle",
    shuffled,
    {
        "y[l] = x[ρ(l − k)]": lambda s: (
            s.y,
            [
                [x[mirrored(position - k, LENGTH)] for position in range(LENGTH)]
                for x, k in zip(s.x, s.k, strict=True)
            ],
        ),
        "dx = Sᵀ dy": lambda s: (s.dx, s.ST @ s.dy),
        "ty = S tx": lambda s: (s.ty, s.S @ s.tx),
        "tdx = Sᵀ tdy": lambda s: (s.tdx, s.ST @ s.tdy),
    },
)
