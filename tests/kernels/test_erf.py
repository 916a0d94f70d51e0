"""erf and erfc against the C library's, in units in the last place."""

import math

import numpy as np
import pytest

from scratchgan.kernels import erf as kernel


def points(dtype):
    """All magnitudes up to 30, both signs, and densely where erf is not yet 1."""
    rng = np.random.default_rng(0)
    x = [np.linspace(-30, 30, 20001), 3 * rng.normal(size=20000)]
    return np.concatenate([*x, 10.0 ** rng.uniform(-30, 0, size=5000)]).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "units"), [("erf", 2), ("erfc", 10)])
def test_it_is_the_c_librarys(name, units, dtype):
    x = points(dtype)
    exact = np.array([getattr(math, name)(float(a)) for a in x])
    y = getattr(kernel, name)(x)
    assert y.dtype == dtype
    # half a unit is the rounding of the exact value to dtype
    unit = np.spacing(np.maximum(np.abs(exact), np.finfo(dtype).tiny).astype(dtype))
    assert (np.abs(y - exact) <= (units + 0.5) * unit.astype(float)).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_ends_and_the_origin(dtype):
    far = np.finfo(dtype).max
    x = np.array([-np.inf, -far, -0.0, 0.0, far, np.inf, np.nan], dtype)
    y, upper = kernel.erf(x), kernel.erfc(x)
    assert y.dtype == upper.dtype == dtype
    np.testing.assert_array_equal(y, [-1, -1, 0, 0, 1, 1, np.nan])
    np.testing.assert_array_equal(np.signbit(y[2:4]), [True, False])
    unit = np.finfo(dtype).eps
    np.testing.assert_allclose(upper, [2, 2, 1, 1, 0, 0, np.nan], rtol=unit)


def test_float16_is_right_to_its_last_place():
    x = np.linspace(-4, 4, 999).astype(np.float16)
    exact = [math.erf(float(a)) for a in x]
    np.testing.assert_allclose(kernel.erf(x), exact, rtol=2**-11, atol=2**-24)


def test_any_shape_and_layout():
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    np.testing.assert_array_equal(kernel.erf(x.T), kernel.erf(x).T)
    assert kernel.erf(x[:0]).shape == (0, 4, 5)
    assert kernel.erf(x[0, 0, 0]) == kernel.erf(x)[0, 0, 0]
