"""What a synthesis network starts from: a constant, and one latent a layer."""

from functools import cache

import numpy as np

from derivations.proofs import prove, sweeps
from scratchgan import layers as nn

COUNT, INDEX = 3, 1


@cache
def constant():
    return sweeps(nn.Constant((2, 3)), (4,))


def none_is_zero(s, name):
    found = getattr(s, name)
    return (np.zeros(s.x.shape) if found is None else found, 0 * s.x)


prove(
    "layers.constant",
    constant,
    {
        "yₙ = c": lambda s: (s.y, [s.c for _ in s.x]),
        "dx = 0": lambda s: none_is_zero(s, "dx"),
        "ty = 0": lambda s: none_is_zero(s, "ty"),
        "tdx = 0": lambda s: none_is_zero(s, "tdx"),
        "dc = Σₙ dyₙ": lambda s: (s.dc, sum(s.dy)),
        "tdc = Σₙ tdyₙ": lambda s: (s.tdc, sum(s.tdy)),
    },
)


@cache
def selected():
    return sweeps(nn.Select(INDEX), (COUNT, 4))


def placed(dy):
    """dy where l = i, and 0 elsewhere."""
    return np.stack([dy if i == INDEX else 0 * dy for i in range(COUNT)], axis=1)


prove(
    "layers.select",
    selected,
    {
        "y = ws[i]": lambda s: (s.y.copy(), s.x[:, INDEX]),
        "dws[l] = dy where l = i, and 0 elsewhere": lambda s: (s.dx, placed(s.dy)),
    },
)
