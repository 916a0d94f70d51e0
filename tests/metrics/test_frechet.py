"""The Fréchet distance has its closed forms, also where covariances are singular."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import Moments, frechet_distance

EPS = np.finfo(np.float64).eps
SEEDS = st.integers(0, 10**6)


def rotation(rng, d):
    return np.linalg.qr(rng.normal(size=(d, d)))[0]


def gaussian(mean, covariance, n=100):
    """Moments as those of n samples."""
    return Moments(n, np.asarray(mean, float), (n - 1) * np.asarray(covariance))


def semi_definite(rng, d, rank=None):
    factor = rng.normal(size=(d, rank or d))
    return factor @ factor.T


def test_a_shift_of_the_mean_is_its_square():
    x = np.random.default_rng(0).normal(size=(200, 7))
    shift = np.arange(7.0)
    expected = (shift**2).sum()
    assert frechet_distance(x, x + shift) == pytest.approx(expected, rel=1e-13)


def test_deviations_along_common_axes_differ_by_their_squares():
    rng = np.random.default_rng(1)
    q, (s1, s2) = rotation(rng, 9), rng.uniform(0.1, 3, (2, 9))
    a, b = (gaussian(np.zeros(9), (q * s**2) @ q.T) for s in (s1, s2))
    expected = ((s1 - s2) ** 2).sum()
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-12)


def test_covariances_that_do_not_commute():
    """In two dimensions Tr √P = √(Tr P + 2 √det P), here with P = S₁ S₂."""
    rng = np.random.default_rng(2)
    for _ in range(20):
        s1, s2 = semi_definite(rng, 2), semi_definite(rng, 2)
        product = s1 @ s2
        root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
        expected = np.trace(s1 + s2) - 2 * root
        found = frechet_distance(gaussian([0, 0], s1), gaussian([0, 0], s2))
        # roots of determinants lose digits where a matrix is nearly singular
        assert found == pytest.approx(expected, abs=1e-8 * np.trace(s1 + s2))


def test_samples_mapped_along_the_gradient_of_a_convex_function():
    """y = A x + c with A ≥ 0 is the optimal map: d² = |c + (A − I) μ|² + Tr MSM."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 12)) @ rng.normal(size=(12, 12)) + 2
    A, c = semi_definite(rng, 12) / 12, rng.normal(size=12)
    moved = A - np.eye(12)
    mean = c + moved @ x.mean(axis=0)
    expected = mean @ mean + np.trace(moved @ np.cov(x, rowvar=False) @ moved)
    assert frechet_distance(x, x @ A + c) == pytest.approx(expected, rel=1e-12)


def test_two_samples_in_many_dimensions():
    """Rank one each: S = u uᵀ and v vᵀ, so that the root has the trace |u·v|."""
    rng = np.random.default_rng(4)
    u, v = rng.normal(size=(2, 300))
    a, b = np.stack([u, -u]), np.stack([v, -v])  # covariance 2 u uᵀ
    expected = 2 * (u @ u + v @ v - 2 * abs(u @ v))
    # ε, not √ε: a root of each of 299 zero eigenvalues would be 1e-8 off, or more
    assert abs(frechet_distance(a, b) - expected) <= 300 * EPS * expected


def test_a_line_of_samples_against_a_full_covariance():
    """S₁ = u uᵀ: the root's trace is √(uᵀ S₂ u)."""
    rng = np.random.default_rng(5)
    u, s = rng.normal(size=40), semi_definite(rng, 40)
    expected = u @ u + np.trace(s) - 2 * np.sqrt(u @ s @ u)
    found = frechet_distance(
        gaussian(np.zeros(40), np.outer(u, u)), gaussian(np.zeros(40), s)
    )
    assert found == pytest.approx(expected, rel=1e-12)


def test_subspaces_that_are_orthogonal_add_their_variances():
    rng = np.random.default_rng(6)
    q = rotation(rng, 100)
    x, y = rng.normal(size=(60, 30)) @ q[:30], rng.normal(size=(60, 30)) @ q[30:60]
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    expected = x.var(axis=0, ddof=1).sum() + y.var(axis=0, ddof=1).sum()
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n", [2, 10, 80])
def test_fewer_samples_than_dimensions_are_at_distance_zero_from_themselves(n):
    x = np.random.default_rng(n).normal(size=(n, 80)) + 3
    assert frechet_distance(x, x) <= 1e3 * EPS * 80


def test_rounding_takes_no_distance_below_zero():
    rng = np.random.default_rng(12)
    sets = [rng.normal(size=(20, 6)) for _ in range(40)]
    found = [frechet_distance(x, x[::-1] + 1e-12) for x in sets]
    assert 0 <= min(found) <= max(found) < 1e-12


def test_samples_without_variance():
    one, other = np.full((3, 4), 0.1), np.full((5, 4), 2.1)
    assert frechet_distance(one, other) == pytest.approx(16, rel=1e-14)
    x = np.random.default_rng(7).normal(size=(50, 4))
    expected = ((x.mean(axis=0) - 0.1) ** 2).sum() + x.var(axis=0, ddof=1).sum()
    assert frechet_distance(one, x) == pytest.approx(expected, rel=1e-13)


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_symmetric_and_invariant_under_motions(seed):
    rng = np.random.default_rng(seed)
    d = rng.integers(1, 8)
    x, y = rng.normal(size=(rng.integers(2, 12), d)), rng.normal(size=(9, d)) * 2
    found = frechet_distance(x, y)
    q, shift = rotation(rng, d), 10 * rng.normal(size=d)
    scale = EPS * 1e4 * (1 + (shift**2).sum())
    assert frechet_distance(y, x) == pytest.approx(found, abs=scale)
    assert frechet_distance(x @ q + shift, y @ q + shift) == pytest.approx(
        found, abs=scale
    )
    assert frechet_distance(3 * x, 3 * y) == pytest.approx(9 * found, abs=scale)


@given(SEEDS, st.lists(st.integers(1, 6), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_batches_add_up_to_the_whole(seed, sizes):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(sum(sizes), 3)) + 100 * rng.normal(size=3)
    batches = np.split(x, np.cumsum(sizes)[:-1])
    whole = Moments.of(x)
    parts = [Moments.of(batch) for batch in batches]
    backwards = parts[-1]
    for part in reversed(parts[:-1]):
        backwards = part + backwards
    for found in (Moments.of_batches(iter(batches)), backwards):
        assert found.count == len(x)
        np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-13)
        atol = 1e-12 * (1 + np.abs(whole.scatter).max())
        np.testing.assert_allclose(found.scatter, whole.scatter, atol=atol)


def test_a_covariance_divides_by_one_less():
    x = np.random.default_rng(8).normal(size=(5, 3)).astype(np.float32)
    expected = np.cov(x.astype(np.float64), rowvar=False)
    np.testing.assert_allclose(Moments.of(x).covariance(), expected, rtol=1e-13)


def test_a_mean_far_from_zero_costs_no_digits():
    """Σ x xᵀ − n μ μᵀ would have none left: 1e16 ε is 2."""
    x = np.random.default_rng(9).integers(-9, 9, (50, 3)).astype(float)
    near, far = Moments.of(x), Moments.of_batches([x[:20] + 2.0**27, x[20:] + 2.0**27])
    np.testing.assert_allclose(far.mean - 2.0**27, near.mean, atol=2**27 * EPS * 4)
    np.testing.assert_allclose(far.scatter, near.scatter, atol=2**27 * EPS * 9 * 50)


def test_integers_are_taken_as_numbers():
    x = np.random.default_rng(10).integers(0, 256, (30, 3)).astype(np.uint8)
    y = x[::-1] // 2
    expected = frechet_distance(x.astype(float), y.astype(float))
    assert frechet_distance(x, y) == expected


GOOD = np.random.default_rng(11).normal(size=(5, 3))
BAD = GOOD.copy()
BAD[[1, 4], 2] = np.nan, np.inf


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (GOOD[:1], GOOD, "a: expected at least 2 samples for a covariance, received 1"),
        (GOOD, Moments.of(GOOD[:1]), "b: expected at least 2 samples .* received 1"),
        (GOOD, BAD, "b: expected finite values, received NaN or infinity in 2 of 5"),
        (GOOD, GOOD[:, :2], "b: expected the 3 dimensions of a, received 2"),
        (GOOD[0], GOOD, r"a: expected an array \(N, D\), received \(3,\)"),
        (GOOD, np.zeros((4, 0)), r"b: expected an array \(N, D\), received \(4, 0\)"),
    ],
)
def test_what_has_no_distance_is_named(a, b, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(a, b)


def test_moments_that_do_not_exist():
    with pytest.raises(ValueError, match="batch: expected at least 1 samples"):
        Moments.of(GOOD[:0])
    with pytest.raises(ValueError, match="batches: expected at least one"):
        Moments.of_batches([])
    with pytest.raises(ValueError, match="expected the 3 dimensions of this, rec"):
        _ = Moments.of(GOOD) + Moments.of(GOOD[:, :1])
    with pytest.raises(ValueError, match="at least 2 for a covariance, received 1"):
        Moments.of(GOOD[:1]).covariance()
