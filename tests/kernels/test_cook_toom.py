"""F(m, r) computes a filter of r taps exactly."""

import numpy as np
import pytest

from scratchgan.kernels.cook_toom import POINTS, filtering


@pytest.mark.parametrize(
    ("m", "r"), [(m, r) for m in range(1, 7) for r in range(1, 7) if m + r <= 7]
)
def test_outputs_are_the_sums_over_taps(m, r):
    rng = np.random.default_rng(0)
    f = filtering(m, r)
    d, w = rng.normal(size=(f.side, f.side)), rng.normal(size=(r, r))
    U, V = f.weights @ w.reshape(-1), f.input @ d.reshape(-1)
    y = (f.output @ (U * V)).reshape(m, m)
    for i, j in np.ndindex(m, m):
        assert abs(y[i, j] - np.sum(d[i : i + r, j : j + r] * w)) < 1e-12


def test_multiplications_are_as_few_as_there_are_inputs():
    f = filtering(4, 3)
    assert f.side == 6
    assert (f.input.shape, f.weights.shape) == ((36, 36), (36, 9))
    assert f.output.shape == (16, 36)


def test_more_points_than_there_are_is_one_clear_line():
    assert len(POINTS) == 5
    with pytest.raises(ValueError, match=r"outputs \+ taps: expected at most 7, rec"):
        filtering(5, 3)
