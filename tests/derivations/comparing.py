"""Distances to a target, and a classifier's loss."""

from functools import cache
from types import SimpleNamespace

import numpy as np

from derivations.proofs import differenced, gradient, one_hot, prove
from scratchgan.losses import L1, CrossEntropy

N, K = 4, 3


@cache
def compared():
    """A few numbers, what they should be, and the distance."""
    rng = np.random.default_rng(0)
    y, t = rng.normal(size=(2, N, K))
    return SimpleNamespace(y=y, t=t, n=N * K, found=L1()(y, t))


@cache
def classified():
    """Logits and labels, and the loss."""
    rng = np.random.default_rng(1)
    s, c = rng.normal(size=(N, K)), rng.integers(K, size=N)
    p = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    return SimpleNamespace(s=s, c=c, p=p, e=one_hot(c, K), found=CrossEntropy()(s, c))


def entropy(s, c):
    return (np.log(np.exp(s).sum(1)) - s[np.arange(N), c]).sum() / N


prove(
    "losses.l1",
    compared,
    {
        "L = Σ |y − t| / n": lambda s: (s.found.loss, np.abs(s.y - s.t).sum() / s.n),
        "∂L/∂y = sign(y − t) / n": lambda s: (
            s.found.dy,
            np.sign(s.y - s.t) / s.n,
            np.array(
                [
                    differenced(lambda a, t=t: np.abs(a - t) / s.n, y, 1.0)
                    for y, t in zip(s.y.ravel(), s.t.ravel(), strict=True)
                ]
            ).reshape(N, K),
        ),
    },
)

prove(
    "losses.cross_entropy",
    classified,
    {
        "L = Σ (log Σₖ exp(sₖ) − s_c) / N": lambda s: (
            s.found.loss,
            entropy(s.s, s.c),
            -np.log(s.p[np.arange(N), s.c]).mean(),
        ),
        "∂L/∂s = (p − e) / N": lambda s: (
            s.found.dlogits,
            gradient(lambda a: entropy(a, s.c), s.s),
            (s.p - s.e) / N,
        ),
    },
)
