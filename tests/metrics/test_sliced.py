"""Sliced distances against closed forms, single projections, and the axioms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import (
    assignment_wasserstein,
    max_sliced_wasserstein,
    projected_wasserstein,
    random_directions,
    sliced_wasserstein,
    wasserstein_1d,
)

RNG = np.random.default_rng(0)
SEEDS = st.integers(0, 2**32 - 1)


def axes(d):
    """Orthonormal directions: E (θᵀa)² over them is ‖a‖² / D."""
    return np.linalg.qr(RNG.normal(size=(d, d)))[0]


def test_a_shift_is_seen_over_the_root_of_the_dimension():
    x, a, theta = RNG.normal(size=(50, 6)), RNG.normal(size=6), axes(6)
    y = RNG.permutation(x) + a
    found = sliced_wasserstein(x, y, projections=theta)
    assert found == pytest.approx(np.linalg.norm(a) / 6**0.5, rel=1e-13)
    shares = np.abs(theta.T @ a)
    for p in (1.0, 2.0, 3.0):
        along = projected_wasserstein(x, y, p, projections=theta)
        np.testing.assert_allclose(along, shares, rtol=1e-12)
        expected = np.mean(shares**p) ** (1 / p)
        found = sliced_wasserstein(x, y, p, projections=theta)
        assert found == pytest.approx(expected, rel=1e-12)
        found = max_sliced_wasserstein(x, y, p, projections=theta)
        assert found == pytest.approx(shares.max(), rel=1e-12)


def test_twice_the_points_are_as_far_as_the_points_are_from_zero():
    """t ↦ 2t is monotone: W₂²(θᵀx, 2θᵀx) = E (θᵀx)², E ‖x‖² / D on average."""
    x = RNG.normal(size=(40, 5))
    expected = np.mean(np.sum(x * x, axis=1) / 5) ** 0.5
    found = sliced_wasserstein(x, 2 * x, projections=axes(5))
    assert found == pytest.approx(expected, rel=1e-13)


def test_random_directions_find_the_shift_within_their_error():
    """The relative variance of (θᵀa)² is 2 (D − 1) / (D + 2)."""
    d, count = 10, 4000
    x, a = RNG.normal(size=(5, d)), RNG.normal(size=d)
    found = sliced_wasserstein(x, x + a, projections=count, seed=3)
    error = (2 * (d - 1) / (d + 2) / count) ** 0.5
    assert abs(found**2 * d / np.sum(a * a) - 1) < 4 * error


@pytest.mark.parametrize(("n", "m"), [(30, 30), (30, 45), (7, 64), (1, 5)])
@pytest.mark.parametrize("p", [1.0, 2.0])
def test_every_direction_is_a_distance_on_the_line(n, m, p):
    x, y = RNG.normal(size=(n, 3)), RNG.normal(size=(m, 3)) + 1
    theta = random_directions(3, 70, seed=1)  # more than one block
    expected = [wasserstein_1d(x @ t, y @ t, p) for t in theta.T]
    found = projected_wasserstein(x, y, p, projections=70, seed=1)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_one_dimension_needs_no_slices():
    x, y = RNG.normal(size=(20, 1)), RNG.normal(size=(33, 1))
    expected = wasserstein_1d(x[:, 0], y[:, 0], 2)
    assert sliced_wasserstein(x, y, projections=3) == pytest.approx(expected, rel=1e-13)


def test_directions_are_uniform_units_and_a_function_of_the_seed():
    theta = random_directions(4, 5000, seed=7)
    np.testing.assert_allclose(np.linalg.norm(theta, axis=0), 1, rtol=1e-14)
    # E θ = 0 and E θθᵀ = 1/D; entries of θθᵀ vary by at most √(3 / D(D + 2)) < 0.36
    np.testing.assert_allclose(theta.mean(axis=1), 0, atol=5 * 0.5 / 5000**0.5)
    second = theta @ theta.T / 5000
    np.testing.assert_allclose(second, np.eye(4) / 4, atol=5 * 0.36 / 5000**0.5)
    # E θₖ⁴ = 3 / D(D + 2) on the sphere, with a standard deviation of 0.2
    np.testing.assert_allclose((theta**4).mean(axis=1), 1 / 8, atol=5 * 0.2 / 5000**0.5)
    np.testing.assert_array_equal(random_directions(4, 11, seed=7), theta[:, :11])
    assert not np.array_equal(random_directions(4, 11, seed=8), theta[:, :11])
    x, y = RNG.normal(size=(2, 20, 4))
    one, again, other = (sliced_wasserstein(x, y, seed=seed) for seed in (0, 0, 1))
    assert one == again != other


@given(SEEDS, st.sampled_from([1.0, 2.0]))
@settings(max_examples=30, deadline=None)
def test_a_distance(seed, p):
    rng = np.random.default_rng(seed)
    x, y, z = (rng.normal(size=(n, 3)) for n in (8, 11, 5))
    xy, yz, xz = (sliced_wasserstein(*s, p) for s in ((x, y), (y, z), (x, z)))
    assert sliced_wasserstein(y, x, p) == pytest.approx(xy, rel=1e-13)
    assert xz <= xy + yz + 1e-13
    assert sliced_wasserstein(x + 5, y + 5, p) == pytest.approx(xy, rel=1e-12)
    assert sliced_wasserstein(3 * x, 3 * y, p) == pytest.approx(3 * xy, rel=1e-12)
    assert sliced_wasserstein(x, rng.permutation(x), p) < 1e-14
    assert xy <= max_sliced_wasserstein(x, y, p) + 1e-15


@given(SEEDS, st.sampled_from([1.0, 2.0]))
@settings(max_examples=20, deadline=None)
def test_shadows_are_no_further_apart_than_points(seed, p):
    pytest.importorskip("scipy")
    x, y = np.random.default_rng(seed).normal(size=(2, 10, 4))
    assert max_sliced_wasserstein(x, y, p) <= assignment_wasserstein(x, y, p) + 1e-13


def test_what_does_not_fit_is_named():
    x, y = np.zeros((3, 2)), np.zeros((4, 2))
    for arguments, options, message in [
        (
            (x, np.zeros((4, 3))),
            {},
            "y: expected points of dimension 2 like x, rec.* 3",
        ),
        ((np.zeros((0, 2)), y), {}, r"x: expected points \(N, D\), at least one"),
        ((x, y * np.nan), {}, "y: expected finite values, received 8 others"),
        ((x, y, 0.9), {}, "p: expected a finite order of at least 1, received 0.9"),
        ((x, y), {"projections": 0}, "projections: expected at least 1, received 0"),
        (
            (x, y),
            {"projections": np.eye(3)},
            r"expected columns \(2, P\), rec.* \(3, 3\)",
        ),
        ((x, y), {"projections": 2 * np.eye(2)}, "expected unit columns, .* 2 to 2"),
        ((x, y), {"projections": np.zeros((2, 0))}, "projections: expected points"),
    ]:
        with pytest.raises(ValueError, match=message):
            sliced_wasserstein(*arguments, **options)
