"""The divergence has its closed forms, its properties, and a plain definition."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import jensen_shannon, ngram_divergences

WEIGHTS = st.lists(st.integers(0, 50), min_size=2, max_size=8).filter(any)


def plain(a, b, n):
    """From strings, in the order of the definition."""
    counts = [
        Counter(line[i : i + n] for line in lines for i in range(len(line) - n + 1))
        for lines in (a, b)
    ]
    p, q = ({g: c / sum(all_.values()) for g, c in all_.items()} for all_ in counts)
    m = {g: (p.get(g, 0) + q.get(g, 0)) / 2 for g in {*p, *q}}
    return sum(
        0.5 * w * math.log2(w / m[g]) for each in (p, q) for g, w in each.items()
    )


def symbols(lines):
    return np.array([[ord(c) - 97 for c in line] for line in lines])


def test_closed_forms():
    assert jensen_shannon([1, 0], [0, 1]) == 1
    assert jensen_shannon([3, 4, 5], [6, 8, 10]) == 0
    # P = (1, 0), Q = (½, ½): M = (¾, ¼), so ½ log₂ 4/3 + ¼ log₂ 2/3 + ¼ log₂ 2
    expected = 0.5 * math.log2(4 / 3) + 0.25 * math.log2(2 / 3) + 0.25
    assert jensen_shannon([1, 0], [1, 1]) == pytest.approx(expected, rel=1e-14)


def test_half_the_mass_in_common():
    """P and Q meet in ½ of each: JSD = ½."""
    assert jensen_shannon([1, 1, 0], [1, 0, 1]) == pytest.approx(0.5, rel=1e-14)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_symmetric_bounded_and_zero_only_where_equal(data):
    p = data.draw(WEIGHTS)
    q = data.draw(
        st.lists(st.integers(0, 50), min_size=len(p), max_size=len(p)).filter(any)
    )
    found = jensen_shannon(p, q)
    assert found == pytest.approx(jensen_shannon(q, p), abs=1e-15)
    assert 0 <= found <= 1 + 1e-15
    equal = all(a * sum(q) == b * sum(p) for a, b in zip(p, q, strict=True))
    # Pinsker: at least ‖P − Q‖₁² / (8 ln 2), and two weights differ by 400⁻² or more
    assert (found < 1e-12) == equal


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_n_grams_agree_with_the_plain_definition(data):
    longest = data.draw(st.integers(1, 5))
    lines = [
        data.draw(
            st.lists(
                st.text("abc", min_size=length, max_size=length),
                min_size=1,
                max_size=4,
            )
        )
        for length in (7, 9)
    ]
    found = ngram_divergences(*map(symbols, lines), longest)
    expected = [plain(*lines, n) for n in range(1, longest + 1)]
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_n_grams_do_not_cross_windows():
    """ab|ab has the bigrams ab and ab; abab has ba as well."""
    apart, whole = symbols(["ab", "ab"]), symbols(["abab"])
    expected = plain(["ab", "ab"], ["abab"], 2)
    assert ngram_divergences(apart, whole, 2)[1] == pytest.approx(expected, abs=1e-14)
    assert expected > 0.1


def test_longer_n_grams_are_never_closer():
    """For windows that wrap around, an n-gram's shorter one is a function of it."""
    rng = np.random.default_rng(0)
    rings = [np.tile(rng.integers(0, 3, (4, 30)), 2) for _ in "ab"]
    found = [
        ngram_divergences(*(ring[:, : 30 + n - 1] for ring in rings), n)[-1]
        for n in range(1, 7)
    ]
    assert all(a <= b + 1e-15 for a, b in pairwise(found))


def test_large_alphabets_do_not_overflow():
    """2048⁶ is beyond 64 bits."""
    rng = np.random.default_rng(0)
    a = rng.integers(0, 2048, (6, 20))
    np.testing.assert_array_equal(ngram_divergences(a, a, 6), 0)
    b = (a + 1024) % 2048
    assert ngram_divergences(a, b, 6)[-1] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([1, 2], [1, 2, 3], r"q: expected the shape of p \(2,\), received \(3,\)"),
        ([0, 0], [1, 2], "p: expected non-negative weights"),
        ([1, -1], [1, 2], "p: expected non-negative"),
        ([1, 2], [2, -1], "q: expected non-negative"),
        ([1, np.nan], [1, 2], "p: expected non-negative"),
        ([], [], "p: expected non-negative"),
    ],
)
def test_weights_that_are_no_distribution(p, q, message):
    with pytest.raises(ValueError, match=message):
        jensen_shannon(p, q)


def test_windows_without_n_grams():
    whole = np.zeros((2, 6), int)
    for bad in (np.zeros((2, 5), int), np.zeros((0, 6), int), np.zeros(6, int)):
        with pytest.raises(ValueError, match=r"b: expected windows .* at least 6"):
            ngram_divergences(whole, bad, 6)
        with pytest.raises(ValueError, match=r"a: expected windows .* at least 6"):
            ngram_divergences(bad, whole, 6)
