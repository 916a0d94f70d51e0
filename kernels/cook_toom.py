"""Minimal filtering: m outputs of a filter of r taps from m + r − 1 multiplications.

Toom's construction of Winograd's F(m, r) (Lavin and Gray 2016, section 4). The product
of a polynomial w of degree r − 1 and one of degree m − 1 has degree P − 1, P = m+r−1,
and is known from its values at P points: a₁ … a_{P−1} and ∞, where the value is the
leading coefficient. With V_k(a) = [1, a, …, a^{k−1}] a row of a Vandermonde matrix, and
N the matrix whose columns interpolate (column j holds the coefficients of the j-th
Lagrange polynomial times fⱼ = Πₖ (aⱼ − aₖ); the last those of Πₖ (x − aₖ)), the
product's transpose is the filter yᵢ = Σₐ d_{i+a} wₐ:

    y = A [(G w) ⊙ (B d)],     Aᵀ = [V_m(aⱼ); e_m]     G = [V_r(aⱼ)/fⱼ; e_r]     B = Nᵀ

A tile takes each of them along both axes (`along_both`). The smaller the points and
their reciprocals, the smaller the entries, and the fewer digits are lost: 0, ±1, −1/2
and 2 lose the fewest of the sets tried.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from scratchgan.types import Array

POINTS = (Fraction(0), Fraction(1), Fraction(-1), Fraction(-1, 2), Fraction(2))


class Filtering(NamedTuple):
    """F(m, r) along an axis, P = m + r − 1."""

    outputs: int  # m
    taps: int  # r
    input: Array  # B (P, P)
    weights: Array  # G (P, r)
    output: Array  # A (m, P)

    @property
    def side(self) -> int:
        """P, inputs of a tile along an axis."""
        return self.outputs + self.taps - 1


def filtering(outputs: int, taps: int) -> Filtering:
    """F(outputs, taps) for at most six inputs.

    Raises
    ------
    ValueError
        If there are fewer points than outputs + taps − 2.
    """
    finite = outputs + taps - 2
    if finite > len(POINTS):
        raise ValueError(
            f"outputs + taps: expected at most {len(POINTS) + 2}, "
            f"received {outputs + taps}"
        )
    points = POINTS[:finite]
    B, factors = _interpolation(points)
    G = _vandermonde(points, taps)
    G[:-1] /= factors[:, None]
    A = _vandermonde(points, outputs).T
    return Filtering(outputs, taps, B, G, A)


def along_both(M: Array, tiles: Array, out: Array | None = None) -> Array:
    """Tiles of q × q numbers to tiles of p × p, by a matrix M (p, q) along both axes.

    Parameters
    ----------
    M : Array
        In any dtype.
    tiles : Array
        ``(q², n)``, one place of a tile a row. Rows may lie apart; where `out` is
        given, they are copied then.
    out : Array, optional
        Where to put the result, ``(p², n)``, rows of which may lie apart.

    Returns
    -------
    Array
        ``(p², n)`` in the dtype of `tiles`.
    """
    (p, q), M = M.shape, M.astype(tiles.dtype)
    if out is None:
        rows = M @ tiles.reshape(q, q, -1)
        return (M @ rows.reshape(q, -1)).reshape(p * p, -1)
    columns = M @ tiles.reshape(q, -1)
    np.matmul(M, columns.reshape(p, q, -1), out=out.reshape(p, p, -1))
    return out


def _vandermonde(points: tuple[Fraction, ...], terms: int) -> Array:
    """Powers 0 to terms − 1 of every point, and for ∞ the highest alone."""
    rows = [[float(a**i) for i in range(terms)] for a in points]
    return np.array([*rows, [0.0] * (terms - 1) + [1.0]])


def _interpolation(points: tuple[Fraction, ...]) -> tuple[Array, Array]:
    """N transposed, one row a point, and the factors fⱼ of the finite ones."""
    rows, factors = [], []
    for j, a in enumerate(points):
        others = points[:j] + points[j + 1 :]
        rows.append([*_with_roots(others), Fraction(0)])
        factors.append(float(np.prod([a - b for b in others])))
    rows.append(_with_roots(points))
    return np.array([[float(c) for c in row] for row in rows]), np.array(factors)


def _with_roots(roots: tuple[Fraction, ...]) -> list[Fraction]:
    """Coefficients of Π (x − root), lowest first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        scaled = [*(root * c for c in coefficients), Fraction(0)]
        coefficients = [a - b for a, b in zip(shifted, scaled, strict=True)]
    return coefficients
