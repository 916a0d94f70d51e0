"""Updates of all tensors in one launch against the optimisers on NumPy, bit for bit."""

import math

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratchgan.kernels.cuda import optimizers
from scratchgan.kernels.cuda.optimizers import CHUNK
from scratchgan.optim import EMA, Adam, RMSProp

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

STEPS = 3
LR, BETA2, EPS = 0.01, 0.97, 1e-8
FENCE = 7.0  # what lies before and after every array
TYPES = [("float32", "float32"), ("float32", "float16"), ("float64", "float64")]
SHAPES = st.one_of(
    hnp.array_shapes(max_dims=3, min_side=0, max_side=6),
    st.sampled_from([(1,), (CHUNK - 1,), (CHUNK,), (CHUNK + 1,), (3, CHUNK - 5)]),
)


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(optimizers.SOURCE)


class Fenced:
    """Arrays within larger ones, some of which start off the 16 bytes."""

    def __init__(self, offsets):
        self.offsets, self.made = offsets, []

    def like(self, arrays, dtype):
        """Copies of arrays, or None for None."""
        return [None if a is None else self.copy(a, dtype) for a in arrays]

    def copy(self, a, dtype):
        offset = self.offsets[len(self.made) % len(self.offsets)]
        whole = np.full(offset + a.size + 8, FENCE, dtype)
        inner = whole[offset : offset + a.size].reshape(a.shape)
        inner[...] = a
        self.made.append((whole, offset, a.size))
        return inner

    def require_whole(self):
        for whole, offset, size in self.made:
            assert np.all(whole[:offset] == FENCE)
            assert np.all(whole[offset + size :] == FENCE)


def gradients(rng, like, without):
    """Over several orders of magnitude; none for the tensors `without`."""
    found = []
    for k, a in enumerate(like):
        size = 10 ** rng.uniform(-3, 1, a.shape) * rng.choice([-1, 1], a.shape)
        found.append(None if k in without else size.astype(np.float16))
    return found


def constants_of(optimizer, count, keep):
    """What the kernels read in the update of number `count`, counted from 0."""
    if isinstance(optimizer, RMSProp):
        return [LR, math.nan, keep]
    b1, b2 = optimizer.beta1 ** (count + 1), optimizer.beta2 ** (count + 1)
    return [LR / (1 - b1), 1 / math.sqrt(1 - b2), keep]


def launched(run, optimizer, tensors, constants):
    """One update by the kernels."""
    if isinstance(optimizer, RMSProp):
        alpha, eps = optimizer.alpha, optimizer.eps
        optimizers.rmsprop(run, tensors, constants, alpha=alpha, eps=eps)
    else:
        b1, b2, eps = optimizer.beta1, optimizer.beta2, optimizer.eps
        optimizers.adam(run, tensors, constants, beta1=b1, beta2=b2, eps=eps)


def require_equal(found, twin):
    for a, b in zip(found, twin, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "optimizer",
    [Adam(LR, 0.9, BETA2, EPS), Adam(LR, 0.0, BETA2, 1e-3), RMSProp(LR, BETA2, EPS)],
    ids=["Adam", "Adam without a first moment", "RMSProp"],
)
@given(
    shapes=st.lists(SHAPES, min_size=1, max_size=5),
    types=st.sampled_from(TYPES),
    averaged=st.booleans(),
    halved=st.booleans(),
    without=st.sets(st.integers(0, 4), max_size=2),
    offsets=st.lists(st.integers(0, 3), min_size=1, max_size=7),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=12, deadline=None)
def test_steps_are_the_optimizers(
    optimizer, order, shapes, types, averaged, halved, without, offsets, seed
):
    rng, run, fenced = np.random.default_rng(seed), Emulated(order), Fenced(offsets)
    dtype, gradient_dtype = types
    params = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    average = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    state = optimizer.init(params)
    p, q = fenced.like(params, dtype), fenced.like(average, dtype)
    g = fenced.like(gradients(rng, params, without), gradient_dtype)
    moments = isinstance(optimizer, Adam) and optimizer.beta1 > 0
    m = fenced.like(state.first, dtype) if moments else None
    s = fenced.like(state[-1], dtype)
    half = fenced.like(params, np.float16)
    tensors = optimizers.table(
        p, g, m, s, q if averaged else None, half if halved else None
    )
    constants, expected_half = np.empty(3), [a.copy() for a in half]
    for count in range(STEPS):
        for kept, new in zip(g, gradients(rng, params, without), strict=True):
            if kept is not None:
                kept[...] = new
        dparams = [None if a is None else a.astype(dtype) for a in g]
        params, state = optimizer.update(params, dparams, state)
        if averaged:
            average = EMA().update(average, params, count)
        if halved:
            expected_half = [a.astype(np.float16) for a in params]
        constants[:] = constants_of(optimizer, count, (1 + count) / (10 + count))
        launched(run, optimizer, tensors, constants)
        require_equal(p, params)
        require_equal(s, state[-1])
        if moments:
            require_equal(m, state.first)
        require_equal(q, average)
        require_equal(half, expected_half)
    fenced.require_whole()


def test_what_is_not_finite_is_not_treated_specially():
    g = np.array([1, np.inf, -np.inf, np.nan, 1], np.float32)
    for optimizer in (Adam(LR, 0.9, BETA2), Adam(LR, 0.0, BETA2), RMSProp(LR)):
        p, s = np.ones_like(g), np.zeros_like(g)
        state = optimizer.init([p])
        first = isinstance(optimizer, Adam) and optimizer.beta1 > 0
        m = [np.zeros_like(g)] if first else None
        with np.errstate(invalid="ignore"):
            params, state = optimizer.update([p.copy()], [g], state)
        constants = np.array(constants_of(optimizer, 0, 0.0))
        tensors = optimizers.table([p], [g], m, [s])
        launched(Emulated(), optimizer, tensors, constants)
        require_equal([p, s], [params[0], state[-1][0]])
        assert np.isfinite(p).tolist() == [True, False, False, False, True]


@pytest.mark.parametrize("types", TYPES)
@pytest.mark.parametrize("number", [2**19, 2**20 + 1, 2**31 - 1])
def test_a_chunk_past_32_bits_of_numbers_lies_where_it_should(number, types):
    """Addresses of tensors of which only one chunk, the last, is there."""
    n, optimizer, dtype = CHUNK - 3, Adam(LR, 0.9, BETA2, EPS), types[0]
    arrays = [np.random.default_rng(k).uniform(1, 2, n) for k in range(5)]
    p, m, s, q = (a.astype(dtype) for a in arrays[:4])
    g, half = arrays[4].astype(types[1]), np.zeros(n, np.float16)
    expected = [a.copy() for a in (p, g, m, s, q, half)]
    constants, before = np.array([0.1, 2.0, 0.5]), number * CHUNK
    whole = optimizers.table([p], [g], [m], [s], [q], [half])
    sizes = np.array([a.itemsize for a in (p, g, m, s, q, half)], np.uint64)
    part = whole._replace(
        addresses=whole.addresses - np.uint64(before) * sizes,
        sizes=whole.sizes + before,
        chunks=np.array([[0, number]], np.int32),
    )
    launched(Emulated(), optimizer, part, constants)
    launched(
        Emulated(), optimizer, optimizers.table(*([a] for a in expected)), constants
    )
    require_equal([p, g, m, s, q, half], expected)


def test_all_chunks_of_all_tensors_are_one_launch():
    sizes = np.array([1, 0, 2**33 + 5, CHUNK, CHUNK + 1])
    chunks = optimizers.chunks_of(sizes)
    assert chunks.dtype == np.int32
    counts = np.bincount(chunks[:, 0], minlength=len(sizes))
    assert counts.tolist() == [1, 0, 2**33 // CHUNK + 1, 1, 2]
    for k, count in enumerate(counts):
        of = chunks[chunks[:, 0] == k, 1]
        np.testing.assert_array_equal(of, np.arange(count))
    launches, one = [], [np.ones(3, np.float32)]
    tensors = optimizers.table(one, one, None, one)._replace(chunks=chunks)
    optimizers.rmsprop(launches.append, tensors, np.ones(3), alpha=0.9, eps=1e-8)
    (launch,) = launches
    assert launch.grid == (len(chunks), 1, 1)


def test_nothing_is_launched_for_nothing():
    empty = [np.ones((0, 3), np.float32)]
    tensors, launches = optimizers.table(empty, empty, None, empty), []
    optimizers.adam(launches.append, tensors, np.ones(3), beta1=0, beta2=0.9, eps=1e-8)
    assert not launches


X = np.ones((4, 6), np.float32)
BAD = {
    "p: expected at least one tensor": ([], [], None, []),
    "p, g: expected one of": ([X], [X.astype(np.float64)], None, [X]),
    r"g\[1\]: expected contiguous float32 \(4, 6\), received .* \(4,\)": (
        *([X, X], [X, X[:, 0]], None, [X, X]),
    ),
    r"p\[0\]: expected contiguous float32": ([X[:, ::2]], [X[:, ::2]], None, [X]),
    r"s: expected 1 tensors, received 2": ([X], [X], None, [X, X]),
    r"s\[0\]: expected an array": ([X], [X], None, [None]),
    r"s\[0\]: expected contiguous float32 .* float64": (
        *([X], [X], None, [X.astype(np.float64)]),
    ),
    r"m\[1\]: expected an array": ([X, X], [X, X], [X, None], [X, X]),
    r"half\[0\]: expected contiguous float16": ([X], [X], None, [X], None, [X]),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_table_is_named(message):
    with pytest.raises(ValueError, match=message):
        optimizers.table(*BAD[message])


def test_bad_constants_and_shares_are_named():
    with_m, without = (optimizers.table([X], [X], m, [X]) for m in ([X], None))
    shares, run = {"beta2": 0.9, "eps": 1e-8}, Emulated()
    for tensors, beta1 in ((with_m, 0), (without, 0.9)):
        with pytest.raises(ValueError, match="beta1: expected"):
            optimizers.adam(run, tensors, np.ones(3), beta1=beta1, **shares)
    with pytest.raises(ValueError, match="tensors: expected no first moments"):
        optimizers.rmsprop(run, with_m, np.ones(3), alpha=0.9, eps=1e-8)
    for wrong in (np.ones(3, np.float32), np.ones(2)):
        with pytest.raises(ValueError, match="constants: expected"):
            optimizers.adam(run, without, wrong, beta1=0, **shares)
