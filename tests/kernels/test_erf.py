"""erf against the standard library's."""

import math

import numpy as np
import pytest

from scratchgan.kernels.erf import erf

EVERYWHERE = np.concatenate(
    [np.linspace(-7, 7, 20_001), [0.0, 1e4, -1e4, 1.5, -1.5, np.inf, -np.inf],
     10.0 ** np.linspace(-300, 0, 500)]
)  # fmt: skip


def test_float64_is_right_to_a_few_units_in_the_last_place():
    exact = np.array([math.erf(x) for x in EVERYWHERE])
    gap = np.abs(erf(EVERYWHERE) - exact)
    assert (gap <= 4 * np.finfo(float).eps * np.abs(exact)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_other_dtypes_are_rounded_once(dtype):
    x = EVERYWHERE[np.abs(EVERYWHERE) > 1e-3].astype(dtype)
    exact = np.array([math.erf(v) for v in x.astype(float)])
    y = erf(x)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, exact.astype(dtype), rtol=np.finfo(dtype).eps)


def test_it_is_odd_and_keeps_shape_sign_of_zero_and_nan():
    x = np.array([[0.3, -0.0], [np.nan, -2.0]])
    y = erf(x)
    assert y.shape == x.shape
    np.testing.assert_array_equal(erf(-x), -y)
    assert np.signbit(y[0, 1])
    assert np.isnan(y[1, 0])
    assert erf(np.zeros((0, 3))).shape == (0, 3)
