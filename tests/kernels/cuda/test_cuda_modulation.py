"""Modulation and demodulation on emulated threads against the layer's NumPy code."""

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratchgan.kernels.cuda import modulation, reductions
from scratchgan.layers import ModulatedConv2d
from scratchgan.layers.modulated_conv import ModulatedConvParams

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

DTYPES = ["float16", "float32", "float64"]


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(modulation.SOURCE)
    compiled(reductions.SOURCE)


def drawn(rng, shape, dtype, offset=0):
    """Numbers on both sides of zero, which may start off the 16 bytes."""
    x = np.empty(int(np.prod(shape)) + offset, dtype)[offset:].reshape(shape)
    x[...] = rng.uniform(-2, 2, shape)
    return x


def each(s, x):
    """(N, C) for every pixel of (N, …, C)."""
    return s.reshape(len(s), *(1,) * (x.ndim - 2), s.shape[-1])


def require_product(found, *pairs):
    """Σ a b over pairs: the same number but in float16, which is rounded once."""
    twin = sum(a * b for a, b in pairs)
    assert (found.dtype, found.shape) == (twin.dtype, twin.shape)
    if found.dtype == np.float16 and len(pairs) > 1:
        scale = sum(np.abs(a * b) for a, b in pairs)
        limit = 2 * np.finfo(np.float16).eps * (scale + np.float16(1e-3))
        assert np.all(np.abs(found - twin) <= limit)
    else:
        np.testing.assert_array_equal(found, twin)


def require_sum(found, *pairs):
    """Σ a b over pairs and all axes between the first and the last, up to rounding."""
    dtype = found.dtype
    terms = sum(a.astype(np.float64) * b for a, b in pairs)
    between = tuple(range(1, terms.ndim - 1))
    scale = sum(np.abs(a.astype(np.float64) * b) for a, b in pairs).sum(between)
    assert found.shape == scale.shape
    inside, rows = np.finfo(np.result_type(dtype, np.float32)).eps, terms.size
    limit = (8 + np.log2(1 + rows)) * inside * scale
    if dtype == np.float16:
        limit += float(np.finfo(dtype).eps) * np.abs(terms.sum(between))
        limit += float(np.finfo(dtype).smallest_subnormal)
    assert np.all(np.abs(found - terms.sum(between)) <= limit)


@pytest.mark.parametrize("order", ORDERS)
@given(
    shape=hnp.array_shapes(min_dims=2, max_dims=4, max_side=9),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
    given_tx=st.booleans(),
    given_tdu=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_every_sweep(order, shape, dtype, seed, offset, given_tx, given_tdu):
    run, rng = Emulated(order), np.random.default_rng(seed)
    x, du, tx, tdu = (drawn(rng, shape, dtype, offset) for _ in range(4))
    s, ts = (drawn(rng, (shape[0], shape[-1]), dtype, offset) for _ in range(2))
    by, moved = each(s, x), each(ts, x)
    require_product(modulation.forward(run, x, s), (by, x))
    pairs = [(by, tx)] * given_tx + [(moved, x)]
    require_product(modulation.jvp(run, x, s, tx if given_tx else None, ts), *pairs)
    dx, ds = modulation.backward(run, x, s, du)
    require_product(dx, (by, du))
    require_sum(ds, (x, du))
    tdx, tds = modulation.backward_jvp(
        run, x, s, du, tx if given_tx else None, ts, tdu if given_tdu else None
    )
    require_product(tdx, (moved, du), *[(by, tdu)] * given_tdu)
    both = [(tx, du)] * given_tx + [(x, tdu)] * given_tdu
    require_sum(tds, *both or [(np.zeros_like(x), du)])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 700, 5), (1, 16800, 1), (1, 33, 65, 16)])
def test_rows_in_parts(shape, dtype, order):
    """Of one sample several blocks take their parts, whose sums are added after."""
    run, rng = Emulated(order), np.random.default_rng(0)
    x, du, tx, tdu = (drawn(rng, shape, dtype) for _ in range(4))
    s, ts = (drawn(rng, (shape[0], shape[-1]), dtype) for _ in range(2))
    assert modulation.tiles(modulation.seen(x, s), x.dtype).parts > 1
    dx, ds = modulation.backward(run, x, s, du)
    require_product(dx, (each(s, x), du))
    require_sum(ds, (x, du))
    tdx, tds = modulation.backward_jvp(run, x, s, du, tx, ts, tdu)
    require_product(tdx, (each(ts, x), du), (each(s, x), tdu))
    require_sum(tds, (tx, du), (x, tdu))
    require_product(
        modulation.jvp(run, x, s, tx, ts), (each(s, x), tx), (each(ts, x), x)
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_is_the_layers_modulation(dtype):
    """A convolution with the identity, without demodulation, is the product itself."""
    run, rng = Emulated(), np.random.default_rng(1)
    shape, channels = (3, 4, 5, 6), 6
    x, dy, tx, tdy = (drawn(rng, shape, dtype) for _ in range(4))
    s, ts = (drawn(rng, (3, channels), dtype) for _ in range(2))
    layer = ModulatedConv2d(channels, kernel=1, padding=0, demodulate=False)
    params = ModulatedConvParams(np.eye(channels, dtype=dtype)[None, None])
    y, cache = layer.forward(params, (x, s))
    dx, _, dcache = layer.backward(params, cache, dy)
    ty, tcache = layer.jvp(params, cache, (tx, ts))
    tdx, _ = layer.backward_jvp(params, cache, dcache, tcache, tdy)
    close = {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(modulation.forward(run, x, s), y, **close)
    np.testing.assert_allclose(modulation.jvp(run, x, s, tx, ts), ty, **close)
    for found, twin in zip(modulation.backward(run, x, s, dy), dx, strict=True):
        np.testing.assert_allclose(found, twin, **close)
    second = modulation.backward_jvp(run, x, s, dy, tx, ts, tdy)
    for found, twin in zip(second, tdx, strict=True):
        np.testing.assert_allclose(found, twin, **close)


def test_no_pixels_and_no_samples():
    s = np.ones((2, 3), np.float32)
    empty = np.zeros((2, 0, 3), np.float32)
    dx, ds = modulation.backward(Emulated(), empty, s, empty)
    assert dx.shape == empty.shape
    np.testing.assert_array_equal(ds, np.zeros_like(s))
    launched = []
    assert modulation.forward(launched.append, empty, s).size == 0
    modulation.backward(launched.append, empty[:0], s[:0], empty[:0])
    assert not launched


@pytest.mark.parametrize("shape", [(2, 2**27 + 3, 16), (2**22, 1024, 1), (2, 3, 2**31)])
def test_blocks_cover_arrays_past_32_bits(shape):
    """The layout of an array that takes no memory."""
    x = np.broadcast_to(np.float16(1), shape)
    s = np.broadcast_to(np.float16(1), (shape[0], shape[-1]))
    cover = modulation.tiles(modulation.seen(x, s), x.dtype)
    view = cover.view
    groups = 256 // (view["c_lanes"] * view["p_lanes"])
    channels = int(view["across"]) * int(view["c_lanes"]) * cover.width
    assert int(view["parts"]) * int(view["part"]) >= view["rows"]
    assert channels >= shape[-1]
    assert cover.grid[0] // view["across"] // cover.parts * groups >= shape[0]


@pytest.mark.parametrize("name", ["s", "du", "tx", "ts", "tdu"])
def test_what_does_not_fit_is_refused(name):
    x, s = np.zeros((2, 3, 4)), np.zeros((2, 4))
    args = {"x": x, "s": s, "du": x, "tx": x, "ts": s, "tdu": x}
    args[name] = args[name][:1]
    with pytest.raises(ValueError, match=f"^{name}: expected float64 .*received"):
        modulation.backward_jvp(None, **args)
