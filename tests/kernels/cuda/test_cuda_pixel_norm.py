"""PixelNorm on emulated threads against the layer's own sweeps."""

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.kernels.cuda import pixel_norm, rows
from scratchgan.layers import PixelNorm
from scratchgan.layers.pixel_norm import PixelNormTangent
from scratchgan.layers.standardize import Standardized

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

DTYPES = ["float16", "float32", "float64"]
LAYER = PixelNorm(1e-4)


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(pixel_norm.SOURCE)


def drawn(rng, shape, dtype, offset=0):
    """Normal numbers, which may start off the 16 bytes."""
    x = np.empty(int(np.prod(shape)) + offset, dtype)[offset:].reshape(shape)
    x[...] = rng.standard_normal(shape)
    return x


def close(found, exact, scale):
    """Equal to what float64 gives but for rounding of terms of a given scale."""
    assert found.shape == exact.shape
    own = np.finfo(found.dtype)
    inside = float(np.finfo(np.result_type(found.dtype, np.float32)).eps)
    limit = 16 * inside * (scale + np.abs(exact)) + float(own.eps) * np.abs(exact)
    error = np.abs(found.astype(np.float64) - exact)
    assert np.all(error <= limit + float(own.smallest_subnormal))


def most(x):
    """The largest of each row."""
    return np.abs(x).max(axis=-1, keepdims=True)


def require_every_sweep(run, x, dy, tx, tdy):
    """Each from operands that are exact: the layer, in float64, is given the kernel's.

    Means of products with h are at most the largest of the row, as m(h²) ≤ 1.
    """
    h, r = pixel_norm.forward(run, x, LAYER.eps)
    out, found = LAYER.forward((), x.astype(np.float64))
    close(h, out, 0)
    close(r, found.r, 0)
    dx, th = pixel_norm.backward(run, h, r, dy), pixel_norm.backward(run, h, r, tx)
    assert h.dtype == dx.dtype == th.dtype == x.dtype
    wide = (a.astype(np.float64) for a in (h, r, dy, tx, th, tdy))
    unit, scale, u, w, t, second = wide
    cache = Standardized(unit, scale)
    size = scale * (1 + np.abs(unit))
    close(dx, LAYER.backward((), cache, u)[0], size * most(u))
    close(th, LAYER.jvp((), cache, w)[0], size * most(w))
    tcache = PixelNormTangent(w, t)
    moving = size * (scale * most(w) + most(t)) * (1 + np.abs(unit)) * most(u)
    for given_tdy, exact_tdy in ((None, None), (tdy, second)):
        tdx = pixel_norm.backward_jvp(run, h, r, dy, tx, th, given_tdy)
        assert tdx.dtype == x.dtype
        exact = LAYER.backward_jvp((), cache, u, tcache, exact_tdy)[0]
        close(tdx, exact, moving + size * most(second))


@pytest.mark.parametrize("order", ORDERS)
@given(
    before=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    size=st.one_of(st.integers(1, 40), st.sampled_from([128, 300, 520])),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
)
@settings(max_examples=15, deadline=None)
def test_every_sweep_is_the_layers(order, before, size, dtype, seed, offset):
    rng, shape = np.random.default_rng(seed), (*before, size)
    arrays = (drawn(rng, shape, dtype, offset) for _ in range(4))
    require_every_sweep(Emulated(order), *arrays)


def test_squares_of_float16_do_not_overflow():
    h, r = pixel_norm.forward(Emulated(), np.full((2, 9), 6e4, np.float16), 1e-8)
    np.testing.assert_array_equal(h, np.ones_like(h))
    assert np.all(r > 0)


def test_zero_has_a_finite_scale():
    h, r = pixel_norm.forward(Emulated(), np.zeros((3, 4), np.float32), 1e-4)
    np.testing.assert_array_equal(h, 0)
    np.testing.assert_allclose(r, 100, rtol=1e-6)


def test_nothing_is_launched_on_nothing():
    launched = []
    for shape in ((0, 5), (5, 0)):
        h, r = pixel_norm.forward(launched.append, np.zeros(shape), 1e-8)
        pixel_norm.backward(launched.append, h, r, h)
        pixel_norm.backward_jvp(launched.append, h, r, h, h, h)
    assert not launched


def test_blocks_cover_rows_past_32_bits():
    """Of an array that takes no memory; the launch alone is looked at."""
    x, found = np.broadcast_to(np.float32(1), (2**24 + 1, 512)), []
    rows.launch_rows(found.append, pixel_norm.SOURCE, "backward", x, x, x, x, x)
    (launch,) = found
    assert launch.grid == (2**21 + 1, 1, 1)
    assert launch.kernel == "backward<float, 4>"
    assert launch.args[-2:] == (2**24 + 1, 512)


@pytest.mark.parametrize("name", ["r", "dy", "tx", "th", "tdy"])
def test_what_does_not_fit_is_refused(name):
    h, r = np.zeros((2, 3)), np.zeros((2, 1))
    args = {"r": r, "dy": h, "tx": h, "th": h, "tdy": h}
    args[name] = args[name][:1]
    with pytest.raises(ValueError, match=f"^{name}: expected float64 .*received"):
        pixel_norm.backward_jvp(None, h, **args)
