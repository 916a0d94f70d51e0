"""Places: where each pixel of an augmented image is read, as a map of the plane.

The geometric half of the augmentations of Karras et al. 2020 (appendix B), with rows
and columns as coordinates and the middle of the image as origin. T₁ … T₈ are 3 × 3
homogeneous matrices that move the image, the identity for samples that are left alone:

    pixel blitting   flip            columns change their sign, for one of two
                     quarter turn    0, 1, 2 or 3 of them
                     shift           by whole pixels, up to an eighth of the image
    geometric        scale           by 2^(0.2 ε), ε ~ N(0, 1)
                     turn            by any angle, before stretching
                     stretch         columns by 2^(0.2 ε), rows by its inverse
                     turn            by any angle
                     move            by an eighth of the image times ε, both ways

A pixel q of the result shows what was at q before, moved back step by step:

    place = T₁⁻¹ T₂⁻¹ … T₈⁻¹

Sines and cosines of quarter turns are written as 0, 1 and −1, so that they are exact.
"""

from functools import reduce
from typing import Any

import numpy as np

from scratchgan.layers.lots import Lot
from scratchgan.types import Array

EIGHTH = 0.125
OCTAVES = 0.2  # log₂ of a scaling, standard deviation
COSINE, SINE = np.array([1.0, 0, -1, 0]), np.array([0, 1.0, 0, -1])


def places(
    lots: dict[str, Lot], height: int, width: int, pixel: bool, geometric: bool
) -> Array:
    """T₁⁻¹ … T₈⁻¹ without its last row, (N, 2, 3); of the groups that are on."""
    back = []
    if pixel:
        back += [
            _flipped(lots["flip"]),
            _turned_by_quarters(lots["quarter_turn"]),
            _shifted(lots["shift"], height, width),
        ]
    if geometric:
        back += [
            _scaled(lots["scale"]),
            _turned(lots["turn_before"]),
            _stretched(lots["stretch"]),
            _turned(lots["turn_after"]),
            _moved(lots["move"], height, width),
        ]
    return reduce(np.matmul, back)[:, :2]


def _flipped(lot: Lot) -> Array:
    half = lot.happens & (lot.uniform[:, 0] < 0.5)
    return _matrix(1, 0, 0, np.where(half, -1.0, 1.0))


def _turned_by_quarters(lot: Lot) -> Array:
    quarters = np.where(lot.happens, np.floor(4 * lot.uniform[:, 0]), 0).astype(int)
    return _rotation(COSINE[quarters], SINE[quarters])


def _shifted(lot: Lot, height: int, width: int) -> Array:
    t = np.where(lot.happens[:, None], EIGHTH * (2 * lot.uniform - 1), 0)
    return _translation(np.round(t * (height, width)))


def _scaled(lot: Lot) -> Array:
    s = np.exp2(np.where(lot.happens, OCTAVES * lot.normal[:, 0], 0))
    return _matrix(1 / s, 0, 0, 1 / s)


def _turned(lot: Lot) -> Array:
    angle = np.where(lot.happens, np.pi * (2 * lot.uniform[:, 0] - 1), 0)
    return _rotation(np.cos(angle), np.sin(angle))


def _stretched(lot: Lot) -> Array:
    s = np.exp2(np.where(lot.happens, OCTAVES * lot.normal[:, 0], 0))
    return _matrix(s, 0, 0, 1 / s)


def _moved(lot: Lot, height: int, width: int) -> Array:
    t = np.where(lot.happens[:, None], EIGHTH * lot.normal, 0)
    return _translation(t * (height, width))


def _rotation(cosine: Array, sine: Array) -> Array:
    """The inverse of a turn that takes rows towards columns."""
    return _matrix(cosine, sine, -sine, cosine)


def _translation(t: Array) -> Array:
    """The inverse of moving by t, (N, 2)."""
    return _matrix(1, 0, 0, 1, -t[:, 0], -t[:, 1])


def _matrix(a: Any, b: Any, c: Any, d: Any, rows: Any = 0, columns: Any = 0) -> Array:
    """Homogeneous matrices ((a, b, rows), (c, d, columns), (0, 0, 1)), (N, 3, 3)."""
    entries = np.broadcast_arrays(a, b, rows, c, d, columns, 0.0, 0.0, 1.0)
    return np.stack(entries, axis=-1).astype(float).reshape(-1, 3, 3)
