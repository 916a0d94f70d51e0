"""Lots: which transformations a sample undergoes, and with what random numbers.

Every transformation happens to every sample with probability p, independently (Karras
et al. 2020, appendix B). An arbitrary rotation comes before and after stretching; each
has the probability p_rot for which one or both happen with probability p,

    (1 − p_rot)² = 1 − p

Numbers are drawn for all transformations, whether they happen or not, so that those of
one do not depend on another.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.backend import fetched
from scratchgan.layers.context import Context
from scratchgan.types import Array

#: Every transformation, in the order in which a sample undergoes them.
NAMES = (
    "flip", "quarter_turn", "shift",
    "scale", "turn_before", "stretch", "turn_after", "move",
    "brightness", "contrast", "luma_flip", "hue", "saturation",
)  # fmt: skip
ROTATIONS = ("turn_before", "turn_after")


class Lot(NamedTuple):
    """One transformation's random numbers, for every sample."""

    happens: Array  # (N,) of bool
    uniform: Array  # (N, 2), in [0, 1)
    normal: Array  # (N, 2)


def draw(ctx: Context, layer: object, n: int, p: float) -> dict[str, Lot]:
    """Lots of `n` samples by transformation; a sample's are the same in any part.

    They lie on the host, which makes matrices of them.

    Parameters
    ----------
    ctx : Context
        Where the numbers come from.
    layer : Layer
        Who asks, for messages.
    n : int
        How many samples.
    p : float
        Probability of each transformation; above 1 is 1.
    """
    kinds = len(NAMES)
    chance = fetched(ctx.at("happens").uniform(layer, (n, kinds), np.float64))
    uniform = fetched(ctx.at("uniform").uniform(layer, (n, kinds, 2), np.float64))
    normal = fetched(ctx.at("normal").normal(layer, (n, kinds, 2), np.float64))
    return {
        name: Lot(chance[:, i] < share(name, p), uniform[:, i], normal[:, i])
        for i, name in enumerate(NAMES)
    }


def share(name: str, p: float) -> float:
    """Probability of one transformation."""
    return 1 - max(0.0, 1 - p) ** 0.5 if name in ROTATIONS else p
