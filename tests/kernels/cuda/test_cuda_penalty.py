"""Penalties and interpolation on emulated threads against those of the library."""

from typing import NamedTuple

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratchgan import penalties
from scratchgan.kernels.cuda import penalty
from scratchgan.kernels.cuda.penalty import Penalty

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

DTYPES = ["float16", "float32", "float64"]
TARGET = 0.7
#: Numbers of a sample: less than a warp's, one pack a thread and several, and past
#: what one block keeps.
SIZES = [1, 2, 37, 256, 520, 2056, 4095, 4608, 20481, 33008]


class Case(NamedTuple):
    """A penalty of the library, the kernel's, and how g is shaped."""

    twin: penalties.Penalty
    kernel: Penalty
    shape: tuple[int, ...] = ()
    moves: bool = False  # whether the target is in device memory


CASES = {
    "two-sided": Case(penalties.GradientPenalty(), Penalty("about", 10.0)),
    "one-sided": Case(
        penalties.GradientPenalty(3.0, one_sided=True), Penalty("one-sided", 3.0)
    ),
    "R1": Case(penalties.R1(0.3), Penalty("square", 0.15)),
    "path length": Case(
        penalties.PathLength(TARGET), Penalty("about", 2.0, 3**-0.5), (3,), moves=True
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(penalty.SOURCE)


def drawn(rng, shape, dtype, offset=0):
    """Normal numbers, which may start off the 16 bytes."""
    x = np.empty(int(np.prod(shape)) + offset, dtype)[offset:].reshape(shape)
    x[...] = rng.standard_normal(shape)
    return x


def gradients(rng, shape, dtype, offset=0):
    """Samples of lengths on both sides of one, the middle one zero."""
    g = drawn(rng, shape, dtype, offset)
    scale = rng.uniform(0.3, 1.7, len(g)) / max(1, g.size / len(g)) ** 0.5
    g *= scale.astype(dtype).reshape(-1, *(1,) * (g.ndim - 1))
    g[len(g) // 2] = 0
    return g


def require_twin(case, run, g):
    """The library's value on the same numbers in float64, but for rounding.

    A relative error of `slack` in r is one of slack · r in r − a, and so in v.
    """
    wide = np.result_type(g.dtype, np.float32)
    target = np.array([TARGET], wide) if case.moves else None
    found, twin = penalty.value(run, g, case.kernel, target), case.twin(g)
    exact = case.twin(g.astype(np.float64))
    assert (found.v.dtype, found.v.shape) == (g.dtype, g.shape)
    assert found.lengths.dtype == found.terms.dtype == wide
    slack, r = 24 * np.finfo(wide).eps, exact.norm
    np.testing.assert_allclose(found.lengths, r, rtol=slack, atol=0)
    np.testing.assert_allclose(found.lengths, twin.norm, rtol=2 * slack, atol=0)
    most = 2 * slack * case.kernel.weight * (1 + r.max()) ** 2
    each = [case.twin(g[n : n + 1].astype(np.float64)).loss for n in range(len(g))]
    np.testing.assert_allclose(found.terms, each, rtol=0, atol=most)
    assert abs(found.terms.mean(dtype=np.float64) - twin.loss) <= 2 * most
    own = np.finfo(g.dtype)
    by_sample = (len(g), *(1,) * (g.ndim - 1))
    pull = 2 * case.kernel.weight * case.kernel.rate / len(g) * slack * (1 + r)
    share = np.abs(g, dtype=np.float64) / np.where(r > 0, r, 1).reshape(by_sample)
    limit = own.eps * np.abs(exact.v) + pull.reshape(by_sample) * share
    error = np.abs(found.v.astype(np.float64) - exact.v)
    assert np.all(error <= limit + float(own.smallest_subnormal))
    if case.kernel.kind == "square" and g.dtype != np.float16:
        np.testing.assert_array_equal(found.v, twin.v)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", CASES)
@given(
    shape=hnp.array_shapes(min_dims=1, max_dims=4, max_side=6),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
)
@settings(max_examples=10, deadline=None)
def test_every_penalty_is_the_librarys(name, order, shape, dtype, seed, offset):
    case, rng = CASES[name], np.random.default_rng(seed)
    if case.moves:
        shape = (shape[0], 3, int(np.prod(shape[1:])))
    require_twin(case, Emulated(order), gradients(rng, shape, dtype, offset))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", SIZES)
def test_samples_of_every_size(size, dtype):
    """Kept in registers by one block, or shared by several."""
    g = gradients(np.random.default_rng(size), (2, size), dtype)
    for order in ORDERS:
        require_twin(CASES["two-sided"], Emulated(order), g)


@pytest.mark.parametrize("size", [5, 20481])
@pytest.mark.parametrize("name", CASES)
def test_v_is_zero_where_g_is_and_no_number_where_g_is_none(name, size):
    case, g = CASES[name], np.zeros((3, 3, size), np.float32)
    g[1, 0, 0], g[2, 0, 0] = np.nan, 1e-38  # of which the square is zero
    target = np.ones(1, np.float32) if case.moves else None
    found = penalty.value(Emulated(), g, case.kernel, target)
    assert not found.v[0].any()
    assert np.isnan(found.lengths[1])
    assert np.isnan(found.terms[1])
    assert np.isnan(found.v[1, 0, 0])
    assert np.isfinite(found.v[2]).all()
    if case.kernel.kind != "square":
        assert np.isnan(found.v[1]).all()


def test_squares_of_float16_do_not_overflow():
    g = np.full((2, 9), 6e4, np.float16)
    found = penalty.value(Emulated(), g, Penalty("about", 1e-3))
    np.testing.assert_allclose(found.lengths, 3 * np.float32(g[0, 0]), rtol=1e-6)
    assert np.isfinite(found.terms).all()


def test_the_sum_has_one_order_wherever_the_numbers_start():
    found = set()
    for offset in range(4):
        g = drawn(np.random.default_rng(0), (2, 400), np.float32, offset)
        value = penalty.value(Emulated(), g, Penalty("about", 10.0))
        found.add(b"".join(x.tobytes() for x in value))
    assert len(found) == 1


@pytest.mark.parametrize("order", ORDERS)
@given(
    shape=hnp.array_shapes(min_dims=1, max_dims=4, max_side=6),
    wider=st.sampled_from([1, 8, 300]),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
)
@settings(max_examples=20, deadline=None)
def test_interpolation_is_the_librarys(order, shape, wider, dtype, seed, offset):
    """Number by number; float16 is rounded once, not four times."""
    rng = np.random.default_rng(seed)
    if len(shape) > 1:
        shape = (*shape[:-1], shape[-1] * wider // max(1, len(shape) - 2))
    x_real, x_fake = (drawn(rng, shape, dtype, offset) for _ in range(2))
    eps = rng.random(shape[0]).astype(dtype)
    found = penalty.interpolate(Emulated(order), x_real, x_fake, eps)
    twin = penalties.interpolate(x_real, x_fake, eps)
    assert (found.dtype, found.shape) == (twin.dtype, twin.shape)
    if dtype == "float16":
        scale = np.abs(x_real) + np.abs(x_fake)
        assert np.all(np.abs(found - twin) <= 2 * np.finfo(dtype).eps * (scale + 1e-3))
    else:
        np.testing.assert_array_equal(found, twin)


def launches(function, *args):
    found = []
    function(found.append, *args)
    return found


def test_nothing_is_launched_on_nothing():
    empty = np.zeros((0, 5), np.float32)
    assert not launches(penalty.value, empty, Penalty("about", 10.0))
    assert not launches(penalty.interpolate, empty, empty, np.zeros(0, np.float32))


def test_a_sample_of_nothing_has_length_zero():
    found = penalty.value(Emulated(), np.zeros((2, 0)), Penalty("about", 10.0))
    np.testing.assert_array_equal(found.terms, [10, 10])


@pytest.mark.parametrize("size", [2**31 + 4, 2**33 + 5])
def test_blocks_cover_a_sample_past_32_bits(size):
    """Two samples of a number that takes no memory; the launch alone is looked at."""
    x = np.broadcast_to(np.float16(1), (2, size))
    for packs in penalty.PACKS.values():
        for width in (1, 8):
            grid, (total, share, slices) = penalty._shares(x, width, packs)
            assert grid == (2 * slices, 1, 1)
            assert total == size
            assert share % width == 0
            assert slices <= penalty.MAX_SLICES
            assert (int(slices) - 1) * int(share) < size <= int(slices) * int(share)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g, t: penalty.value(None, g, Penalty("about", 1.0), t), "target"),
        (lambda g, t: penalty.interpolate(None, g, g[1:], t), "x_fake"),
        (lambda g, t: penalty.interpolate(None, g, g, t), "eps"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{message}: expected .*received"):
        call(np.zeros((4, 2)), np.zeros(2))
