"""Agreement with POT and SciPy on the same inputs, to 1e-6 and better."""

import numpy as np
import pytest

from scratchgan.metrics import (
    assignment_wasserstein,
    gaussian_wasserstein,
    jensen_shannon,
    max_sliced_wasserstein,
    random_directions,
    sliced_wasserstein,
    wasserstein_1d,
)

RNG = np.random.default_rng(0)
TOLERANCE = {"rel": 1e-9, "abs": 1e-12}


@pytest.mark.parametrize(("n", "m"), [(50, 50), (50, 73), (1, 20)])
def test_scipy_on_the_line(n, m):
    stats = pytest.importorskip("scipy.stats")
    x, y = RNG.normal(size=n), RNG.exponential(size=m)
    a, b = RNG.uniform(size=n), RNG.uniform(size=m)
    expected = stats.wasserstein_distance(x, y)
    assert wasserstein_1d(x, y) == pytest.approx(expected, **TOLERANCE)
    expected = stats.wasserstein_distance(x, y, a, b)
    found = wasserstein_1d(x, y, x_weights=a, y_weights=b)
    assert found == pytest.approx(expected, **TOLERANCE)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_pot_on_the_line(p):
    """POT gives the p-th power."""
    lp = pytest.importorskip("ot.lp")
    x, y = RNG.normal(size=40), RNG.exponential(size=61)
    a, b = (w / w.sum() for w in (RNG.uniform(size=40), RNG.uniform(size=61)))
    expected = lp.wasserstein_1d(x, y, p=p) ** (1 / p)
    assert wasserstein_1d(x, y, p) == pytest.approx(expected, **TOLERANCE)
    expected = lp.wasserstein_1d(x, y, a, b, p=p) ** (1 / p)
    found = wasserstein_1d(x, y, p, x_weights=a, y_weights=b)
    assert found == pytest.approx(expected, **TOLERANCE)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("d", [1, 2, 30])
def test_pot_on_point_sets(d, p):
    """The network simplex of POT on the costs ‖x − y‖ᵖ."""
    ot = pytest.importorskip("ot")
    x, y = RNG.normal(size=(2, 60, d))
    cost = np.linalg.norm(x[:, None] - y, axis=-1) ** p
    weights = np.full(60, 1 / 60)
    expected = ot.emd2(weights, weights, cost) ** (1 / p)
    assert assignment_wasserstein(x, y, p) == pytest.approx(expected, **TOLERANCE)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("n", "m"), [(40, 40), (40, 67)])
def test_pot_on_slices(n, m, p):
    sliced = pytest.importorskip("ot.sliced")
    x, y = RNG.normal(size=(n, 5)), 1 + RNG.normal(size=(m, 5))
    theta = random_directions(5, 50, seed=0)
    expected = sliced.sliced_wasserstein_distance(x, y, p=p, projections=theta)
    found = sliced_wasserstein(x, y, p, projections=50, seed=0)
    assert found == pytest.approx(float(expected), **TOLERANCE)
    expected = sliced.max_sliced_wasserstein_distance(x, y, p=p, projections=theta)
    found = max_sliced_wasserstein(x, y, p, projections=theta)
    assert found == pytest.approx(float(expected), **TOLERANCE)


@pytest.mark.parametrize("d", [1, 2, 20])
def test_pot_on_gaussians(d):
    bures = pytest.importorskip("ot.gaussian").bures_wasserstein_distance
    x, y = RNG.normal(size=(100, d)), 2 * RNG.normal(size=(100, d)) + 1
    arguments = x.mean(0), y.mean(0), *(np.cov(v.T).reshape(d, d) for v in (x, y))
    m1, m2, c1, c2 = arguments
    expected = bures(*arguments)
    assert gaussian_wasserstein(m1, c1, m2, c2) == pytest.approx(expected, **TOLERANCE)


def test_scipy_on_distributions():
    """SciPy gives the root of the divergence."""
    distance = pytest.importorskip("scipy.spatial.distance")
    for _ in range(5):
        p, q = RNG.integers(0, 9, (2, 30))
        expected = distance.jensenshannon(p, q, base=2) ** 2
        assert jensen_shannon(p, q) == pytest.approx(expected, **TOLERANCE)
