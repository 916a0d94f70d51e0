"""Exact distances against closed forms, brute force, and the axioms of a distance."""

import itertools
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import (
    assignment_wasserstein,
    gaussian_wasserstein,
    wasserstein_1d,
)

RNG = np.random.default_rng(0)
ORDERS = [1.0, 2.0, 3.0]
VALUES = st.lists(st.integers(-50, 50), min_size=1, max_size=9)
SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("p", ORDERS)
def test_a_shifted_sample_is_as_far_as_it_was_shifted(p):
    x = RNG.normal(size=50)
    assert wasserstein_1d(x, RNG.permutation(x) - 3, p) == pytest.approx(3, rel=1e-14)


def test_uniform_distributions():
    """On [0, 1] and [0, 2], F⁻¹ = u and 2u: W₁ = ∫ u and W₂² = ∫ u², at midpoints."""
    n = 1000
    u = (np.arange(n) + 0.5) / n
    assert wasserstein_1d(u, 2 * u) == pytest.approx(1 / 2, rel=1e-13)
    expected = (1 / 3 - 1 / (12 * n**2)) ** 0.5
    assert wasserstein_1d(u, 2 * u, 2) == pytest.approx(expected, rel=1e-13)


def test_normal_distributions_on_the_line():
    """Quantiles m + s q: W₂² = (m₁ − m₂)² + (s₁ − s₂)² E q²."""
    n = 2000
    q = np.array([NormalDist().inv_cdf((k + 0.5) / n) for k in range(n)])
    found = wasserstein_1d(1 + 2 * q, 4 + 0.5 * q, 2)
    assert found == pytest.approx((9 + 1.5**2 * np.mean(q * q)) ** 0.5, rel=1e-13)
    # E q² → 1: the Gaussians' own distance
    assert found == pytest.approx(gaussian_wasserstein([1], [[4]], [4], [[0.25]]), 1e-3)


@pytest.mark.parametrize("p", ORDERS)
def test_a_little_mass_far_away(p):
    """W_p^p = w dᵖ, from a point to itself and a share w at a distance d."""
    weights = np.array([0.75, 0.25])
    found = wasserstein_1d([2.0], [2.0, 12.0], p, y_weights=weights)
    assert found == pytest.approx(10 * 0.25 ** (1 / p), rel=1e-14)


@given(VALUES, VALUES, st.sampled_from(ORDERS))
@settings(max_examples=80, deadline=None)
def test_different_sizes_are_repetitions(x, y, p):
    """N values M times and M values N times: equal sizes, a mean over ordered pairs."""
    a, b = np.sort(np.repeat(x, len(y))), np.sort(np.repeat(y, len(x)))
    expected = np.mean(np.abs(a - b).astype(float) ** p) ** (1 / p)
    # steps that differ by rounding hold masses of 1e-16, at distances up to 100
    found = wasserstein_1d(x, y, p)
    assert found**p == pytest.approx(expected**p, rel=1e-12, abs=1e-15 * 100**p)


@given(st.data(), VALUES, VALUES)
@settings(max_examples=80, deadline=None)
def test_weights_are_repetitions_and_their_sum_does_not_matter(data, x, y):
    weights = data.draw(
        st.lists(st.integers(0, 4), min_size=len(x), max_size=len(x)).filter(any)
    )
    found = wasserstein_1d(x, y, x_weights=np.array(weights) * 0.3)
    repeated = np.repeat(x, weights)
    assert found == pytest.approx(wasserstein_1d(repeated, y), rel=1e-12, abs=1e-13)
    assert wasserstein_1d(y, x, y_weights=weights) == pytest.approx(found, abs=1e-13)


@given(VALUES, VALUES)
@settings(max_examples=80, deadline=None)
def test_w1_is_the_area_between_the_distribution_functions(x, y):
    at = np.unique([*x, *y])
    f, g = ((np.sort(v)[:, None] <= at).mean(axis=0) for v in (x, y))
    area = np.sum(np.abs(f - g)[:-1] * np.diff(at))
    assert wasserstein_1d(x, y) == pytest.approx(area, rel=1e-12, abs=1e-13)


@given(VALUES, VALUES, VALUES, st.sampled_from(ORDERS))
@settings(max_examples=80, deadline=None)
def test_a_distance_on_the_line(x, y, z, p):
    xy, yz, xz = (wasserstein_1d(*pair, p) for pair in ((x, y), (y, z), (x, z)))
    # a mass of 1e-16 at 100 counts as 100 · 1e-16^(1/p)
    rounding = 100 * 1e-15 ** (1 / p)
    assert wasserstein_1d(y, x, p) == pytest.approx(xy, abs=rounding)
    assert xz <= xy + yz + 3 * rounding
    shifted = wasserstein_1d(np.add(x, 7), np.add(y, 7), p)
    assert shifted == pytest.approx(xy, abs=rounding)
    assert wasserstein_1d(x, y) <= xy + rounding
    assert wasserstein_1d(x, x, p) == 0


@given(SEEDS, st.integers(1, 6), st.integers(1, 3), st.sampled_from(ORDERS))
@settings(max_examples=40, deadline=None)
def test_assignment_is_the_best_of_all_permutations(seed, n, d, p):
    pytest.importorskip("scipy")
    x, y = np.random.default_rng(seed).normal(size=(2, n, d))
    best = min(
        np.mean(np.linalg.norm(x - y[list(order)], axis=1) ** p)
        for order in itertools.permutations(range(n))
    )
    found = assignment_wasserstein(x, y, p)
    assert found == pytest.approx(best ** (1 / p), rel=1e-13)


@pytest.mark.parametrize("p", ORDERS)
def test_closed_forms_of_point_sets(p):
    pytest.importorskip("scipy")
    x = 1e3 + RNG.normal(size=(40, 5))
    assert assignment_wasserstein(x, RNG.permutation(x), p) == 0
    a = np.array([3.0, 0, 0, -4, 0])
    # the identity is optimal for a shift: it is the least E ‖x − y‖ for these means
    assert assignment_wasserstein(x, RNG.permutation(x) + a, p) == pytest.approx(5)
    line, other = RNG.normal(size=(2, 30))
    expected = wasserstein_1d(line, other, p)
    found = assignment_wasserstein(line[:, None], other[:, None], p)
    assert found == pytest.approx(expected, rel=1e-13)


@given(SEEDS, st.sampled_from(ORDERS))
@settings(max_examples=30, deadline=None)
def test_a_distance_of_point_sets(seed, p):
    pytest.importorskip("scipy")
    x, y, z = np.random.default_rng(seed).normal(size=(3, 12, 3))
    xy = assignment_wasserstein(x, y, p)
    assert assignment_wasserstein(y, x, p) == pytest.approx(xy, rel=1e-13)
    assert (
        assignment_wasserstein(x, z, p) <= xy + assignment_wasserstein(y, z, p) + 1e-13
    )
    assert assignment_wasserstein(x + 2, y + 2, p) == pytest.approx(xy, rel=1e-12)
    assert assignment_wasserstein(x, y) <= xy + 1e-13


def test_samples_of_one_distribution_are_apart_as_the_root_of_their_number():
    """In four dimensions sixteen times as many points halve W₁."""
    pytest.importorskip("scipy")
    rng = np.random.default_rng(1)
    few, many = (
        np.mean(
            [assignment_wasserstein(*rng.uniform(size=(2, n, 4))) for _ in range(k)]
        )
        for n, k in ((40, 30), (640, 3))
    )
    # the means of both vary by about 2 %, and edges of the cube count more for few
    assert few / many == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (
            [],
            [1.0],
            {},
            r"x: expected a sample \(N,\), at least one value, rec.* \(0,\)",
        ),
        ([1.0], [[1.0]], {}, r"y: expected a sample \(N,\).* received \(1, 1\)"),
        ([1.0, np.nan], [1.0], {}, "x: expected finite values, received 1 others"),
        ([1.0], [np.inf, -np.inf], {}, "y: expected finite values, received 2 others"),
        (
            [1.0],
            [2.0],
            {"p": 0.5},
            "p: expected a finite order of at least 1, rec.* 0.5",
        ),
        ([1.0], [2.0], {"p": np.inf}, "p: expected a finite order"),
        (
            [1.0],
            [2.0],
            {"x_weights": [1, 2]},
            r"x_weights: expected .* received \(2,\)",
        ),
        ([1.0], [2.0], {"y_weights": [0]}, "y_weights: expected .* not all zero"),
        ([1.0, 2], [2.0], {"x_weights": [2, -1]}, "x_weights: expected non-negative"),
        ([1.0], [2.0], {"x_weights": [np.nan]}, "x_weights: expected non-negative"),
    ],
)
def test_samples_that_do_not_fit(x, y, options, message):
    with pytest.raises(ValueError, match=message):
        wasserstein_1d(x, y, **options)


def test_point_sets_that_do_not_fit():
    pytest.importorskip("scipy")
    x = np.zeros((3, 2))
    for y, message in [
        (np.zeros((4, 2)), "y: expected as many points as x 3, received 4"),
        (np.zeros((3, 1)), "y: expected points of dimension 2 like x, received 1"),
        (np.zeros((0, 2)), r"y: expected points \(N, D\), at least one, .* \(0, 2\)"),
        (np.zeros(3), r"y: expected points \(N, D\), at least one, received \(3,\)"),
        (np.full((3, 2), np.nan), "y: expected finite values, received 6 others"),
    ]:
        with pytest.raises(ValueError, match=message):
            assignment_wasserstein(x, y)
    with pytest.raises(ValueError, match="p: expected a finite order"):
        assignment_wasserstein(x, x, 0)
