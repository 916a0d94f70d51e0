"""F(m, r) computes a filter of r taps exactly."""

import numpy as np
import pytest

from scratchgan.kernels.cook_toom import POINTS, along_both, filtering


@pytest.mark.parametrize(
    ("m", "r"), [(m, r) for m in range(1, 7) for r in range(1, 7) if m + r <= 7]
)
def test_outputs_are_the_sums_over_taps(m, r):
    rng = np.random.default_rng(0)
    f = filtering(m, r)
    d, w = rng.normal(size=(f.side, f.side)), rng.normal(size=(r, r))
    U, V = (along_both(M, a.reshape(-1, 1)) for M, a in ((f.weights, w), (f.input, d)))
    y = along_both(f.output, U * V).reshape(m, m)
    for i, j in np.ndindex(m, m):
        assert abs(y[i, j] - np.sum(d[i : i + r, j : j + r] * w)) < 1e-12


def test_multiplications_are_as_few_as_there_are_inputs():
    f = filtering(4, 3)
    assert f.side == 6
    assert (f.input.shape, f.weights.shape) == ((6, 6), (6, 3))
    assert f.output.shape == (4, 6)


def test_both_axes_are_the_kronecker_product_wherever_rows_lie():
    rng = np.random.default_rng(0)
    M, tiles = rng.normal(size=(3, 2)), rng.normal(size=(4, 7, 5))
    expected = np.kron(M, M) @ tiles[:, 2]
    np.testing.assert_allclose(along_both(M, tiles[:, 2]), expected, atol=1e-14)
    out = np.zeros((9, 7, 5))
    along_both(M, np.ascontiguousarray(tiles[:, 2]), out[:, 4])
    np.testing.assert_allclose(out[:, 4], expected, atol=1e-14)
    assert not out[:, :4].any()
    assert not out[:, 5:].any()


def test_more_points_than_there_are_is_one_clear_line():
    assert len(POINTS) == 5
    with pytest.raises(ValueError, match=r"outputs \+ taps: expected at most 7, rec"):
        filtering(5, 3)
