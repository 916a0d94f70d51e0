"""MinibatchStddev on emulated threads against the layer."""

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.kernels.accumulate import total
from scratchgan.kernels.cuda import channels_last
from scratchgan.kernels.cuda import minibatch_stddev as stddev
from scratchgan.layers import MinibatchStddev
from scratchgan.layers.group import ALONE
from scratchgan.layers.minibatch_stddev import StddevCache, StddevTangent

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

DTYPES = ["float16", "float32", "float64"]
EPS = 1e-4
#: Roundings that may add up: a chain of additions, and the few that follow it.
CHAIN = 24


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    for source in (stddev.SOURCE, "reductions"):
        compiled(source)


def within(found, exact, size=0):
    """Equal but for CHAIN roundings in the wide type and one in the array's.

    `size` bounds the absolute values of all that is added.
    """
    eps = float(np.finfo(channels_last.wide(found.dtype)).eps)
    limit = CHAIN * eps * (size + np.abs(exact))
    limit += float(np.finfo(found.dtype).eps) / 2 * np.abs(exact)
    limit += float(np.finfo(found.dtype).smallest_subnormal)
    assert found.shape == exact.shape
    assert np.all(np.abs(found - exact) <= limit)


def check(run, x, group, features, dy, tx, tdy):
    """Each sweep against the layer in long double, given what the kernels kept."""
    layer = MinibatchStddev(group, features, EPS)
    y, kept = stddev.forward(run, x, group, features, EPS)
    dx, ds = stddev.backward(run, kept, dy, features)
    ty, moved = stddev.jvp(run, kept, tx, features)
    tdx = stddev.backward_jvp(run, kept, ds, moved, tdy, features)
    assert {a.dtype for a in (y, dx, ty, tdx, *kept, *moved)} == {x.dtype}

    wx, wdy, wtx = (a.astype(np.longdouble) for a in (x, dy, tx))
    _, cache = layer.forward((), wx)
    split = cache.c.shape, cache.sigma.shape
    within(kept.c.reshape(split[0]), cache.c, np.abs(wx).max())
    within(kept.sigma.reshape(split[1]), cache.sigma, np.abs(wx).max())

    def exactly(pair):
        return (
            a.reshape(shape).astype(np.longdouble)
            for a, shape in zip(pair, split, strict=True)
        )

    c, sigma = exactly(kept)
    cache = StddevCache(c, sigma, ALONE)
    within(y, layer._appended(wx, sigma, ALONE))
    out, _, dcache = layer.backward((), cache, wdy)
    largest = np.abs(c / sigma).max() * np.abs(wdy).max()
    within(dx, out, largest)
    assert ds.dtype == channels_last.wide(x.dtype)

    _, tcache = layer.jvp((), cache, wtx)
    within(moved.c.reshape(split[0]), tcache.tc, np.abs(wtx).max())
    size = np.abs(c).max() / sigma * np.abs(wtx).max() * 2
    within(moved.sigma.reshape(split[1]), tcache.tsigma, size)
    tc, tsigma = exactly(moved)
    mean = np.abs(tsigma).mean()
    within(ty, layer._appended(wtx, tsigma, ALONE), mean)
    last = None if tdy is None else tdy.astype(np.longdouble)
    exact, _ = layer.backward_jvp((), cache, dcache, StddevTangent(tc, tsigma), last)
    ratio = (np.abs(tc) + np.abs(c * tsigma / sigma)) / sigma
    size = largest + ratio.max() * np.abs(wdy).max()
    within(tdx, exact, size if tdy is None else size + largest * np.abs(last).max())


def drawn(rng, shape, dtype, offset=0):
    """Numbers that may start off the 16 bytes."""
    size = int(np.prod(shape))
    x = np.empty(size + offset, dtype)[offset:].reshape(shape)
    x[...] = 0.5 + rng.normal(size=shape)
    return x


def drawn_case(rng, shape, features, dtype, offset=0):
    more = (*shape[:-1], shape[-1] + features)
    return [drawn(rng, s, dtype, offset) for s in (shape, more, shape, more)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("shape", "group", "features"),
    [
        *(((8, 4, 4, 6), 4, 1), ((6, 3, 2, 6), 2, 3), ((3, 1, 1, 8), 4, 2)),
        *(((4, 5), 2, 1), ((4, 33, 33, 1), 4, 1), ((2, 1, 1, 300), 1, 300)),
    ],
)
def test_every_sweep_is_the_layers(shape, group, features, dtype, order):
    rng = np.random.default_rng(3)
    x, dy, tx, tdy = drawn_case(rng, shape, features, dtype)
    check(Emulated(order), x, group, features, dy, tx, tdy)


@given(
    groups=st.integers(1, 3),
    group=st.integers(1, 4),
    size=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    features=st.integers(1, 3),
    each=st.integers(1, 9),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
    moving=st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_any_shape_and_start(
    groups, group, size, features, each, dtype, seed, offset, moving
):
    rng, shape = np.random.default_rng(seed), (groups * group, *size, features * each)
    x, dy, tx, tdy = drawn_case(rng, shape, features, dtype, offset)
    check(Emulated(), x, group, features, dy, tx, tdy if moving else None)


def test_sums_of_features_are_the_layers_and_exact():
    """Of integers, over pixels that several parts share."""
    x = np.random.default_rng(1).integers(-9, 9, (4, 40, 40, 3)).astype(np.float32)
    kept = stddev.Deviations(np.ones_like(x[..., :2]), np.ones_like(x[:2, ..., :2]))
    for order in ORDERS:
        _, ds = stddev.backward(Emulated(order), kept, x, 1)
        expected = total(x[..., 2:].reshape(2, 2, -1, 1), (0, 2))
        np.testing.assert_array_equal(ds, expected)


def test_groups_and_features_that_do_not_fit_are_refused():
    x = np.ones((6, 2, 2, 4), np.float32)
    with pytest.raises(ValueError, match="group: expected a divisor of 6, received 4"):
        stddev.forward(Emulated(), x, 4, 1, EPS)
    with pytest.raises(ValueError, match="features: expected a divisor of 4, received"):
        stddev.forward(Emulated(), x, 3, 3, EPS)
    with pytest.raises(ValueError, match="group: expected a divisor of 0, received 4"):
        stddev.forward(Emulated(), x[:0], 4, 1, EPS)
