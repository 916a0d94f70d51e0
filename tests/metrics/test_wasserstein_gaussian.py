"""W₂ between Gaussians against closed forms, and the axioms of a distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import gaussian_wasserstein

RNG = np.random.default_rng(0)
SEEDS = st.integers(0, 2**32 - 1)


def covariance(rng, d):
    root = rng.normal(size=(d, d))
    return root @ root.T


def gaussian(rng, d):
    return rng.normal(size=d), covariance(rng, d)


def test_gaussians_of_one_shape_are_as_far_as_their_means():
    m, cov = gaussian(RNG, 5)
    a = RNG.normal(size=5)
    found = gaussian_wasserstein(m, cov, m + a, cov)
    assert found == pytest.approx(np.linalg.norm(a), rel=1e-14)


def test_gaussians_along_the_axes():
    """W₂² = Σ (s₁ − s₂)², with standard deviations of zero too."""
    s1, s2 = np.array([1.0, 0.0, 3.0, 0.0]), np.array([0.0, 2.0, 1.0, 0.0])
    found = gaussian_wasserstein(
        np.zeros(4), np.diag(s1**2), np.zeros(4), np.diag(s2**2)
    )
    assert found == pytest.approx(3, rel=1e-14)


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_gaussians_in_the_plane(seed):
    """tr (Σ₁^½ Σ₂ Σ₁^½)^½ = √(tr Σ₁Σ₂ + 2 √det Σ₁Σ₂) for 2 × 2 matrices."""
    rng = np.random.default_rng(seed)
    (m1, c1), (m2, c2) = gaussian(rng, 2), gaussian(rng, 2)
    cross = np.sqrt(
        np.trace(c1 @ c2) + 2 * np.sqrt(np.linalg.det(c1) * np.linalg.det(c2))
    )
    squared = np.sum((m1 - m2) ** 2) + np.trace(c1) + np.trace(c2) - 2 * cross
    found = gaussian_wasserstein(m1, c1, m2, c2)
    assert found**2 == pytest.approx(squared, rel=1e-8)


def test_the_image_under_a_symmetric_map():
    """x ↦ Ax with A positive is optimal: W₂² = E ‖Ax − x‖² = tr (A − 1) Σ (A − 1)."""
    d = 6
    cov, A = covariance(RNG, d), covariance(RNG, d)
    rest = A - np.eye(d)
    expected = np.trace(rest @ cov @ rest) ** 0.5
    zero = np.zeros(d)
    found = gaussian_wasserstein(zero, cov, zero, A @ cov @ A)
    assert found == pytest.approx(expected, rel=1e-9)


def test_gaussians_on_a_subspace():
    """The same map of a degenerate one, whose zero eigenvalues are of either sign."""
    d = 8
    for _ in range(5):
        root, A = RNG.normal(size=(d, 3)), covariance(RNG, d)
        cov, rest = root @ root.T, A - np.eye(d)
        expected = np.trace(rest @ cov @ rest) ** 0.5
        found = gaussian_wasserstein(np.zeros(d), cov, np.zeros(d), A @ cov @ A)
        assert found == pytest.approx(expected, rel=1e-6)


def test_close_gaussians_keep_their_digits():
    """Σ and (1 + h)² Σ are h √tr Σ apart; a difference of traces is lost below 1e-8."""
    cov, zero, h = covariance(RNG, 8), np.zeros(8), 1e-10
    found = gaussian_wasserstein(zero, cov, zero, (1 + h) ** 2 * cov)
    # 1 + h is known to 1e-16 of one, or 1e-6 of h, and the eight roots likewise
    assert found == pytest.approx(h * np.trace(cov) ** 0.5, rel=1e-4)
    assert gaussian_wasserstein(zero, cov, zero, cov) < 1e-13


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_a_distance_of_gaussians(seed):
    rng = np.random.default_rng(seed)
    x, y, z = (gaussian(rng, 4) for _ in range(3))
    xy = gaussian_wasserstein(*x, *y)
    assert gaussian_wasserstein(*y, *x) == pytest.approx(xy, rel=1e-11)
    assert gaussian_wasserstein(*x, *z) <= xy + gaussian_wasserstein(*y, *z) + 1e-12
    turn, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    turned = [(turn @ m + 1, turn @ c @ turn.T) for m, c in (x, y)]
    assert gaussian_wasserstein(*turned[0], *turned[1]) == pytest.approx(xy, rel=1e-9)


def test_gaussians_that_are_none():
    m, eye = np.zeros(2), np.eye(2)
    for cov, message in [
        (
            np.eye(3),
            r"cov_y: expected a mean \(D,\) and a covariance \(D, D\), received",
        ),
        (np.array([[1, 2], [2, 1]]), "cov_y: .*semi-definite.* least eigenvalue -1"),
        (np.array([[1, 0.1], [0, 1]]), "cov_y: .*symmetric.* 0.1 from its transpose"),
        (np.full((2, 2), np.nan), "cov_y: expected finite values, received 4 others"),
    ]:
        with pytest.raises(ValueError, match=message):
            gaussian_wasserstein(m, eye, m, cov)
    with pytest.raises(
        ValueError, match=r"mean_y: expected the shape of mean_x \(2,\)"
    ):
        gaussian_wasserstein(m, eye, np.zeros(3), np.eye(3))
    with pytest.raises(ValueError, match="mean_x: expected finite values"):
        gaussian_wasserstein([np.inf, 0], eye, m, eye)
    with pytest.raises(ValueError, match="cov_x: expected a mean"):
        gaussian_wasserstein([], np.zeros((0, 0)), m, eye)
