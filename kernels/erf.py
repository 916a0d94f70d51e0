"""The error function of an array, which NumPy does not have.

Near zero it is its Taylor series. Beyond, 1 − erf(x) is small, so that an absolute
error of 1e-17 in it is enough: a Chebyshev interpolation q of erfc, whose coefficients
are computed once from the standard library's.

    erf(x) = 2/√π x Σₖ (−x²)ᵏ / (k! (2k + 1))        |x| < 3/2, 25 terms
    erf(x) = 1 − q(x)                                3/2 ≤ x < 6
    erf(x) = 1                                       6 ≤ x, to the last digit

and erf(−x) = −erf(x).
"""

import math
from functools import cache

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.polynomial.polynomial import polyval

from scratchgan.types import Array

NEAR, FAR = 1.5, 6.0  # erfc(6) = 2e-17
SERIES = [(-1) ** k / (math.factorial(k) * (2 * k + 1)) for k in range(25)]


def erf(x: Array) -> Array:
    """erf(x) in the dtype of x, to a few units in float64's last digit."""
    a = np.minimum(np.abs(x.astype(np.float64)), FAR)
    b = np.minimum(a, NEAR)
    near = 2 / math.sqrt(math.pi) * b * polyval(b * b, SERIES)
    values = np.where(a < NEAR, near, 1 - _erfc()(np.maximum(a, NEAR)))
    return np.copysign(values, x).astype(x.dtype)


@cache
def _erfc() -> Chebyshev:
    return Chebyshev.interpolate(np.vectorize(math.erfc), 32, domain=[NEAR, FAR])
