"""Dense and convolutions: products, and sums over taps written out as loops."""

from functools import cache

import numpy as np

from derivations.proofs import jacobian, over, prove, sweeps
from scratchgan import layers as nn


@cache
def dense():
    return sweeps(nn.Dense(4), (5,))


prove(
    "layers.dense",
    dense,
    {
        "y = x W + b": lambda s: (s.y, s.x @ s.W + s.b),
        "dx = dy Wᵀ": lambda s: (s.dx, s.dy @ s.W.T),
        "dW = xᵀ dy": lambda s: (s.dW, s.x.T @ s.dy),
        "db = Σₙ dy": lambda s: (s.db, s.dy.sum(0)),
        "ty = tx W": lambda s: (s.ty, s.tx @ s.W),
        "tdx = tdy Wᵀ": lambda s: (s.tdx, s.tdy @ s.W.T),
        "tdW = txᵀ dy + xᵀ tdy": lambda s: (s.tdW, s.tx.T @ s.dy + s.x.T @ s.tdy),
        "tdb = Σₙ tdy": lambda s: (s.tdb, s.tdy.sum(0)),
    },
)


def correlate(x, W, stride, padding, dilation, groups=1):
    """F(x, W): a sum over taps, each a product over the channels of a group."""
    x = np.pad(x, ((0, 0), *padding, (0, 0)))
    kernel = W.shape[:-2]
    axes = list(zip(x.shape[1:-1], kernel, stride, dilation, strict=True))
    size = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in axes]
    y = [0] * groups
    for tap in np.ndindex(*kernel):
        at = [
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, n, (_, _, s, d) in zip(tap, size, axes, strict=True)
        ]
        runs = np.split(x[:, *at], groups, axis=-1)
        for i, w in enumerate(np.split(W[tap], groups, axis=-1)):
            y[i] = y[i] + runs[i] @ w
    return np.concatenate(y, axis=-1)


def with_adjoints(s, F, shape):
    """The scene with F, and D and G by their definition: transposed Jacobians of F."""

    def D(dy, W):
        J = jacobian(lambda x: F(x, W), np.zeros(shape))
        return (J.T @ dy.ravel()).reshape(shape)

    def G(x, dy):
        J = jacobian(lambda W: F(x, W), np.zeros(s.W.shape))
        return (J.T @ dy.ravel()).reshape(s.W.shape)

    s.F, s.D, s.G = F, D, G
    return s


#: Stride, padding, dilation and groups for one, two and three axes.
OPTIONS = {
    1: ((2,), ((1, 0),), (2,), 1),
    2: ((2, 1), ((1, 0), (0, 2)), (1, 2), 2),
    3: ((1, 2, 1), ((0, 0), (1, 1), (0, 1)), (1, 1, 1), 1),
}
KERNELS, SIZES = {1: 3, 2: (3, 2), 3: (1, 3, 2)}, {1: (6,), 2: (4, 3), 3: (2, 3, 2)}
CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}


def convolutions(layers, transposed):
    """One scene a number of axes; F goes from y to x where the layer is transposed."""
    scenes = []
    for axes, (*options, groups) in OPTIONS.items():
        layer = layers[axes](
            2, KERNELS[axes], *options[:2], dilation=options[2], groups=groups
        )
        s = sweeps(layer, (*SIZES[axes], 2), batch=2)
        shape = (s.y if transposed else s.x).shape

        def F(x, W, options=(*options, groups)):
            return correlate(x, W, *options)

        scenes.append(with_adjoints(s, F, shape))
    return scenes


prove(
    "layers.conv",
    cache(lambda: convolutions(CONV, False)),
    {
        "⟨dy, F(x, W)⟩ = ⟨x, D(dy, W)⟩ = ⟨W, G(x, dy)⟩": lambda s: (
            np.sum(s.dy * (s.y - s.b)),
            np.sum(s.x * s.D(s.dy, s.W)),
            np.sum(s.W * s.G(s.x, s.dy)),
        ),
        "y = F(x, W) + b": lambda s: (s.y, s.F(s.x, s.W) + s.b),
        "dx = D(dy, W)": lambda s: (s.dx, s.D(s.dy, s.W)),
        "dW = G(x, dy)": lambda s: (s.dW, s.G(s.x, s.dy)),
        "db = Σ dy": lambda s: (s.db, over(s.dy)),
        "ty = F(tx, W)": lambda s: (s.ty, s.F(s.tx, s.W)),
        "tdx = D(tdy, W)": lambda s: (s.tdx, s.D(s.tdy, s.W)),
        "tdW = G(tx, dy) + G(x, tdy)": lambda s: (
            s.tdW,
            s.G(s.tx, s.dy) + s.G(s.x, s.tdy),
        ),
        "tdb = Σ tdy": lambda s: (s.tdb, over(s.tdy)),
    },
)

prove(
    "layers.conv_transpose",
    cache(lambda: convolutions(TRANSPOSED, True)),
    {
        "y = D(x, W) + b": lambda s: (s.y, s.D(s.x, s.W) + s.b),
        "dx = F(dy, W)": lambda s: (s.dx, s.F(s.dy, s.W)),
        "dW = G(dy, x)": lambda s: (s.dW, s.G(s.dy, s.x)),
        "db = Σ dy": lambda s: (s.db, over(s.dy)),
        "ty = D(tx, W)": lambda s: (s.ty, s.D(s.tx, s.W)),
        "tdx = F(tdy, W)": lambda s: (s.tdx, s.F(s.tdy, s.W)),
        "tdW = G(dy, tx) + G(tdy, x)": lambda s: (
            s.tdW,
            s.G(s.dy, s.tx) + s.G(s.tdy, s.x),
        ),
        "tdb = Σ tdy": lambda s: (s.tdb, over(s.tdy)),
    },
)
