"""Losses and penalties: values written anew, gradients from those values."""

from functools import cache
from itertools import product
from types import SimpleNamespace

import numpy as np

from derivations.proofs import gradient, prove
from scratchgan.losses import BinaryCrossEntropy, Hinge, LeastSquares, Wasserstein

N = 5


def scores(loss, minimax=None):
    """Scores of real and generated samples, and what a loss makes of them."""
    rng = np.random.default_rng(0)
    real, fake = 2 * rng.normal(size=(2, N, 1))
    d, g = loss.discriminator(real, fake), loss.generator(fake)
    saturating = minimax and minimax.generator(fake)
    return SimpleNamespace(real=real, fake=fake, d=d, g=g, minimax=saturating)


def E(values):
    return values.sum() / N


def σ(s):
    return 1 / (1 + np.exp(-s))


def ζ(s):
    return np.log(1 + np.exp(s))


prove(
    "losses.bce",
    cache(lambda: scores(BinaryCrossEntropy(), BinaryCrossEntropy(saturating=True))),
    {
        "L = E ζ(−s_real) + E ζ(s_fake)": lambda s: (
            s.d.loss,
            E(ζ(-s.real)) + E(ζ(s.fake)),
            -E(np.log(σ(s.real))) - E(np.log(1 - σ(s.fake))),
        ),
        "∂L/∂s_real = −σ(−s_real) / N": lambda s: (
            s.d.d_real,
            gradient(lambda a: E(ζ(-a)), s.real),
            -σ(-s.real) / N,
        ),
        "∂L/∂s_fake = σ(s_fake) / N": lambda s: (
            s.d.d_fake,
            gradient(lambda a: E(ζ(a)), s.fake),
            σ(s.fake) / N,
        ),
        "L = E log(1 − σ(s_fake)) = −E ζ(s_fake)": lambda s: (
            s.minimax.loss,
            E(np.log(1 - σ(s.fake))),
            -E(ζ(s.fake)),
        ),
        "∂L/∂s_fake = −σ(s_fake) / N": lambda s: (
            s.minimax.d_fake,
            gradient(lambda a: E(np.log(1 - σ(a))), s.fake),
            -σ(s.fake) / N,
        ),
        "L = −E log σ(s_fake) = E ζ(−s_fake)": lambda s: (
            s.g.loss,
            -E(np.log(σ(s.fake))),
            E(ζ(-s.fake)),
        ),
        "∂L/∂s_fake = −σ(−s_fake) / N": lambda s: (
            s.g.d_fake,
            gradient(lambda a: -E(np.log(σ(a))), s.fake),
            -σ(-s.fake) / N,
        ),
    },
)


def supremum(real, fake):
    """sup E f(real) − E f(fake) over 1-Lipschitz f of numbers.

    A linear programme whose vertices have slope 1 or −1 between neighbouring numbers.
    """
    at = np.concatenate([real, fake]).ravel()
    order = np.argsort(at)
    weights = np.repeat([1 / N, -1 / N], N)[order]
    gaps = np.diff(at[order])
    slopes = np.array(list(product([-1, 1], repeat=2 * N - 1)))
    f = np.cumsum(slopes * gaps, axis=1) @ weights[1:]
    return f.max()


prove(
    "losses.wasserstein",
    cache(lambda: scores(Wasserstein())),
    {
        "W(P_r, P_g) = sup E f(x_real) − E f(x_fake)": lambda s: (
            np.abs(np.sort(s.real, axis=0) - np.sort(s.fake, axis=0)).sum() / N,
            supremum(s.real, s.fake),
        ),
        "L = E f(x_fake) − E f(x_real)": lambda s: (s.d.loss, E(s.fake) - E(s.real)),
        "∂L/∂f_real = −1/N": lambda s: (
            s.d.d_real,
            gradient(lambda a: E(s.fake) - E(a), s.real),
            np.full((N, 1), -1 / N),
        ),
        "∂L/∂f_fake = 1/N": lambda s: (
            s.d.d_fake,
            gradient(lambda a: E(a) - E(s.real), s.fake),
            np.full((N, 1), 1 / N),
        ),
        "L = −E f(x_fake)": lambda s: (s.g.loss, -E(s.fake)),
        "∂L/∂f_fake = −1/N": lambda s: (
            s.g.d_fake,
            gradient(lambda a: -E(a), s.fake),
            np.full((N, 1), -1 / N),
        ),
    },
)

TARGETS = (-0.9, 1.1, 0.2)


def half(values):
    return E(values**2) / 2


prove(
    "losses.least_squares",
    cache(lambda: scores(LeastSquares(*TARGETS))),
    {
        "L = ½ E (s_real − b)² + ½ E (s_fake − a)²": lambda s: (
            s.d.loss,
            half(s.real - 1.1) + half(s.fake + 0.9),
        ),
        "∂L/∂s_real = (s_real − b) / N": lambda s: (
            s.d.d_real,
            gradient(lambda a: half(a - 1.1), s.real),
            (s.real - 1.1) / N,
        ),
        "∂L/∂s_fake = (s_fake − a) / N": lambda s: (
            s.d.d_fake,
            gradient(lambda a: half(a + 0.9), s.fake),
            (s.fake + 0.9) / N,
        ),
        "L = ½ E (s_fake − c)²": lambda s: (s.g.loss, half(s.fake - 0.2)),
        "∂L/∂s_fake = (s_fake − c) / N": lambda s: (
            s.g.d_fake,
            gradient(lambda a: half(a - 0.2), s.fake),
            (s.fake - 0.2) / N,
        ),
    },
)

prove(
    "losses.hinge",
    cache(lambda: scores(Hinge())),
    {
        "L = E max(0, 1 − s_real) + E max(0, 1 + s_fake)": lambda s: (
            s.d.loss,
            E(np.maximum(0, 1 - s.real)) + E(np.maximum(0, 1 + s.fake)),
        ),
        "∂L/∂s_real = −[s_real < 1] / N": lambda s: (
            s.d.d_real,
            gradient(lambda a: E((1 - a) * (s.real < 1)), s.real),
            -1.0 * (s.real < 1) / N,
        ),
        "∂L/∂s_fake = [s_fake > −1] / N": lambda s: (
            s.d.d_fake,
            gradient(lambda a: E((1 + a) * (s.fake > -1)), s.fake),
            1.0 * (s.fake > -1) / N,
        ),
        "L = −E s_fake": lambda s: (s.g.loss, -E(s.fake)),
        "∂L/∂s_fake = −1 / N": lambda s: (
            s.g.d_fake,
            gradient(lambda a: -E(a), s.fake),
            np.full((N, 1), -1 / N),
        ),
    },
)
