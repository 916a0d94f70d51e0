"""Precision, recall, density and coverage against their definitions, ties included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import (
    DensityCoverage,
    PrecisionRecall,
    density_coverage,
    nearest_distances,
    neighbour_radii,
    precision_recall,
)

CLOSED = pytest.mark.parametrize("closed", [True, False])


def squares(x, y):
    """Squared distances of integers, which are exact, so that ties are ties."""
    return ((x[:, None] - y[None]) ** 2).sum(axis=2)


def plain(x, y, k, closed):
    """All four, in the order of the definitions."""

    def radii(z):
        others = [np.delete(row, i) for i, row in enumerate(squares(z, z))]
        return [np.sort(row)[k - 1] for row in others]

    def inside(d, r):
        return d <= r if closed else d < r

    d = squares(x, y)
    rx, ry = radii(x), radii(y)
    n, m = d.shape
    in_real = [[inside(d[i, j], rx[i]) for j in range(m)] for i in range(n)]
    in_fake = [[inside(d[i, j], ry[j]) for j in range(m)] for i in range(n)]
    return (
        np.mean([any(in_real[i][j] for i in range(n)) for j in range(m)]),
        np.mean([any(in_fake[i]) for i in range(n)]),
        np.sum(in_real) / (k * m),
        np.mean([any(row) for row in in_real]),
    )


def measured(x, y, k, closed):
    found = precision_recall(x, y, k, closed), density_coverage(x, y, k, closed)
    return found[0].precision, found[0].recall, found[1].density, found[1].coverage


@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([0, 5, 2**20, 2**25]))
@settings(max_examples=80, deadline=None)
def test_few_points_on_grids_far_apart(seed, closed, offset):
    """Most distances tie, many points are equal, and rounding hides none of it.

    Of |x|² = 2⁵⁰ the last digit is ¼, and a sum of several such terms has lost a one.
    """
    rng = np.random.default_rng(seed)
    d, k = rng.integers(1, 4), rng.integers(1, 4)
    x, y = (
        rng.integers(0, 4, (n, d)) + offset * rng.integers(0, 2, (n, 1)) + 0.0
        for n in rng.integers(k + 1, 12, 2)
    )
    expected = plain(x, y, k, closed)
    np.testing.assert_allclose(measured(x, y, k, closed), expected, rtol=1e-14)


@CLOSED
def test_more_points_than_a_block_holds(closed):
    """1,500 × 1,600 distances on a grid, where a third of them tie with a radius."""
    rng = np.random.default_rng(0)
    x, y = (rng.integers(0, 12, (n, 2)).astype(float) for n in (1500, 1600))
    y[:, 0] += 3
    d = squares(x, y)
    k = 40
    rx, ry = (np.sort(squares(z, z), axis=1)[:, k] for z in (x, y))
    inside = np.less_equal if closed else np.less
    real, fake = inside(d, rx[:, None]), inside(d, ry)
    expected = (
        real.any(axis=0).mean(),
        fake.any(axis=1).mean(),
        real.sum() / (k * 1600),
        real.any(axis=1).mean(),
    )
    assert 0 < min(expected) < max(expected[:2]) < 1
    np.testing.assert_allclose(measured(x, y, k, closed), expected, rtol=1e-14)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_nearest_are_the_sorted_distances(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(7, 3))
    # whose order around x is lost in |x|² + |y|² − 2 x·y
    near = np.repeat(x[:2], 3, axis=0) + 1e-9 * rng.normal(size=(6, 3))
    x, y = x + 10, np.concatenate([near, rng.normal(size=(3, 3))]) + 10
    d = np.sqrt(np.square(x[:, None] - y[None]).sum(axis=2))
    for k in (1, 2, 9):
        expected = np.sort(d, axis=1)[:, k - 1]
        np.testing.assert_allclose(nearest_distances(x, y, k), expected, rtol=1e-14)
    own = np.sqrt(np.square(y[:, None] - y[None]).sum(axis=2))
    for k in (1, 8):
        expected = np.sort(own, axis=1)[:, k]  # its own distance is the first
        np.testing.assert_allclose(neighbour_radii(y, k), expected, rtol=1e-14)


def test_equal_rows_are_at_distance_zero():
    x = np.random.default_rng(1).normal(size=(2000, 50)) + 1e3
    assert not nearest_distances(x[::-1], x).any()
    assert not neighbour_radii(np.concatenate([x, x])).any()
    assert neighbour_radii(x).min() > 0


@pytest.mark.parametrize("k", [1, 3, 10])
def test_equal_sets(k):
    """A real ball holds its centre and k − 1 neighbours, closed one more."""
    x = np.random.default_rng(2).normal(size=(200, 5))
    for closed, density in ((False, 1), (True, (k + 1) / k)):
        assert precision_recall(x, x, k, closed) == PrecisionRecall(1, 1)
        found = density_coverage(x, x, k, closed)
        assert found.coverage == 1
        assert found.density == pytest.approx(density, rel=1e-14)


def test_sets_far_apart():
    x = np.random.default_rng(3).normal(size=(50, 2))
    assert precision_recall(x, x + 100) == PrecisionRecall(0, 0)
    assert density_coverage(x, x + 100) == DensityCoverage(0, 0)


def test_balls_of_recall_are_generated_and_those_of_the_others_real():
    """Two samples far apart have balls that hold everything."""
    real, wide = np.array([[0.0], [1], [2]]), np.array([[-9.0], [9]])
    assert precision_recall(real, wide, k=1) == PrecisionRecall(0, 1)
    assert precision_recall(wide, real, k=1) == PrecisionRecall(1, 0)
    assert density_coverage(real, wide, k=1) == DensityCoverage(0, 0)
    assert density_coverage(wide, real, k=1) == DensityCoverage(2, 1)


def test_a_dropped_mode_costs_recall_and_coverage():
    rng = np.random.default_rng(4)
    near, far = rng.normal(size=(100, 2)), rng.normal(size=(100, 2)) + 50
    found = precision_recall(np.concatenate([near, far]), near[:, ::-1])
    assert found.precision > 0.8
    assert found.recall <= 0.5
    found = density_coverage(np.concatenate([near, far]), near[:, ::-1])
    assert found.density > 0.8
    assert found.coverage <= 0.5


def test_the_surface_of_a_ball():
    """Real 0, 1, 3 with k = 1 have radii 1, 1, 2; the sample 5 lies on the last."""
    real, generated = np.array([[0.0], [1], [3]]), np.array([[5.0], [90]])
    assert precision_recall(real, generated, 1, closed=True).precision == 0.5
    assert precision_recall(real, generated, 1, closed=False).precision == 0
    assert precision_recall(real, generated, 1).precision == 0.5
    assert density_coverage(real, generated, 1, closed=True).density == 0.5
    assert density_coverage(real, generated, 1).density == 0


@pytest.mark.parametrize("seed", range(5))
def test_a_tie_of_a_sample_near_the_centre(seed):
    """x between x ± u, ± 2 u, …: the rounding error is that of the larger norm."""
    rng = np.random.default_rng(seed)
    x, u, other = rng.integers(2**30, 2**31, (3, 3)).astype(float)
    steps = np.array([j for j in range(-40, 41) if j])[:, None]
    aside = x + other * [[1, -1, 1]]  # two, whose balls are small
    generated = np.concatenate([x + steps * u, aside, aside + 1])
    real = np.stack([x, x])
    assert precision_recall(real, generated, 1, closed=True).recall == 1
    assert precision_recall(real, generated, 1, closed=False).recall == 0


def test_expectations_under_one_distribution():
    """Density 1, coverage 1 − (N − 1)⋯(N − k) / ((N + M − 1)⋯(N + M − k))."""
    rng, n, m, k = np.random.default_rng(5), 30, 45, 3
    found = np.array(
        [
            (result.density, result.coverage)
            for _ in range(300)
            for result in [
                density_coverage(*(rng.gamma(1.0, size=(s, 2)) for s in (n, m)), k)
            ]
        ]
    )
    missed = np.prod([(n - i) / (n + m - i) for i in range(1, k + 1)])
    error = found.std(axis=0) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - [1, 1 - missed]) < 4 * error).all()
    assert (error < 0.01).all()


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_invariant_under_motions_and_scale(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(15, 3)), rng.normal(size=(20, 3)) + 0.5
    turned = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    moved = [5 * z @ turned + 100 for z in (x, y)]
    assert measured(*moved, 3, False) == measured(x, y, 3, False)
    assert precision_recall(y, x) == PrecisionRecall(
        *reversed((precision_recall(x, y).precision, precision_recall(x, y).recall))
    )


X = np.random.default_rng(6).normal(size=(4, 2))
BAD = X * [1, np.nan]


@pytest.mark.parametrize("measure", [precision_recall, density_coverage])
@pytest.mark.parametrize(
    ("real", "generated", "k", "message"),
    [
        (X, X, 4, "real: expected at least 5 samples for k = 4, received 4"),
        (X, X, 0, "k: expected 1 or more, received 0"),
        (X, X[:0], 1, "generated: expected at least . samples"),
        (X, X[:, :1], 1, "generated: expected the 2 dimensions of real, received 1"),
        (BAD, X, 1, "real: expected finite values, .* in 4 of 4 samples"),
        (X, BAD, 1, "generated: expected finite values"),
        (X[0], X, 1, r"real: expected an array \(N, D\), received \(2,\)"),
    ],
)
def test_what_has_no_neighbours_is_named(measure, real, generated, k, message):
    with pytest.raises(ValueError, match=message):
        measure(real, generated, k)


def test_more_neighbours_than_samples():
    with pytest.raises(ValueError, match="generated: expected at least 4 samples"):
        precision_recall(X, X[:3], 3)
    assert density_coverage(X, X[:1], 3).coverage > 0  # one generated sample is enough
    with pytest.raises(ValueError, match="to: expected at least 5 samples for k = 5"):
        nearest_distances(X, X, 5)
    with pytest.raises(ValueError, match="x: expected at least 5 samples for k = 4"):
        neighbour_radii(X, 4)
    with pytest.raises(ValueError, match="to: expected the 2 dimensions of x"):
        nearest_distances(X, X[:, :1])
