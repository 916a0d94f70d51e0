"""Sums over an axis on emulated threads against NumPy's."""

import numpy as np
import pytest
from cuda_aligned import Aligned
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.kernels import accumulate
from scratchgan.kernels.cuda import channels_last, reductions

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

#: (R, C), with one and several blocks, lanes and parts along either axis.
SHAPES = [
    *((1, 1), (1, 7), (7, 1), (0, 3), (3, 0), (5, 3), (33, 12), (2, 65), (9, 64)),
    *((1, 8192), (2, 5003), (700, 2), (1100, 3), (300, 40), (4100, 1), (3, 600)),
]
DTYPES = ["float16", "float32", "float64"]


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(reductions.SOURCE)


def counted(rng, shape, dtype, offset=0):
    """Integers, whose sums are exact in any order; may start off the 16 bytes."""
    size = int(np.prod(shape))
    x = np.empty(size + offset, dtype)[offset:].reshape(shape)
    x[...] = rng.integers(-9, 10, shape)
    return x


def check(run, a, b):
    """All of the sums of a matrix, bit by bit."""
    for found, twin in (
        (reductions.rows(run, a), accumulate.total(a, -1)),
        (reductions.columns(run, a), accumulate.total(a, 0)),
        (reductions.inner_rows(run, a, b), accumulate.inner(a, b, -1)),
    ):
        assert found.dtype == twin.dtype
        np.testing.assert_array_equal(found, twin)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_sums_of_integers_are_numpys(shape, dtype, order):
    rng = np.random.default_rng(5)
    check(Emulated(order), counted(rng, shape, dtype), counted(rng, shape, dtype))


@given(
    shape=st.tuples(st.integers(0, 90), st.integers(0, 90)),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
)
@settings(max_examples=30, deadline=None)
def test_sums_of_any_shape_and_start(shape, dtype, seed, offset):
    rng = np.random.default_rng(seed)
    check(Emulated(), *(counted(rng, shape, dtype, offset) for _ in range(2)))


@given(
    shape=st.tuples(*[st.integers(1, 40)] * 3),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=30, deadline=None)
def test_sums_over_the_middle_axis(shape, dtype, seed):
    rng = np.random.default_rng(seed)
    a, b = counted(rng, shape, dtype), counted(rng, shape, dtype)
    found = reductions.sums(Emulated(), a, b, shape, a.dtype)
    np.testing.assert_array_equal(found, accumulate.inner(a, b, 1))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 9000), (2, 5003), (1100, 3), (260, 40)])
def test_rounding_grows_with_the_longest_chain_of_additions(shape, dtype):
    """Not with the number of terms: that is what lanes and parts are for."""
    rng = np.random.default_rng(1)
    a, b = (rng.uniform(-1, 1, shape).astype(dtype) for _ in range(2))
    exact_a, exact_b = (x.astype(np.longdouble) for x in (a, b))
    run, eps = Emulated(), float(np.finfo(channels_last.wide(a.dtype)).eps)
    for found, terms, seen in (
        (reductions.rows(run, a), exact_a, (shape[0], shape[1], 1)),
        (reductions.inner_rows(run, a, b), exact_a * exact_b, (shape[0], shape[1], 1)),
        (reductions.columns(run, a), exact_a.T, (1, *shape)),
    ):
        view = channels_last.tiles(seen, a.dtype).view
        chain = 2 + -(-view["part"] // view["p_lanes"]) + np.log2(terms.shape[1])
        exact = terms.sum(-1)
        limit = chain * eps / 2 * np.abs(terms).sum(-1)
        limit += float(np.finfo(dtype).eps) / 2 * np.abs(exact)
        assert np.all(np.abs(found - exact) <= limit)


@pytest.mark.parametrize("dtype", DTYPES)
def test_equal_numbers_have_equal_sums_wherever_they_start(dtype):
    """In every order of threads, bit by bit: the order of additions is the shape's."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(1100, 4)).astype(dtype)
    moved = np.empty(x.size + 1, dtype)[1:].reshape(x.shape)
    moved[...] = x
    for axis in (reductions.rows, reductions.columns):
        runs = [Aligned(Emulated(order), x.size) for order in ORDERS]
        found = [axis(run, y).tobytes() for run in runs for y in (x, moved)]
        assert len(set(found)) == 1
    inner = reductions.inner_rows(Aligned(Emulated(), x.size), x, moved)
    np.testing.assert_array_equal(inner, reductions.inner_rows(Emulated(), x, x))


def test_float16_sums_do_not_stop_or_overflow():
    x = np.full((3, 6000), 16, np.float16)
    np.testing.assert_array_equal(reductions.rows(Emulated(), x), np.inf)
    x[:] = 4
    found = reductions.rows(Emulated(), x)
    np.testing.assert_array_equal(found, np.float16(24000))
    part = reductions.sums(Emulated(), x, x, (3, 6000, 1), np.dtype(np.float32))
    np.testing.assert_array_equal(part, np.full((3, 1), 96000, np.float32))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "shape",
    [
        *((1, 2**33, 1), (1, 2**33 + 1, 1), (1, 2**31, 3), (2**31, 3, 1)),
        *((2**24, 1, 512), (64, 2**20, 128), (1, 2, 2**34), (7, 5, 3), (1, 0, 5)),
    ],
)
def test_every_number_has_one_thread(shape, dtype):
    """The layout of huge arrays, as the source reads it."""
    cover = channels_last.tiles(shape, np.dtype(dtype))
    view = cover.view
    groups, rows, channels = (int(view[n]) for n in ("groups", "rows", "channels"))
    assert groups * rows * channels == np.prod(shape, dtype=object)
    assert channels % cover.width == 0
    across, parts, part = (int(view[n]) for n in ("across", "parts", "part"))
    c_lanes, p_lanes = int(view["c_lanes"]), int(view["p_lanes"])
    assert 256 % (c_lanes * p_lanes) == 0
    assert 0 <= across * c_lanes * cover.width - channels < c_lanes * cover.width
    assert parts * part >= rows >= (parts - 1) * part
    columns, rest = divmod(cover.grid[0], across * parts)
    assert rest == 0
    together = 256 // (c_lanes * p_lanes)
    assert 0 <= columns * together - groups < together
    assert cover.parts == parts <= channels_last.RESIDENT


def test_more_blocks_than_a_grid_has_are_refused():
    with pytest.raises(ValueError, match=r"n: expected at most .*, received"):
        channels_last.tiles((2**40, 1024, 1), np.dtype(np.float32))


def test_another_shape_or_type_is_refused():
    a = np.ones((3, 4), np.float32)
    with pytest.raises(ValueError, match=r"b: expected float32 \(3, 4\), received"):
        reductions.inner_rows(Emulated(), a, np.ones((3, 3), np.float32))
    with pytest.raises(ValueError, match="b: expected float32"):
        reductions.inner_rows(Emulated(), a, np.ones((3, 4)))
