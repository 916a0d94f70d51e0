"""The test of memorisation on distances that are known, and under its null law."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import Memorisation, memorisation
from scratchgan.metrics.memorisation import mann_whitney

NUMBERS = st.lists(st.integers(0, 6), min_size=1, max_size=8).map(np.array)


def column(*values):
    return np.array(values, float)[:, None]


def test_distances_on_a_line():
    """Generated at 1, 2, 6 from 0 or 100, held out at 3 and 5: U counts 2 of 6."""
    found = memorisation(column(1, -2, 106), column(0, 100), column(3, 95))
    assert found.mean_ratio == pytest.approx(3 / 4, rel=1e-14)
    assert found.median_ratio == pytest.approx(2 / 4, rel=1e-14)
    assert found.further == pytest.approx(2 / 6, rel=1e-14)
    assert found.z == pytest.approx((2 - 3) / math.sqrt(3 * 2 * 6 / 12), rel=1e-14)


def test_copies_are_found():
    """All m distances are zero: a tie of m, and U = 0."""
    rng = np.random.default_rng(0)
    training, held_out = rng.normal(size=(50, 4)), rng.normal(size=(30, 4))
    found = memorisation(training[:20] + 0, training, held_out)
    m, n = 20, 30
    variance = m * n / 12 * (m + n + 1 - (m**3 - m) / ((m + n) * (m + n - 1)))
    expected = Memorisation(0, 0, 0, -m * n / 2 / math.sqrt(variance))
    assert found == expected
    assert found.p_value < 1e-8


def test_samples_that_stay_away_are_no_copies():
    rng = np.random.default_rng(1)
    training, held_out = rng.normal(size=(50, 4)), rng.normal(size=(30, 4))
    found = memorisation(3 * rng.normal(size=(40, 4)), training, held_out)
    assert found.mean_ratio > 1.5
    assert found.z > 4
    assert found.p_value > 0.999


def test_the_law_of_z_where_nothing_is_copied():
    """Standard normal: mean and variance of 400 values, each within four errors."""
    rng = np.random.default_rng(2)
    found = np.array(
        [
            memorisation(*(rng.exponential(size=(n, 2)) for n in (25, 60, 35))).z
            for _ in range(400)
        ]
    )
    # one training set couples neither set's distances with the other's *order*
    assert abs(found.mean()) < 4 / math.sqrt(400)
    assert abs(found.var() - 1) < 4 * math.sqrt(2 / 400)


@given(NUMBERS, NUMBERS)
@settings(max_examples=80, deadline=None)
def test_ranks(a, b):
    pairs = [(p > q) + (p == q) / 2 for p in a for q in b]
    further, z = mann_whitney(a, b)
    assert further == pytest.approx(np.mean(pairs), rel=1e-14)
    assert math.copysign(1, z) * (z != 0) == np.sign(further - 0.5)
    assert mann_whitney(b, a) == pytest.approx((1 - further, -z), rel=1e-12)
    assert mann_whitney(np.exp(a), np.exp(b)) == (further, z)


def test_every_order_of_few_numbers_has_variance_one():
    """z over all ways to draw 3 of 7 numbers, two of them equal."""
    numbers = np.array([1, 2, 3, 3, 4, 5, 9.0])
    found = [
        mann_whitney(numbers[list(chosen)], np.delete(numbers, chosen))[1]
        for chosen in combinations(range(7), 3)
    ]
    assert np.mean(found) == pytest.approx(0, abs=1e-14)
    assert np.var(found) == pytest.approx(1, rel=1e-13)


def test_equal_numbers_say_nothing():
    assert mann_whitney(np.ones(3), np.ones(4)) == (0.5, 0)


@pytest.mark.parametrize(
    ("z", "expected"), [(0, 0.5), (-1.959963984540054, 0.025), (1, 0.8413447460685429)]
)
def test_the_chance_of_a_lower_z(z, expected):
    assert Memorisation(1, 1, 0.5, z).p_value == pytest.approx(expected, rel=1e-12)


def test_what_says_nothing_about_memory_is_named():
    x = np.random.default_rng(3).normal(size=(6, 2))
    with pytest.raises(ValueError, match=r"held_out: .* received 5 of 6 that are in"):
        memorisation(x, x[:5], x)
    for name, sets in (
        ("generated", (x * np.nan, x, x)),
        ("training", (x, x * np.nan, x)),
        ("held_out", (x, x, x * np.nan)),
    ):
        with pytest.raises(ValueError, match=f"{name}: expected finite values"):
            memorisation(*sets)
    with pytest.raises(ValueError, match="training: expected at least 1 samples"):
        memorisation(x, x[:0], x)
    for name, sets in (
        ("generated", (x[:, :1], x, x + 1)),
        ("held_out", (x, x, x[:, :1])),
    ):
        with pytest.raises(ValueError, match=f"{name}: expected the 2 dimensions of t"):
            memorisation(*sets)
