"""Maps between sizes: loops over pixels, index by index."""

from functools import cache
from itertools import product

import numpy as np

from derivations.proofs import prove, sweeps
from scratchgan import layers as nn

R, LENGTH = 3, 4


@cache
def nearest():
    return sweeps(nn.UpsampleNearest(R), (LENGTH, 2))


@cache
def bilinear():
    """x, and where each output pixel lies between input pixels."""
    s = sweeps(nn.UpsampleBilinear(R), (LENGTH, 2))
    s.at = (np.arange(R * LENGTH) + 0.5) / R - 0.5
    s.j = np.floor(s.at).astype(int)
    s.φ = (s.at - s.j)[None, :, None]
    s.inside = (s.at >= 0) & (s.at <= LENGTH - 1)
    numbers = np.arange(LENGTH, dtype=float).reshape(1, LENGTH, 1)
    s.found = s.layer.forward((), numbers)[0].ravel()
    s.clamped = lambda j: s.x[:, np.minimum(np.maximum(j, 0), LENGTH - 1)]
    return s


prove(
    "layers.upsample",
    nearest,
    {"y[i] = x[⌊i/r⌋]": lambda s: (s.y, s.x[:, [i // R for i in range(R * LENGTH)]])},
)
prove(
    "layers.upsample",
    bilinear,
    {
        "y[i] = (1 − φ) x[j] + φ x[j + 1]": lambda s: (
            s.y,
            (1 - s.φ) * s.clamped(s.j) + s.φ * s.clamped(s.j + 1),
        ),
        # what interpolates the numbers of the pixels gives j + φ
        "j + φ = (i + ½)/r − ½": lambda s: (s.found[s.inside], s.at[s.inside]),
    },
)

KERNEL, STRIDE, SIZE = (2, 3), (2, 1), (5, 4)


def windows(x):
    """w(i, k): every window's pixels, (N, H′, W′, K, C)."""
    out = [(n - k) // s + 1 for n, k, s in zip(SIZE, KERNEL, STRIDE, strict=True)]
    found = np.zeros((len(x), *out, KERNEL[0] * KERNEL[1], x.shape[-1]))
    for i, j in product(*map(range, out)):
        for k, (a, b) in enumerate(np.ndindex(*KERNEL)):
            found[:, i, j, k] = x[:, i * STRIDE[0] + a, j * STRIDE[1] + b]
    return found


def pooled(layer):
    s = sweeps(layer(KERNEL, STRIDE), (*SIZE, 2))
    s.w = windows(s.x)
    return s


def pooled_whole():
    """All pixels as one window."""
    s = sweeps(nn.GlobalAvgPool(), (*SIZE, 2))
    s.w = s.x.reshape(len(s.x), -1, 2)
    return s


prove(
    "layers.pool",
    cache(lambda: [pooled(nn.AvgPool), pooled_whole()]),
    {"y[i] = 1/K Σₖ x[w(i, k)]": lambda s: (s.y, s.w.sum(-2) / s.w.shape[-2])},
)
prove(
    "layers.pool",
    cache(lambda: pooled(nn.MaxPool)),
    {
        "y[i] = maxₖ x[w(i, k)] = Σₖ M[i, k] x[w(i, k)]": lambda s: (
            s.y,
            s.w.max(-2),
            (np.moveaxis(np.eye(6)[s.cache.largest], -1, -2) * s.w).sum(-2),
        ),
    },
)


@cache
def blocks():
    return sweeps(nn.SpaceToDepth(2), (4, 6, 3))


def rearranged(x, b=2):
    n, height, width, C = x.shape
    y = np.zeros((n, height // b, width // b, b * b * C))
    for i, j, p, q, c in product(
        range(height // b), range(width // b), *[range(b)] * 2, range(C)
    ):
        y[:, i, j, (p * b + q) * C + c] = x[:, i * b + p, j * b + q, c]
    return y


prove(
    "layers.space_to_depth",
    blocks,
    {
        "y[i, j, (p b + q) C + c] = x[i b + p, j b + q, c]": lambda s: (
            s.y,
            rearranged(s.x),
        ),
    },
)

UP, DOWN, PAD, F = 3, 2, 2, np.array([1.0, -2.0, 4.0, 0.5])


@cache
def filtered():
    """The same filter along both axes, scaled to sum to one."""
    layer = nn.UpFirDn2d(tuple(F), UP, DOWN, PAD)
    s = sweeps(layer, (3, 4, 2))
    s.zeros = sweeps(nn.UpFirDn2d((1,), UP), (3, 4, 2))
    return s


def spread(x):
    """z along the first axis: x at every u-th place."""
    z = np.zeros((len(x) * UP, *x.shape[1:]))
    for i in range(len(x)):
        z[i * UP] = x[i]
    return z


def filter_one(x):
    """y along the first axis; z is 0 outside."""
    z, f, K = spread(x), F / F.sum(), len(F)
    y = []
    for j in range((len(z) + 2 * PAD - K) // DOWN + 1):
        at = [j * DOWN - PAD + k for k in range(K)]
        terms = [f[K - 1 - k] * z[m] for k, m in enumerate(at) if 0 <= m < len(z)]
        y.append(sum(terms))
    return np.stack(y)


def both_axes(f, x):
    """`f` along the height, and along the width."""
    x = np.moveaxis(f(np.moveaxis(x, 1, 0)), 0, 1)
    return np.moveaxis(f(np.moveaxis(x, 2, 0)), 0, 2)


prove(
    "layers.upfirdn2d",
    filtered,
    {
        "z[i u] = x[i]": lambda s: (s.zeros.y, both_axes(spread, s.zeros.x)),
        "y[j] = Σₖ f[K − 1 − k] z[j d − p + k]": lambda s: (
            s.y,
            both_axes(filter_one, s.x),
        ),
    },
)
