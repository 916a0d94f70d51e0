"""Colours: how each pixel's colour x in [−1, 1]³ changes, as a map of colours.

The colour half of the augmentations of Karras et al. 2020 (appendix B), in their order,
with ε ~ N(0, 1), the luma axis v, 1 = √3 v, and the identity for samples that are left
alone:

    brightness      x + β 1                  β is 0.2 ε
    contrast        c x                      c is 2^(0.5 ε)
    luma flip       x − 2 v vᵀ x             for one of two, f is −1 there and 1 here
    hue             x turned about v         by any angle θ
    saturation      v vᵀ x + s (I − v vᵀ) x  s is 2^ε

All but the first are combinations of three commuting matrices: the projections on v and
on its complement, and the quarter turn K x = v × x of the complement. So their product
can be written down:

    M = c (f v vᵀ + s cos θ (I − v vᵀ) + s sin θ K)
    b = M β 1 = c f β 1

Grey images lie on the luma axis, where hue and saturation do nothing. Luma is flipped
in colour only; the authors' code negates grey images too.

    M = c          b = c β
"""

import numpy as np

from scratchgan.layers.lots import Lot
from scratchgan.types import Array

AXIS = np.full((3, 3), 1 / 3)  # v vᵀ
REST = np.eye(3) - AXIS
QUARTER_TURN = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)  # K


def colours(lots: dict[str, Lot], channels: int) -> Array:
    """M with b as its last column, (N, C, C + 1)."""
    beta, c = _normal(lots["brightness"], 0.2), np.exp2(_normal(lots["contrast"], 0.5))
    if channels == 1:
        return np.stack([c, c * beta], axis=-1)[:, None]
    luma, hue = lots["luma_flip"], lots["hue"]
    f = np.where(luma.happens & (luma.uniform[:, 0] < 0.5), -1.0, 1.0)
    theta = np.where(hue.happens, np.pi * (2 * hue.uniform[:, 0] - 1), 0)
    s = np.exp2(_normal(lots["saturation"], 1.0))
    parts = ((c * f, AXIS), (c * s * np.cos(theta), REST),
             (c * s * np.sin(theta), QUARTER_TURN))  # fmt: skip
    M = sum(factor[:, None, None] * matrix for factor, matrix in parts)
    b = np.broadcast_to((c * f * beta)[:, None, None], (len(c), 3, 1))
    return np.concatenate([M, b], axis=-1)


def _normal(lot: Lot, deviation: float) -> Array:
    return np.where(lot.happens, deviation * lot.normal[:, 0], 0)
