"""Augmentations: matrices that move an image one by one, and colours one by one."""

from functools import cache
from types import SimpleNamespace

import numpy as np
from oracle.definitions_augment import read

from derivations.proofs import prove, sweeps
from scratchgan import layers as nn
from scratchgan.gradcheck.registry import RANDOM
from scratchgan.layers import lots as drawing
from scratchgan.layers.colours import colours
from scratchgan.layers.places import places

HEIGHT, WIDTH = 4, 5


@cache
def augmented():
    """A, M and b from the maps of the pass; x, y, … as (N, HW, C)."""
    s = sweeps(nn.Augment(0.9), (HEIGHT, WIDTH, 3), batch=4, ctx=RANDOM)
    s.A = np.stack([read(place, HEIGHT, WIDTH) for place in s.cache.place])
    s.M, s.b = s.cache.colour[..., :3], s.cache.colour[..., 3]
    for name in ("x", "dx", "tx", "tdx", "y", "dy", "ty", "tdy"):
        setattr(s, name, getattr(s, name).reshape(4, HEIGHT * WIDTH, 3))
    return s


def turned(a):
    return a.swapaxes(1, 2)


prove(
    "layers.augment",
    augmented,
    {
        "y = A x Mᵀ + 1 bᵀ": lambda s: (
            s.y,
            s.A @ s.x @ turned(s.M) + np.ones((HEIGHT * WIDTH, 1)) * s.b[:, None],
        ),
        "dx = Aᵀ dy M": lambda s: (s.dx, turned(s.A) @ s.dy @ s.M),
        "ty = A tx Mᵀ": lambda s: (s.ty, s.A @ s.tx @ turned(s.M)),
        "tdx = Aᵀ tdy M": lambda s: (s.tdx, turned(s.A) @ s.tdy @ s.M),
    },
)

prove(
    "layers.lots",
    cache(lambda: np.linspace(0, 1, 11)),
    {
        "(1 − p_rot)² = 1 − p": lambda p: (
            [(1 - drawing.share("turn_after", each)) ** 2 for each in p],
            1 - p,
        ),
    },
)


def plane(a, b, c, d, rows=0.0, columns=0.0):
    return np.array([[a, b, rows], [c, d, columns], [0, 0, 1]])


def moves(lots, n):
    """T₁ … T₈ of sample n, as the table says."""

    def of(name):
        happens, uniform, normal = (each[n] for each in lots[name])
        return happens, uniform, normal

    happens, u, _ = of("flip")
    yield plane(1, 0, 0, -1 if happens and u[0] < 0.5 else 1)
    happens, u, _ = of("quarter_turn")
    yield turn(np.pi / 2 * int(4 * u[0]) * happens)
    happens, u, _ = of("shift")
    t = np.round((2 * u - 1) * np.array([HEIGHT, WIDTH]) / 8) * happens
    yield plane(1, 0, 0, 1, *t)
    happens, _, ε = of("scale")
    s = 2 ** (0.2 * ε[0] * happens)
    yield plane(s, 0, 0, s)
    happens, u, _ = of("turn_before")
    yield turn(np.pi * (2 * u[0] - 1) * happens)
    happens, _, ε = of("stretch")
    s = 2 ** (0.2 * ε[0] * happens)
    yield plane(1 / s, 0, 0, s)
    happens, u, _ = of("turn_after")
    yield turn(np.pi * (2 * u[0] - 1) * happens)
    happens, _, ε = of("move")
    yield plane(1, 0, 0, 1, *(ε * np.array([HEIGHT, WIDTH]) / 8 * happens))


def turn(θ):
    return plane(np.cos(θ), -np.sin(θ), np.sin(θ), np.cos(θ))


@cache
def lots():
    return drawing.draw(RANDOM, None, 40, 0.7)


def backwards(found):
    """T₁⁻¹ … T₈⁻¹ of every sample, by solving."""
    products = []
    for n in range(40):
        whole = np.eye(3)
        for T in moves(found, n):
            whole = T @ whole
        products.append(np.linalg.inv(whole))
    return np.array(products)[:, :2]


prove(
    "layers.places",
    lots,
    {
        "place = T₁⁻¹ T₂⁻¹ … T₈⁻¹": lambda found: (
            places(found, HEIGHT, WIDTH, True, True),
            backwards(found),
        ),
    },
)


def colour_numbers():
    found = lots()
    s = SimpleNamespace(lots=found, v=np.ones((3, 1)) / np.sqrt(3), I=np.eye(3))

    def normal(name):
        return (found[name].happens * found[name].normal[:, 0])[:, None, None]

    s.β, s.c = 0.2 * normal("brightness"), 2 ** (0.5 * normal("contrast"))
    s.s = 2 ** normal("saturation")
    luma, hue = found["luma_flip"], found["hue"]
    s.f = np.where(luma.happens & (luma.uniform[:, 0] < 0.5), -1, 1)[:, None, None]
    s.θ = (hue.happens * np.pi * (2 * hue.uniform[:, 0] - 1))[:, None, None]
    s.P = s.v @ s.v.T
    s.K = np.cross(s.v[:, 0], s.I).T  # its columns are v × eᵢ
    s.whole = one_by_one(s)
    return s


def one_by_one(s):
    """The product of appendix B's 4 × 4 matrices, homogeneous in colour."""

    def homogeneous(linear, offset=None):
        H = np.tile(np.eye(4), (40, 1, 1))
        H[:, :3, :3] = linear
        if offset is not None:
            H[:, :3, 3] = offset[..., 0]
        return H

    turned_about = s.I + np.sin(s.θ) * s.K + (1 - np.cos(s.θ)) * s.K @ s.K  # Rodrigues
    return (
        homogeneous(s.P + s.s * (s.I - s.P))
        @ homogeneous(turned_about)
        @ homogeneous(s.I - (1 - s.f) * s.P)
        @ homogeneous(s.c * s.I)
        @ homogeneous(s.I, s.β * np.ones((40, 3, 1)))
    )


prove(
    "layers.colours",
    cache(colour_numbers),
    {
        "M = c (f v vᵀ + s cos θ (I − v vᵀ) + s sin θ K)": lambda s: (
            colours(s.lots, 3)[..., :3],
            s.c
            * (s.f * s.P + s.s * np.cos(s.θ) * (s.I - s.P) + s.s * np.sin(s.θ) * s.K),
            s.whole[:, :3, :3],
        ),
        "b = M β 1 = c f β 1": lambda s: (
            colours(s.lots, 3)[..., 3:],
            s.whole[:, :3, :3] @ (s.β * np.ones((3, 1))),
            s.c * s.f * s.β * np.ones((3, 1)),
            s.whole[:, :3, 3:],
        ),
        "M = c": lambda s: (colours(s.lots, 1)[..., :1], +s.c),
        "b = c β": lambda s: (colours(s.lots, 1)[..., 1:], s.c * s.β),
    },
)
