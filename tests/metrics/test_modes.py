"""Modes, quality and divergences of exact mixtures, and what no sample meets."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.data import GRID_CENTRES, GRID_STD, RING_CENTRES, RING_STD, load
from scratchgan.metrics import (
    labelled_modes,
    mixture_modes,
    share_divergence,
    stacked_labels,
)

RNG = np.random.default_rng(0)
COUNTS = st.lists(st.integers(0, 30), min_size=2, max_size=9).filter(any)


@pytest.mark.parametrize(
    ("name", "centres", "std"),
    [("ring", RING_CENTRES, RING_STD), ("grid", GRID_CENTRES, GRID_STD)],
)
def test_a_mixture_meets_all_its_own_modes(name, centres, std):
    n, k = 20_000, len(centres)
    found = mixture_modes(load(name).batch(0, 0, n), centres, std)
    inside = 1 - math.exp(-9 / 2)  # of a Gaussian in the plane
    assert found.covered == k
    assert abs(found.quality - inside) < 4 * math.sqrt(inside * (1 - inside) / n)
    # 2N KL is about χ² with K − 1 degrees of freedom
    chi = 2 * n * found.reverse_kl
    assert abs(chi - (k - 1)) < 4 * math.sqrt(2 * (k - 1))


def test_quality_on_the_line_is_that_of_three_standard_deviations():
    n, centres = 40_000, np.array([[-10.0], [10.0]])
    points = RNG.choice(centres[:, 0], n)[:, None] + 0.5 * RNG.normal(size=(n, 1))
    inside = math.erf(3 / math.sqrt(2))
    assert inside == pytest.approx(0.9973, abs=1e-5)
    found = mixture_modes(points, centres, 0.5)
    assert abs(found.quality - inside) < 4 * math.sqrt(inside * (1 - inside) / n)


def test_points_are_of_high_quality_up_to_three_standard_deviations():
    centres = np.array([[0.0, 0.0], [10.0, 0.0]])
    points = np.array([[0.0, 3.0], [0.0, 3.01], [12.9, 0.0], [5.1, 0.0]])
    found = mixture_modes(points, centres, 1.0)
    assert found.covered == 2
    assert found.quality == 0.5


@pytest.mark.parametrize("met", [1, 3, 7, 8])
def test_missed_modes_cost_the_logarithm_of_their_share(met):
    """m of K modes equally often: ln(K / m)."""
    points = np.repeat(RING_CENTRES[:met], 5, axis=0)
    found = mixture_modes(points, RING_CENTRES, RING_STD)
    assert found.covered == met
    assert found.reverse_kl == pytest.approx(math.log(8 / met), abs=1e-15)


def test_one_missing_mode_of_an_uneven_mixture():
    """Given all but k, p̂ = π / (1 − πₖ): the divergence is −ln(1 − πₖ)."""
    centres, weights = np.eye(3), np.array([5.0, 3.0, 2.0])
    points = np.repeat(centres, [5, 3, 0], axis=0)
    found = mixture_modes(points, centres, 0.1, weights=weights)
    assert found.reverse_kl == pytest.approx(-math.log(0.8), rel=1e-14)
    # and nothing where the shares are those of the mixture
    points = np.repeat(centres, [5, 3, 2], axis=0)
    assert mixture_modes(points, centres, 0.1, weights=weights).reverse_kl < 1e-15


def test_points_between_modes_count_in_the_divergence_unless_good_ones_alone_do():
    centres = np.array([[0.0], [10.0]])
    points = np.array([[0.0], [0.0], [0.0], [6.0]])  # the last belongs to 10, far away
    every = mixture_modes(points, centres, 1.0)
    expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert (every.covered, every.quality) == (1, 0.75)
    assert every.reverse_kl == pytest.approx(expected, rel=1e-14)
    good = mixture_modes(points, centres, 1.0, good_only=True)
    assert good[:2] == every[:2]
    assert good.reverse_kl == pytest.approx(math.log(2), rel=1e-14)


def test_no_good_points_leave_nothing_to_count():
    centres, points = np.array([[0.0], [10.0]]), np.full((4, 1), 4.0)
    found = mixture_modes(points, centres, 1.0)
    assert (found.covered, found.quality) == (0, 0)
    assert found.reverse_kl == pytest.approx(math.log(2), rel=1e-14)
    assert math.isnan(mixture_modes(points, centres, 1.0, good_only=True).reverse_kl)


def test_points_are_scored_in_blocks_as_together():
    points = RNG.normal(size=(9000, 2))
    found = mixture_modes(points, GRID_CENTRES, 0.1)
    distance = np.linalg.norm(points[:, None] - GRID_CENTRES, axis=-1)
    assert found.quality == (distance.min(axis=1) <= 3 * 0.1).mean()
    counts = np.bincount(distance.argmin(axis=1), minlength=25)
    assert found.reverse_kl == share_divergence(counts)


@given(COUNTS, st.data())
@settings(max_examples=60, deadline=None)
def test_a_divergence_is_zero_where_shares_are_equal_and_nowhere_else(counts, data):
    k = len(counts)
    weights = data.draw(st.lists(st.integers(1, 30), min_size=k, max_size=k))
    found = share_divergence(counts, weights)
    assert found >= 0
    p, q = np.divide(counts, sum(counts)), np.divide(weights, sum(weights))
    # Pinsker: KL ≥ ‖p − q‖₁² / 2
    assert found >= np.abs(p - q).sum() ** 2 / 2 - 1e-14
    assert share_divergence(counts, counts) == 0
    assert share_divergence(counts) <= math.log(k) + 1e-14
    order = data.draw(st.permutations(range(k)))
    moved = share_divergence(np.array(counts)[order], np.array(weights)[order])
    assert moved == pytest.approx(found, abs=1e-14)


def test_the_direction_is_from_generated_to_real():
    """p = (¾, ¼) and π = (½, ½): not what the other direction gives."""
    forth = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    back = 0.5 * math.log(2 / 3) + 0.5 * math.log(2)
    assert share_divergence([3, 1], [1, 1]) == pytest.approx(forth, rel=1e-14)
    assert share_divergence([1, 1], [3, 1]) == pytest.approx(back, rel=1e-14)
    assert share_divergence([4, 0], [1, 1]) == pytest.approx(math.log(2), rel=1e-14)
    assert share_divergence([1, 1], [4, 0]) == math.inf


def test_stacked_digits_are_numbers_of_three_places():
    digits = np.array([[0, 0, 0], [0, 0, 7], [1, 2, 3], [9, 9, 9]], np.uint8)
    np.testing.assert_array_equal(stacked_labels(digits), [0, 7, 123, 999])
    np.testing.assert_array_equal(stacked_labels([[1, 1], [2, 0]], classes=3), [4, 6])


def test_a_thousand_modes_of_stacked_digits():
    every = stacked_labels(np.stack(np.unravel_index(np.arange(1000), (10,) * 3), 1))
    assert labelled_modes(every, 1000) == (1000, 0)
    # one digit in the first channel: 100 modes, evenly
    found = labelled_modes(np.repeat(every[300:400], 3), 1000)
    assert found.covered == 100
    assert found.kl == pytest.approx(math.log(10), rel=1e-13)


def test_uniform_digits_leave_the_divergence_of_chance():
    """(K − 1) / 2N on average; 2N KL is about χ² with K − 1 degrees of freedom."""
    n = 26_000
    found = labelled_modes(stacked_labels(RNG.integers(0, 10, (n, 3))), 1000)
    assert found.covered == 1000
    chi = 2 * n * found.kl
    # the next term of its mean is (Σ 1 / pₖ − 1) / 6N
    assert abs(chi - 999) < 4 * math.sqrt(2 * 999) + 999 * 1000 / n / 6


def test_a_reference_takes_the_place_of_uniform_modes():
    labels = np.array([0, 0, 1, 2])
    assert labelled_modes(labels, 3, reference=[20, 10, 10]) == (3, 0)
    found = labelled_modes(labels, 3)
    expected = 0.5 * math.log(1.5) + 0.5 * math.log(0.75)
    assert found.kl == pytest.approx(expected, rel=1e-14)
    assert labelled_modes(labels, 3, reference=[1, 1, 0]).kl == math.inf


def test_what_does_not_fit_is_named():
    x, centres, labels = np.zeros((5, 2)), np.eye(2), np.array([0, 1])
    for call, message in [
        (
            lambda: mixture_modes(x[:0], centres, 1),
            r"points: .* at least one, rec.* \(0,",
        ),
        (lambda: mixture_modes(x, centres[:0], 1), "centres: expected points"),
        (
            lambda: mixture_modes(x, np.eye(3), 1),
            "points: .* dimension 3 .* received 2",
        ),
        (
            lambda: mixture_modes(x * np.nan, centres, 1),
            "points: expected finite values",
        ),
        (
            lambda: mixture_modes(x, centres, 0),
            "std: expected a positive number, rec.* 0",
        ),
        (
            lambda: mixture_modes(x, centres, 1, weights=[1]),
            r"weights: expected \(2,\), received \(1,\)",
        ),
        (lambda: labelled_modes(labels[:0], 2), r"labels: expected integers \(N,\)"),
        (lambda: labelled_modes(labels * 1.0, 2), "labels: .* received float64"),
        (lambda: labelled_modes(labels, 1), "labels: expected 0 to 0, received 0 to 1"),
        (
            lambda: labelled_modes(-labels, 2),
            "labels: expected 0 to 1, received -1 to 0",
        ),
        (
            lambda: labelled_modes(labels, 2, reference=[0, 0]),
            "weights: .* not all zero",
        ),
        (
            lambda: labelled_modes(labels, 2, reference=[1, -1]),
            "weights: .*non-negative",
        ),
        (
            lambda: stacked_labels([[1, 10]]),
            "digits: expected 0 to 9, received 1 to 10",
        ),
        (lambda: stacked_labels([1, 2]), r"digits: expected integers \(N, C\)"),
        (lambda: stacked_labels([[0.5]]), "digits: expected integers"),
        (lambda: share_divergence([0, 0]), "counts: expected non-negative"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
