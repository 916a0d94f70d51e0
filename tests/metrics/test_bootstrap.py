"""Intervals of statistics whose law is known, and where the bootstrap misleads."""

import numpy as np
import pytest

from scratchgan.metrics import (
    RBF,
    Interval,
    bootstrap_interval,
    frechet_distance,
    mmd2,
    neighbour_radii,
    subsample_interval,
)

RNG = np.random.default_rng(0)
BOTH = pytest.mark.parametrize("interval", [bootstrap_interval, subsample_interval])


def test_two_numbers():
    """Means of two draws from {0, 1}: 0, ½, 1 with the chances ¼, ½, ¼."""
    x = np.array([0.0, 1.0])
    assert bootstrap_interval(np.mean, x, level=0.9) == Interval(0.5, 0, 1)
    assert bootstrap_interval(np.mean, x, level=0.4) == Interval(0.5, 0.5, 0.5)
    # ends at the quantiles 0.2 and 0.8, not at those of 0.6
    assert bootstrap_interval(np.mean, x, level=0.6) == Interval(0.5, 0, 1)


def test_one_of_three_numbers():
    """θ_b is 0, 0 or 1: deviations −⅓, −⅓, ⅔; reflected, and narrowed by √(1 / 2)."""
    found = subsample_interval(np.mean, np.array([0.0, 0, 1]), share=0.4, level=0.5)
    assert found.value == pytest.approx(1 / 3, rel=1e-15)
    c = np.sqrt(1 / 2)
    # the mean of 1,000 draws has an error of 0.015
    assert found.low == pytest.approx(1 / 3 - c * 2 / 3, abs=0.05)
    assert found.high == pytest.approx(1 / 3 + c / 3, abs=0.05)
    assert found.high - found.low == pytest.approx(c, rel=1e-14)


@pytest.mark.parametrize("share", [None, 0.2, 0.5, 0.8])
def test_the_interval_of_a_mean_has_its_width(share):
    """Two-sided 95 %: ± 1.96 s / √n, whatever share is drawn."""
    x = RNG.normal(3, 2, 400)
    if share is None:
        found = bootstrap_interval(np.mean, x, draws=4000)
    else:
        found = subsample_interval(np.mean, x, share=share, draws=4000)
    half = 1.959964 * x.std(ddof=1) / np.sqrt(400)
    # a 2.5 % quantile of 4,000 normal draws has an error of 4.2 % of σ
    assert found.low == pytest.approx(x.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(x.mean() + half, abs=0.1 * half)


@BOTH
def test_sets_are_drawn_apart(interval):
    """A difference of means of one set with itself varies by √2 s / √n."""
    x, seen = RNG.normal(size=200), set()

    def difference(a, b):
        seen.update([a.tobytes(), b.tobytes()])
        return a.mean() - b.mean()

    found = interval(difference, x, x, draws=2000)
    assert found.value == 0
    assert len(seen) == 1 + 2 * 2000
    expected = 2 * 1.96 * np.sqrt(2) * x.std() / np.sqrt(200)
    assert found.high - found.low == pytest.approx(expected, rel=0.12)


@BOTH
def test_rows_stay_whole_and_draws_have_their_size(interval):
    seen = []

    def statistic(a, b):
        assert (a[:, 1] == 10 * a[:, 0]).all()
        seen.append((len(a), len(np.unique(a[:, 0])), len(b)))
        return a.mean()

    a, b = np.arange(8)[:, None] * [1, 10], np.zeros((5, 2, 2))
    interval(statistic, a, b, draws=50)
    assert seen[0] == (8, 8, 5)
    if interval is subsample_interval:
        assert set(seen[1:]) == {(4, 4, 2)}
    else:
        assert {(n, m) for n, _, m in seen} == {(8, 5)}
        assert min(distinct for _, distinct, _ in seen[1:]) < 8


@BOTH
def test_a_constant_is_certain_and_draws_follow_the_seed(interval):
    x = RNG.normal(size=(20, 2))
    assert interval(lambda _: 4, x, draws=10) == Interval(4, 4, 4)
    one, again, other = (interval(np.mean, x, draws=20, seed=s) for s in (5, 5, 6))
    assert one == again != other
    wide = interval(np.mean, x, draws=200, level=0.95)
    narrow = interval(np.mean, x, draws=200, level=0.5)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_repeated_samples_mislead_the_bootstrap():
    """A repeat is its own neighbour, and adds to a Fréchet distance's bias."""
    x, y = RNG.normal(size=(80, 8)), RNG.normal(size=(80, 8))
    for statistic, sets, upwards in (
        (lambda z: neighbour_radii(z).mean(), (x,), False),
        (frechet_distance, (x, y), True),
    ):
        misled = bootstrap_interval(statistic, *sets, draws=200)
        if upwards:
            assert misled.low > misled.value
        else:
            assert misled.high < misled.value
        found = subsample_interval(statistic, *sets, draws=200)
        assert found.low < found.value < found.high


def test_repeated_samples_bias_an_unbiased_estimate():
    """Two draws are one sample in 1 / n of the cases: E* is the biased MMD²."""
    x, y, values = RNG.normal(size=(30, 3)), RNG.normal(size=(40, 3)), []

    def statistic(a, b):
        values.append(mmd2(a, b, RBF(1.0)))
        return values[-1]

    found = bootstrap_interval(statistic, x, y, draws=300)
    drawn = np.array(values[1:])
    error = drawn.std() / np.sqrt(300)
    biased = mmd2(x, y, RBF(1.0), unbiased=False)
    assert abs(drawn.mean() - biased) < 4 * error < (biased - found.value) / 2


X = np.arange(4.0)


@BOTH
@pytest.mark.parametrize(
    ("sets", "options", "message"),
    [
        ((), {}, r"sets: expected at least one, .* received \[\]"),
        ((X, X[:0]), {}, r"sets: expected at least one, .* received \[4, 0\]"),
        ((X,), {"draws": 0}, "draws: expected 1 or more, received 0"),
        ((X,), {"level": 1.0}, "level: expected between 0 and 1, received 1.0"),
        ((X,), {"level": 0.0}, "level: expected between 0 and 1, received 0.0"),
        ((X + np.inf,), {}, "statistic: expected a finite number"),
    ],
)
def test_what_has_no_interval_is_named(interval, sets, options, message):
    def first(*parts):
        return parts[0].max()

    with pytest.raises(ValueError, match=message):
        interval(first, *sets, **options)


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_shares_that_draw_nothing_or_leave_nothing(share):
    with pytest.raises(ValueError, match=f"share: .* received {share} of 9, 4 samples"):
        subsample_interval(lambda *_: 0, np.zeros(9), X, share=share)


def test_one_sample_has_no_half():
    with pytest.raises(ValueError, match="of at least 2 samples each"):
        subsample_interval(np.mean, X[:1])
