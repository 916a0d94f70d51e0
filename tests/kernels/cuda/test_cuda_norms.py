"""Statistics of normalisations on emulated threads against the layers'."""

import numpy as np
import pytest
from cuda_aligned import Aligned
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.kernels.cuda import channels_last, norms
from scratchgan.layers.standardize import standardize

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

#: x (N, H, W, D), with one and several blocks, lanes and parts.
SHAPES = [
    *((1, 1, 1, 1), (3, 1, 1, 40), (2, 2, 2, 70), (9, 9, 8, 3), (300, 1, 1, 2)),
    *((1, 33, 63, 4), (5, 3, 3, 8), (600, 1, 2, 1)),
]
DTYPES = ["float16", "float32", "float64"]
#: Axes whose numbers share a statistic.
AXES = {"batch": (0, 1, 2), "instance": (1, 2), "layer": (1, 2, 3)}
EPS = 1e-5
#: Roundings that may add up: a chain of additions, and the few that follow it.
CHAIN = 16


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(norms.SOURCE)


def statistics_of(run, x, kind):
    groups = 1 if kind == "batch" else len(x)
    return norms.moments(run, x, groups, 1 if kind == "layer" else x.shape[-1], EPS)


def check_moments(run, x, kind):
    """Against the twin in long double, which reads the same numbers.

    The error of a variance is that of a sum, times √(1 + mean²/variance): see Chan,
    Golub and LeVeque 1983, table 1, for updates one by one and in pairs.
    """
    found = statistics_of(run, x, kind)
    exact = x.astype(np.longdouble)
    _, mean, variance = standardize(exact, AXES[kind], EPS)
    eps = float(np.finfo(channels_last.wide(x.dtype)).eps)
    mean, variance = (s.reshape(found.mean.shape) for s in (mean, variance))
    largest = np.abs(exact).max(AXES[kind]).reshape(mean.shape)
    assert np.all(np.abs(found.mean - mean) <= CHAIN * eps * largest)
    spread = np.sqrt(variance * (variance + mean**2))
    limit = CHAIN * eps * spread + (CHAIN * eps * largest) ** 2
    assert np.all(np.abs(found.variance - variance) <= limit)
    r = 1 / np.sqrt(found.variance + found.variance.dtype.type(EPS))
    np.testing.assert_allclose(found.r, r, rtol=2 * eps)


def check_normalize(run, x, kind, gamma, beta):
    """Given the statistics, a subtraction and three roundings more."""
    s = statistics_of(run, x, kind)
    y, h = norms.normalize(run, x, s, gamma, beta)
    assert y.dtype == h.dtype == x.dtype
    kept = (len(s.r), *(1,) * (x.ndim - 2), -1)
    exact = x.astype(np.longdouble) - s.mean.reshape(kept)
    exact *= s.r.reshape(kept)
    eps = float(np.finfo(channels_last.wide(x.dtype)).eps)
    half = float(np.finfo(x.dtype).eps) / 2 + 2 * eps
    tiny = float(np.finfo(x.dtype).smallest_subnormal)
    assert np.all(np.abs(h - exact) <= half * np.abs(exact) + tiny)
    if gamma is None and beta is None:
        assert y is h
        return
    scaled = exact if gamma is None else gamma.astype(np.longdouble) * exact
    out = scaled if beta is None else scaled + beta
    limit = half * np.abs(out) + 3 * eps * np.abs(scaled) + tiny
    assert np.all(np.abs(y - out) <= limit)


def drawn(rng, shape, dtype, mean=0.0, offset=0):
    """Numbers around `mean`, which may start off the 16 bytes."""
    size = int(np.prod(shape))
    x = np.empty(size + offset, dtype)[offset:].reshape(shape)
    x[...] = mean + rng.normal(size=shape)
    return x


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", AXES)
@pytest.mark.parametrize("shape", SHAPES)
def test_statistics_of_one_and_of_many_blocks(shape, kind, dtype, order):
    rng, run = np.random.default_rng(3), Emulated(order)
    x = drawn(rng, shape, dtype, 0.5)
    check_moments(run, x, kind)
    gain, bias = (drawn(rng, shape[-1:], dtype) for _ in range(2))
    check_normalize(run, x, kind, gain, bias)


@given(
    shape=st.tuples(*[st.integers(1, n) for n in (5, 6, 6, 50)]),
    kind=st.sampled_from(sorted(AXES)),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
    affine=st.tuples(st.booleans(), st.booleans()),
)
@settings(max_examples=40, deadline=None)
def test_statistics_of_any_shape_and_start(shape, kind, dtype, seed, offset, affine):
    rng, run = np.random.default_rng(seed), Emulated()
    x = drawn(rng, shape, dtype, rng.choice([0, 3]), offset)
    check_moments(run, x, kind)
    each = (drawn(rng, shape[-1:], dtype, 0, offset) if has else None for has in affine)
    check_normalize(run, x, kind, *each)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", AXES)
def test_a_large_mean_leaves_the_variance(kind, dtype):
    """Where m(x²) − m(x)² has no digits left, or few."""
    mean = 0.1 / np.sqrt(np.finfo(dtype).eps)
    check_moments(
        Emulated(), drawn(np.random.default_rng(4), (2, 40, 9, 4), dtype, mean), kind
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", AXES)
def test_equal_numbers_have_no_variance(kind, dtype):
    x = np.full((4, 30, 7, 3), 0.1, dtype)
    s = statistics_of(Emulated(), x, kind)
    np.testing.assert_array_equal(s.mean, x[0, 0, 0, 0])
    np.testing.assert_array_equal(s.variance, 0)
    _, h = norms.normalize(Emulated(), x, s, None, None)
    np.testing.assert_array_equal(h, 0)


def test_float16_squares_do_not_overflow():
    x = np.array([[-3e4], [3e4], [-3e4], [3e4]], np.float16)
    s = norms.moments(Emulated(), x, 1, 1, EPS)
    np.testing.assert_array_equal(s.variance, np.float32(np.float16(3e4)) ** 2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", AXES)
def test_equal_numbers_have_equal_statistics_wherever_they_start(kind, dtype):
    """In every order of threads, bit by bit."""
    x = drawn(np.random.default_rng(6), (4, 40, 9, 4), dtype)
    moved = np.empty(x.size + 1, dtype)[1:].reshape(x.shape)
    moved[...] = x
    found = {
        b"".join(part.tobytes() for part in statistics_of(run, each, kind))
        for run in (Aligned(Emulated(order), x.size) for order in ORDERS)
        for each in (x, moved)
    }
    assert len(found) == 1
    s = statistics_of(Emulated(), x, kind)
    norms.normalize(Aligned(Emulated(), x.size), moved, s, None, None)


def test_an_empty_batch_has_no_samples_and_no_variance():
    x = np.ones((0, 2, 2, 3), np.float32)
    for kind, shape in (("batch", (1, 3)), ("instance", (0, 3)), ("layer", (0, 1))):
        if kind == "batch":
            s = norms.moments(Emulated(), x, 1, 3, EPS)
        else:
            s = statistics_of(Emulated(), x, kind)
        assert s.mean.shape == s.variance.shape == s.r.shape == shape
        np.testing.assert_array_equal(s.variance, 0)
        y, _ = norms.normalize(Emulated(), x, s, None, np.ones(3, np.float32))
        assert y.shape == x.shape


def test_groups_and_channels_that_do_not_fit_are_refused():
    x = np.ones((4, 2, 2, 6), np.float32)
    for groups in (3, 0):
        with pytest.raises(ValueError, match="groups: expected a divisor of 4, rec"):
            norms.moments(Emulated(), x, groups, 6, EPS)
    with pytest.raises(ValueError, match="channels: expected 1 or 6, received 2"):
        norms.moments(Emulated(), x, 4, 2, EPS)
