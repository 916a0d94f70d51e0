"""Dense and convolutions: products, and sums over taps written out as loops."""

from functools import cache

import numpy as np

from derivations.proofs import jacobian, prove, sweeps
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


def correlate(x, W, stride, padding):
    """F(x, W): a sum over taps, each a product over channels."""
    x = np.pad(x, ((0, 0), *padding, (0, 0)))
    kernel = W.shape[:-2]
    size = [
        (n - k) // s + 1 for n, k, s in zip(x.shape[1:-1], kernel, stride, strict=True)
    ]
    y = 0
    for tap in np.ndindex(*kernel):
        ends = zip(tap, size, stride, strict=True)
        at = tuple(slice(t, t + (n - 1) * s + 1, s) for t, n, s in ends)
        y = y + x[:, *at] @ W[tap]
    return y


def with_adjoints(s, stride, padding, size):
    """The scene with F, and D and G by their definition: transposed Jacobians of F."""
    n = len(s.x)
    zeros = np.zeros((n, *size)), np.zeros(s.W.shape)

    def D(dy, W):
        J = jacobian(lambda x: correlate(x, W, stride, padding), zeros[0])
        return (J.T @ dy.ravel()).reshape(n, *size)

    def G(x, dy):
        J = jacobian(lambda W: correlate(x, W, stride, padding), zeros[1])
        return (J.T @ dy.ravel()).reshape(s.W.shape)

    s.F, s.D, s.G = lambda x, W: correlate(x, W, stride, padding), D, G
    return s


def pixels(dy):
    """Σ over samples and pixels."""
    return dy.reshape(-1, dy.shape[-1]).sum(0)


STRIDE, PADDING = (2, 1), ((1, 0), (0, 2))


@cache
def conv():
    s = sweeps(nn.Conv2d(3, (3, 2), STRIDE, PADDING), (4, 3, 2), batch=2)
    return with_adjoints(s, STRIDE, PADDING, (4, 3, 2))


@cache
def conv_transpose():
    """F goes from y to x: it is the convolution whose adjoint the layer is."""
    s = sweeps(nn.ConvTranspose2d(3, (3, 2), STRIDE, PADDING), (3, 2, 2), batch=2)
    return with_adjoints(s, STRIDE, PADDING, s.y.shape[1:])


prove(
    "layers.conv2d",
    conv,
    {
        "⟨dy, F(x, W)⟩ = ⟨x, D(dy, W)⟩ = ⟨W, G(x, dy)⟩": lambda s: (
            np.sum(s.dy * s.F(s.x, s.W)),
            np.sum(s.x * s.D(s.dy, s.W)),
            np.sum(s.W * s.G(s.x, s.dy)),
        ),
        "y = F(x, W) + b": lambda s: (s.y, s.F(s.x, s.W) + s.b),
        "dx = D(dy, W)": lambda s: (s.dx, s.D(s.dy, s.W)),
        "dW = G(x, dy)": lambda s: (s.dW, s.G(s.x, s.dy)),
        "db = Σ dy": lambda s: (s.db, pixels(s.dy)),
        "ty = F(tx, W)": lambda s: (s.ty, s.F(s.tx, s.W)),
        "tdx = D(tdy, W)": lambda s: (s.tdx, s.D(s.tdy, s.W)),
        "tdW = G(tx, dy) + G(x, tdy)": lambda s: (
            s.tdW,
            s.G(s.tx, s.dy) + s.G(s.x, s.tdy),
        ),
        "tdb = Σ tdy": lambda s: (s.tdb, pixels(s.tdy)),
    },
)

prove(
    "layers.conv_transpose2d",
    conv_transpose,
    {
        "y = D(x, W) + b": lambda s: (s.y, s.D(s.x, s.W) + s.b),
        "dx = F(dy, W)": lambda s: (s.dx, s.F(s.dy, s.W)),
        "dW = G(dy, x)": lambda s: (s.dW, s.G(s.dy, s.x)),
        "db = Σ dy": lambda s: (s.db, pixels(s.dy)),
        "ty = D(tx, W)": lambda s: (s.ty, s.D(s.tx, s.W)),
        "tdx = F(tdy, W)": lambda s: (s.tdx, s.F(s.tdy, s.W)),
        "tdW = G(dy, tx) + G(tdy, x)": lambda s: (
            s.tdW,
            s.G(s.dy, s.tx) + s.G(s.tdy, s.x),
        ),
        "tdb = Σ tdy": lambda s: (s.tdb, pixels(s.tdy)),
    },
)
