"""MMD² against its sums, its closed forms, and its expectation over all splits."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.metrics import (
    RBF,
    Polynomial,
    kernel_distance,
    median_bandwidth,
    mmd2,
)

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(5, 3)), RNG.normal(size=(4, 3)) + 1

PLAIN = {  # a kernel, and its definition for two points
    "cubic": (Polynomial(), lambda x, y: (x @ y / 3 + 1) ** 3),
    "quintic": (Polynomial(5, 0.5, 2.0), lambda x, y: (2 * (x @ y) + 0.5) ** 5),
    "rbf": (RBF(0.7), lambda x, y: np.exp(-((x - y) ** 2).sum() / (2 * 0.7**2))),
}
KERNELS = pytest.mark.parametrize("name", PLAIN)


def equal(x, y):
    """A kernel: 1 for equal points."""
    return (x[:, None] == y[None]).all(axis=2).astype(float)


@KERNELS
@pytest.mark.parametrize("unbiased", [True, False])
def test_estimates_are_their_sums(name, unbiased):
    kernel, k = PLAIN[name]

    def mean(a, b, same):
        pairs = [
            k(p, q)
            for i, p in enumerate(a)
            for j, q in enumerate(b)
            if not (same and unbiased and i == j)
        ]
        return np.mean(pairs)

    expected = mean(X, X, True) + mean(Y, Y, True) - 2 * mean(X, Y, False)
    assert mmd2(X, Y, kernel, unbiased) == pytest.approx(expected, rel=1e-12)


@KERNELS
@pytest.mark.parametrize("unbiased", [True, False])
def test_rows_in_blocks_are_the_whole(name, unbiased):
    """1,500 × 1,600 numbers are more than a block."""
    kernel = PLAIN[name][0]
    x, y = RNG.normal(size=(1500, 2)), RNG.normal(size=(1600, 2)) / 2
    means = []
    for a, b in ((x, x), (y, y), (x, y)):
        values = kernel(a, b)
        if unbiased and a is b:
            values = values[~np.eye(len(a), dtype=bool)]
        means.append(values.mean())
    expected = means[0] + means[1] - 2 * means[2]
    assert mmd2(x, y, kernel, unbiased) == pytest.approx(expected, abs=1e-10)


def test_a_linear_kernel_compares_means():
    linear = Polynomial(degree=1, constant=0, scale=1)
    apart = X.mean(axis=0) - Y.mean(axis=0)
    expected = apart @ apart
    assert mmd2(X, Y, linear, unbiased=False) == pytest.approx(expected, rel=1e-12)
    # without the diagonal, E |x̄|² loses its variance Tr S / n
    expected -= X.var(axis=0, ddof=1).sum() / 5 + Y.var(axis=0, ddof=1).sum() / 4
    assert mmd2(X, Y, linear) == pytest.approx(expected, rel=1e-12)


def test_two_points_under_the_rbf_kernel():
    x, y = np.zeros((1, 2)), np.array([[3.0, 4.0]])
    expected = 2 - 2 * np.exp(-25 / 8)
    assert mmd2(x, y, RBF(2), unbiased=False) == pytest.approx(expected, rel=1e-14)


@KERNELS
def test_the_unbiased_estimate_is_zero_on_average_over_all_splits_of_one_set(name):
    """Every ordered pair is within a part, and across, equally often."""
    kernel, pool = PLAIN[name][0], RNG.normal(size=(7, 3))
    unbiased, biased = [], []
    for chosen in combinations(range(7), 3):
        x, y = pool[list(chosen)], np.delete(pool, chosen, axis=0)
        unbiased.append(mmd2(x, y, kernel))
        biased.append(mmd2(x, y, kernel, unbiased=False))
    assert abs(np.mean(unbiased)) < 1e-12 * np.abs(unbiased).max()
    assert min(unbiased) < 0 < min(biased)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_symmetric_and_invariant(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(rng.integers(2, 9), 3)), rng.normal(size=(6, 3))
    turned = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    shift = 1000 * rng.normal(size=3)
    for kernel, _ in PLAIN.values():
        found = mmd2(x, y, kernel)
        # rounding is that of the sums, whose terms the kernel's diagonal bounds
        atol = 1e-13 * max(np.diag(kernel(z, z)).max() for z in (x, y))
        assert mmd2(y, x, kernel) == pytest.approx(found, abs=atol)
        order = rng.permutation(6)
        assert mmd2(x, y[order], kernel) == pytest.approx(found, abs=atol)
        assert mmd2(x @ turned, y @ turned, kernel) == pytest.approx(found, abs=atol)
    rbf = RBF(1.5)
    assert mmd2(x + shift, y + shift, rbf) == pytest.approx(mmd2(x, y, rbf), abs=1e-11)
    assert mmd2(x, x, rbf, unbiased=False) == pytest.approx(0, abs=1e-14)


def test_the_rbf_kernel_is_one_for_equal_points_far_from_zero():
    x = RNG.normal(size=(50, 4)) + 1e6
    values = RBF(1e-3)(x, x)
    # rounding: (|x|² + |y|²) ε / σ², about the centre
    assert np.abs(np.diag(values) - 1).max() < 1e-8
    assert values.max() <= 1


def test_a_subset_of_everything_is_everything():
    x, y = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 3))
    found = kernel_distance(x, y, subsets=5, subset_size=40, seed=3)
    assert found.mean == pytest.approx(mmd2(x, y), rel=1e-15)
    assert found.std == 0


def test_subsets_repeat_no_sample_and_are_drawn_apart():
    """Under the kernel 1[x = y], MMD² is −2 / n² for each sample that both have."""
    x = np.arange(100.0)[:, None]
    apart = kernel_distance(x, x + 1000, 20, 30, equal)
    assert (apart.mean, apart.std) == (0, 0)
    # they share 9 of 30, hypergeometric: variance 30 · 0.3 · 0.7 · 70 / 99
    same = kernel_distance(x, x, 400, 30, equal)
    deviation = 2 / 30**2 * np.sqrt(30 * 0.3 * 0.7 * 70 / 99)
    assert abs(same.mean + 2 / 30**2 * 9) < 5 * deviation / np.sqrt(400)
    assert same.std == pytest.approx(deviation, rel=0.2)


def test_subsets_estimate_the_whole():
    x, y = RNG.normal(size=(120, 3)), RNG.normal(size=(90, 3)) + 0.3
    found = kernel_distance(x, y, subsets=300, subset_size=30)
    assert abs(found.mean - mmd2(x, y)) < 5 * found.std / np.sqrt(300)
    assert found.std > 0


def test_subsets_are_a_function_of_the_seed():
    x, y = RNG.normal(size=(2, 50, 2))
    one, again, other = (kernel_distance(x, y, 3, 10, seed=s) for s in (1, 1, 2))
    assert one == again != other


def test_the_median_distance_of_all_pairs():
    # 0, 1, 3, 7: distances 1, 2, 3, 4, 6, 7
    assert median_bandwidth(np.array([[0.0], [7]]), np.array([[1.0], [3]])) == 3.5
    x = RNG.normal(size=(300, 2))
    i, j = np.triu_indices(300, 1)
    whole = median_bandwidth(x)
    expected = np.median(np.linalg.norm(x[i] - x[j], axis=1))
    assert whole == pytest.approx(expected, rel=1e-14)
    drawn = median_bandwidth(x, at_most=100)
    assert drawn == pytest.approx(whole, rel=0.2)
    assert drawn != whole
    assert drawn != median_bandwidth(x, at_most=100, seed=1)


BAD = X.copy()
BAD[0, 0] = np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mmd2(X[:1], Y), "x: expected at least 2 samples for an unbiased est"),
        (lambda: mmd2(X, Y[:0], unbiased=False), "y: expected at least 1 samples"),
        (lambda: mmd2(X, BAD), "y: expected finite values, .* in 1 of 5 samples"),
        (lambda: mmd2(X, Y[:, :2]), "y: expected the 3 dimensions of x, received 2"),
        (lambda: kernel_distance(X, Y, 9, 5), "y: expected at least 5 samples for a s"),
        (lambda: kernel_distance(X, Y[:, 1:], 9, 2), "y: expected the 3 dimensions"),
        (lambda: kernel_distance(X, Y, 9, 1), "subset_size: expected 2 or more"),
        (lambda: kernel_distance(X, Y, 0, 2), "subsets: expected 1 or more, received"),
        (lambda: Polynomial(degree=0), "degree: expected 1 or more, received 0"),
        (lambda: Polynomial(constant=-1.0), "constant: expected 0 or more"),
        (lambda: Polynomial(scale=0.0), "scale: expected above 0, received 0.0"),
        (lambda: RBF(0.0), "bandwidth: expected above 0, received 0.0"),
        (lambda: median_bandwidth(X[:1]), "sets: expected at least 2 points, received"),
        (lambda: median_bandwidth(), "sets: expected at least 2 points, received 0"),
        (lambda: median_bandwidth(X, X, X[:, 1:]), "set 2: expected the 3 dimensions"),
        (lambda: median_bandwidth(X * 0), "sets: expected distinct points"),
    ],
)
def test_what_has_no_distance_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
