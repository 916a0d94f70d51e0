"""The error function and its complement, for float32 and float64 (float16 in float32).

    erf x  = 2/√π ∫₀ˣ e^(−s²) ds
    erfc x = 1 − erf x

Two functions that are nearly one stand for them; what they lack is a short sum of
Chebyshev polynomials, P in v = 2x² − 1 and Q in u = 2 (1 + k/R) x / (x + k) − 1:

    1 + P  = erf(x) / x                      0 ≤ x ≤ 1
    1 + Q  = (1 + 2x) e^(x²) erfc(x)         0 ≤ x ≤ R

Half of u's way from −1 to 1 is below x ≈ k, which makes Q smooth in it (Shepherd and
Laframboise). Then, for x ≥ 0,

    erfc x = e^(−x²) (1 + Q) / (1 + 2x)
    erf x  = x + x P         below 1, where 1 − erfc x would lose digits
    erf x  = 1 − erfc x      above

and erf(−x) = −erf x. There is no table of coefficients: `math.erf` and `math.erfc` give
P and Q at the points cos θᵢ, θᵢ = (2i + 1) π / 2n, and with those values fᵢ

    cⱼ = 2/n Σᵢ fᵢ cos j θᵢ                  half of that for j = 0

R = 26 is where erfc leaves the range of normal float64.

References
----------
Shepherd and Laframboise 1981, "Chebyshev approximation of (1 + 2x) exp(x²) erfc x in
0 ≤ x < ∞", Math. Comp. 36.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from scratchgan.kernels.accumulate import wide
from scratchgan.types import Array

REACH = 26.0  # R
MIDDLE = 3.75  # k
TERMS_P, TERMS_Q = 13, 24  # the last ones are below 1e-16
FAR = 28.0  # e^(−x²) is 0 from here on


def erf(x: Array) -> Array:
    """2/√π ∫₀ˣ e^(−s²) ds, to two units in the last place."""
    a = np.abs(wide(x))
    low = np.minimum(a, 1)
    below = low + low * _chebyshev(_p(a.dtype), 2 * low * low - 1)
    y = np.where(a < 1, below, 1 - _upper(a))
    return np.copysign(y, x).astype(x.dtype, copy=False)


def erfc(x: Array) -> Array:
    """1 − erf x, to ten units in the last place of however small a number."""
    upper = _upper(np.abs(wide(x)))
    return np.where(x < 0, 2 - upper, upper).astype(x.dtype, copy=False)


def _upper(a: Array) -> Array:
    """Erfc of a ≥ 0."""
    a = np.minimum(a, FAR)
    u = 2 * (1 + MIDDLE / REACH) * a / (a + MIDDLE) - 1
    return _gaussian(a) * (1 + _chebyshev(_q(a.dtype), u)) / (1 + 2 * a)


def _gaussian(x: Array) -> Array:
    """e^(−x²) as e^(−h²) e^((h − x)(h + x)), h a multiple of 1/16 and h² exact.

    The rounding of x² alone would cost x²/2 units in the last place.
    """
    h = np.round(16 * x) / 16
    return np.exp(-h * h) * np.exp((h - x) * (h + x))


def _chebyshev(c: tuple[float, ...], u: Array) -> Array:
    """Σⱼ cⱼ Tⱼ(u) by Clenshaw's recurrence, bⱼ = cⱼ + 2u bⱼ₊₁ − bⱼ₊₂."""
    b, after = u * 0, u * 0
    for term in c[:0:-1]:
        b, after = term + 2 * u * b - after, b
    return c[0] + u * b - after


@cache
def _p(dtype: Any) -> tuple[float, ...]:
    def value(theta: float) -> float:
        x = math.cos(theta / 2)  # v = 2x² − 1 = cos θ
        return math.erf(x) / x - 1

    return _terms(value, TERMS_P, dtype)


@cache
def _q(dtype: Any) -> tuple[float, ...]:
    def value(theta: float) -> float:
        ratio = math.cos(theta / 2) ** 2 / (1 + MIDDLE / REACH)  # x / (x + k)
        x = np.float64(MIDDLE * ratio / (1 - ratio))  # u = cos θ
        return float((1 + 2 * x) * math.erfc(x) / _gaussian(x) - 1)

    return _terms(value, TERMS_Q, dtype)


def _terms(f: Callable[[float], float], n: int, dtype: Any) -> tuple[float, ...]:
    """The coefficients cⱼ of f, a function of θ, as far as `dtype` feels them."""
    odd = [2 * i + 1 for i in range(n)]
    values = [f(math.pi * m / (2 * n)) for m in odd]

    def term(j: int) -> float:
        # j θᵢ modulo 2π in integers: the cosine of a large angle would lose digits
        angles = [math.pi * (j * m % (4 * n)) / (2 * n) for m in odd]
        pairs = zip(values, angles, strict=True)
        return 2 / n * math.fsum(v * math.cos(angle) for v, angle in pairs)

    c = [term(0) / 2, *(term(j) for j in range(1, n))]
    felt = [j for j in range(n) if abs(c[j]) > np.finfo(dtype).eps / 16]
    return tuple(c[: max(felt) + 1])
