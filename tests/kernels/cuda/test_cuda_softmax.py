"""Softmax on emulated threads against the layer's own sweeps."""

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.kernels.cuda import softmax
from scratchgan.layers.softmax import jacobian, jacobian_tangent
from scratchgan.layers.softmax import softmax as twin

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

DTYPES = ["float16", "float32", "float64"]


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(softmax.SOURCE)


def drawn(rng, shape, dtype, offset=0):
    """Normal numbers, which may start off the 16 bytes."""
    x = np.empty(int(np.prod(shape)) + offset, dtype)[offset:].reshape(shape)
    x[...] = rng.standard_normal(shape)
    return x


def close(found, exact, *terms):
    """Equal to what float64 gives but for rounding of sums of `terms` over the row."""
    own = np.finfo(found.dtype)
    inside = float(np.finfo(np.result_type(found.dtype, np.float32)).eps)
    scale = sum(np.abs(t).max(axis=-1, keepdims=True) for t in terms) + np.abs(exact)
    limit = 16 * inside * scale + float(own.eps) * np.abs(exact)
    error = np.abs(found.astype(np.float64) - exact)
    assert np.all(error <= limit + float(own.smallest_subnormal))


def require_every_sweep(run, x, dy, tx, tdy):
    y = softmax.forward(run, x)
    assert (y.dtype, y.shape) == (x.dtype, x.shape)
    close(y, twin(x.astype(np.float64)))
    eps = 8 * max(1, np.abs(x).max()) * np.finfo(x.dtype).eps
    np.testing.assert_allclose(y, twin(x), rtol=eps, atol=eps)
    dx, ty = softmax.backward(run, y, dy), softmax.backward(run, y, tx)
    p, u, t, w, second = (a.astype(np.float64) for a in (y, dy, ty, tx, tdy))
    # Sums of p u are at most the largest u of the row, since those of p are one.
    close(dx, jacobian(p, u), p * np.abs(u).max(axis=-1, keepdims=True))
    close(ty, jacobian(p, w), p * np.abs(w).max(axis=-1, keepdims=True))
    exact = jacobian_tangent(p, t, u)
    most = np.abs(t).sum(axis=-1, keepdims=True) * np.abs(u).max(axis=-1, keepdims=True)
    close(softmax.backward_jvp(run, y, dy, ty), exact, most)
    close(
        softmax.backward_jvp(run, y, dy, ty, tdy),
        exact + jacobian(p, second),
        most,
        second,
    )


@pytest.mark.parametrize("order", ORDERS)
@given(
    rows=st.lists(st.integers(1, 4), max_size=3),
    size=st.one_of(st.integers(1, 40), st.sampled_from([128, 300, 520])),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
)
@settings(max_examples=15, deadline=None)
def test_every_sweep_is_the_layers(order, rows, size, dtype, seed, offset):
    rng, shape = np.random.default_rng(seed), (*rows, size)
    arrays = (drawn(rng, shape, dtype, offset) for _ in range(4))
    require_every_sweep(Emulated(order), *arrays)


@pytest.mark.parametrize("dtype", DTYPES)
def test_nothing_overflows_and_what_is_no_number_shows(dtype):
    x = np.array([[1e4, -1e4, 0], [6e4, 6e4, -6e4], [1, np.nan, 2]], dtype)
    y = softmax.forward(Emulated(), x)
    np.testing.assert_array_equal(y[:2], [[1, 0, 0], [0.5, 0.5, 0]])
    assert np.isnan(y[2]).all()


def test_nothing_is_launched_on_nothing():
    launched = []
    for shape in ((0, 5), (5, 0)):
        x = np.zeros(shape)
        assert softmax.forward(launched.append, x).shape == shape
        softmax.backward(launched.append, x, x)
        softmax.backward_jvp(launched.append, x, x, x)
    assert not launched


def test_blocks_cover_rows_past_32_bits():
    """Of an array that takes no memory; the launch alone is looked at."""
    x, found = np.broadcast_to(np.float16(1), (2**22, 1031)), []
    softmax.launch_rows(found.append, softmax.SOURCE, "forward", x, x, x)
    (launch,) = found
    assert launch.grid == (2**19, 1, 1)
    assert launch.block == 256
    assert launch.kernel == "forward<__half, 1>"
    assert launch.args[-2:] == (2**22, 1031)


@pytest.mark.parametrize("name", ["dy", "ty", "tdy"])
def test_what_does_not_fit_is_refused(name):
    y = np.zeros((2, 3))
    args = {"dy": y, "ty": y, "tdy": y} | {name: y[:1]}
    with pytest.raises(ValueError, match=f"^{name}: expected float64 .*received"):
        softmax.backward_jvp(None, y, **args)
