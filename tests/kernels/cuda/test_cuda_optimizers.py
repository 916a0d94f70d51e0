"""Updates of all tensors in one launch against the optimisers on NumPy, bit for bit."""

import math

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratchgan.kernels.cuda import optimizers
from scratchgan.kernels.cuda.tensors import CHUNK, TABLE, TENSORS, tables
from scratchgan.optim import EMA, Adam, RMSProp

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

LR, BETA2, EPS = 0.01, 0.97, 1e-8
TYPES = [("float32", "float32"), ("float32", "float16"), ("float64", "float64")]
SHAPES = st.one_of(
    hnp.array_shapes(max_dims=3, min_side=0, max_side=6),
    st.sampled_from([(1,), (CHUNK - 1,), (CHUNK,), (CHUNK + 1,), (3, CHUNK - 5)]),
)
OPTIMIZERS = {
    "Adam": Adam(LR, 0.9, BETA2, EPS),
    "Adam without a first moment": Adam(LR, 0.0, BETA2, 1e-3),
    "RMSProp": RMSProp(LR, BETA2, EPS),
}


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(optimizers.SOURCE)


def placed(a, dtype, offset):
    """A copy that may start off the 16 bytes."""
    whole = np.empty(offset + a.size, dtype)
    inner = whole[offset:].reshape(a.shape)
    inner[...] = a
    return inner


def magnitudes(rng, shape):
    """Over several orders of magnitude, on both sides of zero."""
    return 10 ** rng.uniform(-3, 1, shape) * rng.choice([-1, 1], shape)


def by_kernel(run, optimizer, p, g, m, s, count):
    """New p, m and s of every tensor in the update of number `count`, from 0."""
    if isinstance(optimizer, RMSProp):
        rate, eps = np.array([LR]), optimizer.eps
        rows = list(zip(p, g, s, strict=True))
        made = optimizers.rmsprop(run, rows, rate, alpha=optimizer.alpha, eps=eps)
        return [(after, None, square) for after, square in made]
    b1, b2 = optimizer.beta1, optimizer.beta2
    now = [LR / (1 - b1 ** (count + 1)), 1 / math.sqrt(1 - b2 ** (count + 1))]
    rows, shares = list(zip(p, g, m, s, strict=True)), {"beta1": b1, "beta2": b2}
    return optimizers.adam(run, rows, np.array(now), eps=optimizer.eps, **shares)


def require_equal(found, twin):
    for a, b in zip(found, twin, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", OPTIMIZERS)
@given(
    shapes=st.lists(SHAPES, min_size=1, max_size=5),
    types=st.sampled_from(TYPES),
    offsets=st.lists(st.integers(0, 3), min_size=1, max_size=7),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=12, deadline=None)
def test_updates_are_the_optimizers(name, order, shapes, types, offsets, seed):
    rng, run, optimizer = np.random.default_rng(seed), Emulated(order), OPTIMIZERS[name]
    dtype, gradient_dtype = types
    params = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    state = optimizer.init(params)
    moved = isinstance(optimizer, Adam) and optimizer.beta1 > 0
    p, s = params, state[-1]
    m = state.first if moved else [None] * len(p)
    for count in range(3):
        g = [magnitudes(rng, shape).astype(gradient_dtype) for shape in shapes]
        off = [offsets[k % len(offsets)] for k in range(4)]
        p, s = ([placed(a, dtype, off[k]) for a in x] for k, x in enumerate((p, s)))
        g = [placed(a, gradient_dtype, off[2]) for a in g]
        m = [placed(a, dtype, off[3]) for a in m] if moved else m
        before = [a.copy() for a in (*p, *s)]
        found = by_kernel(run, optimizer, p, g, m, s, count)
        require_equal((*p, *s), before)  # nothing is written to
        p, m, s = map(list, zip(*found, strict=True))
        dparams = [a.astype(dtype) for a in g]
        params, state = optimizer.update(params, dparams, state)
        require_equal(p, params)
        require_equal(s, state[-1])
        if moved:
            require_equal(m, state.first)


@pytest.mark.parametrize("order", ORDERS)
@given(
    shapes=st.lists(SHAPES, min_size=1, max_size=5),
    dtype=st.sampled_from(["float32", "float64"]),
    offset=st.integers(0, 3),
    count=st.integers(0, 100),
)
@settings(max_examples=12, deadline=None)
def test_averages_follow_as_the_average_does(order, shapes, dtype, offset, count):
    rng, ema = np.random.default_rng(0), EMA(0.9)
    average, params = ([rng.normal(size=n).astype(dtype) for n in shapes] for _ in "qp")
    rows = [(placed(q, dtype, offset), p) for q, p in zip(average, params, strict=True)]
    keep = np.array([min(0.9, (1 + count) / (10 + count))])
    found = optimizers.follow(Emulated(order), rows, keep)
    require_equal(found, ema.update(average, params, count))


def test_what_is_not_finite_is_not_treated_specially():
    g = np.array([1, np.inf, -np.inf, np.nan, 1], np.float32)
    for optimizer in OPTIMIZERS.values():
        p, s = np.ones_like(g), np.zeros_like(g)
        first = isinstance(optimizer, Adam) and optimizer.beta1 > 0
        m = [np.zeros_like(g) if first else None]
        with np.errstate(invalid="ignore"):
            params, state = optimizer.update([p], [g], optimizer.init([p]))
        ((after, _, square),) = by_kernel(Emulated(), optimizer, [p], [g], m, [s], 0)
        require_equal([after, square], [params[0], state[-1][0]])
        assert np.isfinite(after).tolist() == [True, False, False, False, True]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", [2**19, 2**20 + 1, 2**31 - 1])
def test_a_chunk_past_32_bits_of_numbers_lies_where_it_should(number, dtype):
    """Addresses of a tensor of which only one chunk, the last, is there."""
    n, rng = CHUNK - 3, np.random.default_rng(0)
    q, p = (rng.normal(size=n).astype(dtype) for _ in "qp")
    launches, found = [], np.empty_like(q)
    optimizers.follow(launches.append, [(q, p)], np.array([0.5]))
    ((where, _, _),) = tables([(q, p, found)])
    before = number * CHUNK
    where["array"][0, :3] -= np.uint64(before * q.itemsize)
    where["size"][0] += before
    where["first"] -= number  # so that block 0 has the chunk of this number
    where["first"][1:] = 1
    (launch,) = launches
    Emulated()(launch._replace(args=(where, *launch.args[1:])))
    require_equal([found], [(q * q.dtype.type(0.5) + p * p.dtype.type(0.5))])


def test_tensors_are_one_launch_until_a_table_is_full():
    one, launches = np.ones(3, np.float32), []
    rows = [(one, one, None, one)] * (2 * TENSORS + 1)
    shares = {"beta1": 0, "beta2": 0.9, "eps": 1e-8}
    optimizers.adam(launches.append, rows, np.ones(2), **shares)
    assert [launch.grid[0] for launch in launches] == [TENSORS, TENSORS, 1]
    assert TABLE.itemsize + 48 <= 4096  # what a kernel's arguments may have


def test_nothing_is_launched_for_nothing():
    empty, launches = np.ones((0, 3), np.float32), []
    ((p, s),) = optimizers.rmsprop(
        launches.append, [(empty, empty, empty)], np.ones(1), alpha=0.9, eps=1e-8
    )
    assert optimizers.follow(launches.append, [], np.ones(1)) == []
    assert p.shape == s.shape == (0, 3)
    assert not launches


X, H = np.ones((4, 6), np.float32), np.ones((4, 6), np.float16)
D, ONE = X.astype(np.float64), np.ones(1)
BAD = {
    r"column 1, received float32 \(4,\)": lambda run: optimizers.rmsprop(
        run, [(X, X[:, 0], X)], ONE, alpha=0.9, eps=0.1
    ),
    "float64 .* in column 1, received float16": lambda run: optimizers.rmsprop(
        run, [(D, H, D)], ONE, alpha=0.9, eps=0.1
    ),
    "in column 2, received float64": lambda run: optimizers.rmsprop(
        run, [(X, X, D)], ONE, alpha=0.9, eps=0.1
    ),
    "in column 1, received float16": lambda run: optimizers.follow(run, [(X, H)], ONE),
    r"constants: expected float64 \(1,\)": lambda run: optimizers.follow(
        run, [(X, X)], ONE.astype(np.float32)
    ),
    "expected float32 or float64, received float16": lambda run: optimizers.follow(
        run, [(H, H)], ONE
    ),
    "m: expected none": lambda run: optimizers.adam(
        run, [(X, X, X, X)], np.ones(2), beta1=0, beta2=0.9, eps=0.1
    ),
    "m: expected one": lambda run: optimizers.adam(
        run, [(X, X, None, X)], np.ones(2), beta1=0.5, beta2=0.9, eps=0.1
    ),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_arguments_are_named(message):
    with pytest.raises(ValueError, match=message):
        BAD[message](Emulated())
