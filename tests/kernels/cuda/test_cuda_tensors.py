"""Sums of squares and copies of many tensors at once, against NumPy."""

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratchgan.kernels.cuda import tensors
from scratchgan.kernels.cuda.tensors import BYTES, CHUNK, TENSORS, tables

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

SHAPES = st.lists(
    st.one_of(
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6),
        st.sampled_from([(CHUNK - 1,), (CHUNK,), (3, CHUNK - 5)]),
    ),
    min_size=1,
    max_size=5,
)
DTYPES = st.sampled_from(["float16", "float32", "float64"])


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(tensors.SOURCE)


def drawn(rng, shapes, dtype, offset):
    """Arrays that may start off the 16 bytes."""
    found = []
    for shape in shapes:
        x = rng.normal(size=offset + int(np.prod(shape))).astype(dtype)
        found.append(x[offset:].reshape(shape))
    return found


@pytest.mark.parametrize("order", ORDERS)
@given(shapes=SHAPES, dtype=DTYPES, offset=st.integers(0, 3), seed=st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_sums_of_squares(order, shapes, dtype, offset, seed):
    xs = drawn(np.random.default_rng(seed), shapes, dtype, offset)
    found = tensors.squares(Emulated(order), xs)
    exact = [float(np.sum(x.astype(np.longdouble) ** 2)) for x in xs]
    assert found.dtype == np.float64
    # positive terms: as many roundings as a thread and then a tree make
    np.testing.assert_allclose(found, exact, rtol=64 * 2.0**-53)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_one_number_that_is_not_finite_is_seen(bad):
    """And nothing else is called so: not the largest float."""
    largest = np.full((3, CHUNK), np.finfo(np.float32).max, np.float32)
    spoilt = largest.copy()
    spoilt[2, -1] = bad
    found = tensors.squares(Emulated(), [largest, spoilt, largest[:0]])
    assert np.isfinite(found).tolist() == [True, False, True]


def test_more_tensors_than_a_launch_takes():
    xs = [np.full(k % 3, k, np.float32) for k in range(2 * TENSORS + 1)]
    found = tensors.squares(Emulated(), xs)
    assert found.tolist() == [x.size * k**2 for k, x in enumerate(xs)]
    ys = [np.zeros_like(x) for x in xs]
    tensors.copy(Emulated(), list(zip(xs, ys, strict=True)))
    assert all(np.array_equal(x, y) for x, y in zip(xs, ys, strict=True))


@pytest.mark.parametrize("order", ORDERS)
@given(shapes=SHAPES, dtype=DTYPES, offset=st.integers(0, 3))
@settings(max_examples=12, deadline=None)
def test_copies(order, shapes, dtype, offset):
    rng = np.random.default_rng(0)
    xs, ys = (drawn(rng, shapes, dtype, k) for k in (offset, offset + 1))
    kept = [x.copy() for x in xs]
    tensors.copy(Emulated(order), list(zip(xs, ys, strict=True)))
    for x, y, before in zip(xs, ys, kept, strict=True):
        np.testing.assert_array_equal(y, before)
        np.testing.assert_array_equal(x, before)


def test_copies_of_more_than_one_chunk():
    x = np.arange(2 * BYTES // 8 + 3, dtype=np.float64)
    y = np.zeros_like(x)
    tensors.copy(Emulated(), [(x, y)])
    np.testing.assert_array_equal(x, y)


def test_chunks_of_tensors_follow_each_other():
    sizes = [1, 0, 2**33 + 5, CHUNK, CHUNK + 1]
    rows = [(np.lib.stride_tricks.as_strided(np.ones(1), (n,), (0,)),) for n in sizes]
    ((where, count, chunks),) = tables(rows)
    counts = [1, 0, 2**33 // CHUNK + 1, 1, 2]
    assert np.diff(where["first"])[:5].tolist() == counts
    assert np.all(where["first"][5:] == sum(counts))
    assert (count, chunks) == (5, sum(counts))


X = np.ones((4, 6), np.float32)


def test_bad_arguments_are_named():
    run = Emulated()
    with pytest.raises(ValueError, match="tensors: expected at least one"):
        tensors.squares(run, [])
    for wrong in (X.astype(np.float64), X[:, ::2]):
        with pytest.raises(ValueError, match="tensors: expected contiguous float32"):
            tensors.squares(run, [X, wrong])
        with pytest.raises(
            ValueError, match="pairs: expected contiguous arrays of one"
        ):
            tensors.copy(run, [(X, X.copy()), (X[:, :3].copy(), wrong)])
