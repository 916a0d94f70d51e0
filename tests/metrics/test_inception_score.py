"""The Inception Score against its bounds, closed forms, and definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import inception_score


def softmax(logits):
    p = np.exp(logits)
    return p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("classes", [1, 2, 10, 1000])
def test_certain_labels_spread_evenly_score_the_number_of_classes(classes):
    p = np.tile(np.eye(classes), (4, 1))
    found = inception_score(p, splits=2)
    assert found.mean == pytest.approx(classes, rel=1e-13)
    assert found.std == pytest.approx(0, abs=1e-12 * classes)


def test_samples_that_look_alike_score_one():
    p = np.tile([0.7, 0.2, 0.1, 0.0], (30, 1))
    assert inception_score(p, splits=3).mean == pytest.approx(1, rel=1e-14)
    assert inception_score(np.tile([0.0, 1.0], (30, 1))).mean == 1


def test_rounding_takes_no_score_below_one():
    rng = np.random.default_rng(1)
    rows = softmax(rng.normal(size=(40, 7)))
    found = [inception_score(np.tile(row, (9, 1)), splits=1).mean for row in rows]
    assert 1 <= min(found) <= max(found) < 1 + 1e-14


def test_a_binary_symmetric_classifier():
    """Mutual information log 2 − H(a): the capacity of its channel."""
    a = 0.8
    p = np.tile([[a, 1 - a], [1 - a, a]], (10, 1))
    expected = 2 * a**a * (1 - a) ** (1 - a)
    assert inception_score(p, splits=1).mean == pytest.approx(expected, rel=1e-14)


def test_parts_are_consecutive_and_each_has_its_own_mean():
    """Samples in the order of their classes: parts of one class score 1."""
    p = np.repeat(np.eye(4), 5, axis=0)
    assert inception_score(p, splits=4) == inception_score(p[::-1], splits=4)
    assert inception_score(p, splits=4).mean == 1
    assert inception_score(p, splits=1).mean == pytest.approx(4, rel=1e-14)
    # rows 0 to 9 hold two classes, 10 to 19 three as 4 : 4 : 2
    p = np.eye(5)[[0] * 5 + [1] * 5 + [2] * 4 + [3] * 4 + [4] * 2]
    three = np.exp(-2 * 0.4 * np.log(0.4) - 0.2 * np.log(0.2))
    found = inception_score(p, splits=2)
    assert found.mean == pytest.approx((2 + three) / 2, rel=1e-14)
    assert found.std == pytest.approx((three - 2) / 2, rel=1e-12)


@given(st.integers(0, 10**6), st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_bounds_and_definition(seed, splits):
    rng = np.random.default_rng(seed)
    n, classes = rng.integers(splits, 12), rng.integers(1, 6)
    p = softmax(3 * rng.normal(size=(n, classes)))
    scores = []
    for part in range(splits):
        rows = p[part * n // splits : (part + 1) * n // splits]
        q = rows.mean(axis=0)
        divergences = [sum(row * np.log(row / q)) for row in rows]
        scores.append(np.exp(np.mean(divergences)))
    found = inception_score(p, splits)
    assert found.mean == pytest.approx(np.mean(scores), rel=1e-12)
    assert found.std == pytest.approx(np.std(scores), abs=1e-12)
    assert 1 <= found.mean <= classes * (1 + 1e-12)
    other = rng.permutation(classes)
    assert inception_score(p[:, other], splits).mean == pytest.approx(found.mean)


def test_probabilities_of_low_precision_are_made_to_sum_to_one():
    p = softmax(np.random.default_rng(0).normal(size=(50, 10)))
    rounded = p.astype(np.float16)
    whole = rounded.astype(np.float64)
    whole /= whole.sum(axis=1, keepdims=True)
    assert inception_score(rounded, 2) == inception_score(whole, 2)
    assert inception_score(rounded, 2).mean == pytest.approx(
        inception_score(p, 2).mean, rel=1e-3
    )


P = np.full((4, 2), 0.5)


@pytest.mark.parametrize(
    ("p", "splits", "message"),
    [
        (P, 5, "probabilities: expected at least 5 samples for 5 parts, received 4"),
        (P, 0, "splits: expected 1 or more, received 0"),
        (P - [1, -1], 1, "expected rows of non-negative .* least value of -0.5"),
        (P * 3, 1, "sum to 1, received .* sums from 3 to 3"),
        (P / 2, 1, "sum to 1, received .* sums from 0.5 to 0.5"),
        (P[0], 1, r"probabilities: expected an array \(N, D\), received \(2,\)"),
        (P * np.nan, 1, "probabilities: expected finite values"),
    ],
)
def test_what_has_no_score_is_named(p, splits, message):
    with pytest.raises(ValueError, match=message):
        inception_score(p, splits)
