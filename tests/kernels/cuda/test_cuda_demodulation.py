"""Demodulation on emulated threads against the layers' NumPy code."""

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan.kernels.cuda import demodulation
from scratchgan.kernels.cuda.demodulation import Tangents
from scratchgan.layers import demodulation as layers

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

DTYPES = ["float16", "float32", "float64"]
EPS = 1e-4


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(demodulation.SOURCE)


def drawn(rng, shape, dtype, offset=0):
    """Numbers on both sides of zero, which may start off the 16 bytes."""
    x = np.empty(int(np.prod(shape)) + offset, dtype)[offset:].reshape(shape)
    x[...] = rng.uniform(-1, 1, shape)
    return x


def close(found, exact, scale):
    """Equal to what float64 gives, but for rounding of sums of a given `scale`."""
    assert found.shape == exact.shape
    own = np.finfo(found.dtype)
    inside = np.finfo(np.result_type(found.dtype, np.float32)).eps
    limit = 16 * inside * scale + own.eps * np.abs(exact) + own.smallest_subnormal
    found = found.astype(np.float64)
    # where a style is near zero, d³ is 10⁶, and half ends at 65504
    beyond = (np.abs(exact) + limit > own.max) & (found == np.copysign(np.inf, exact))
    assert np.all(beyond | (np.abs(found - exact) <= limit))


class Problem:
    """Operands of one type, and the same numbers in float64."""

    def __init__(self, seed, N, K, C, O, dtype, offset=0):  # noqa: E741
        rng = np.random.default_rng(seed)
        shapes = {
            "s": (N, C),
            "W": (K, K, C, O),
            "dd": (N, O),
            "ts": (N, C),
            "tdd": (N, O),
        }
        given = {n: drawn(rng, of, dtype, offset) for n, of in shapes.items()}
        self.s, self.W, self.dd, self.ts, self.tdd = given.values()
        self.exact = [x.astype(np.float64) for x in given.values()]


def require_every_verb(run, p, more):
    """Each from operands that are exact; scales are sums of absolute values."""
    s, W, dd, ts, tdd = p.exact
    dtype = p.s.dtype
    Q = demodulation.squares(run, p.W)
    assert Q.dtype == np.result_type(dtype, np.float32)
    np.testing.assert_allclose(Q, (W * W).sum((0, 1)), rtol=8 * np.finfo(Q.dtype).eps)
    rounded = demodulation.forward(run, p.s, Q, EPS)
    td_rounded = demodulation.jvp(run, p.s, Q, rounded, p.ts)
    assert rounded.dtype == td_rounded.dtype == dtype
    d, td = rounded.astype(np.float64), td_rounded.astype(np.float64)
    size = (abs(s), abs(W), d)
    close(rounded, layers.demodulation(s, W, EPS), d)
    close(td_rounded, layers.push(s, W, d, ts), -layers.push(*size, abs(ts)))
    add_s, add_W = (p.ts, p.W) if more else (None, None)
    plus = (ts, W) if more else (0, 0)
    tangents = Tangents(p.ts, td_rounded, p.tdd)
    for along, twins, most in (
        (None, layers.pull(s, W, d, dd), layers.pull(*size, -abs(dd))),
        (
            tangents,
            layers.pull_tangent(s, W, d, dd, ts, td, tdd),
            layers.pull_tangent(*size, -abs(dd), abs(ts), abs(td), -abs(tdd)),
        ),
    ):
        by_s = demodulation.style(run, p.s, Q, rounded, p.dd, along, add_s)
        by_W = demodulation.weights(run, p.s, p.W, rounded, p.dd, along, add_W)
        assert by_s.dtype == by_W.dtype == dtype
        close(by_s, twins[0] + plus[0], most[0] + np.abs(plus[0]))
        close(by_W, twins[1] + plus[1], most[1] + np.abs(plus[1]))


@pytest.mark.parametrize("order", ORDERS)
@given(
    samples=st.integers(1, 9),
    kernel=st.integers(1, 3),
    channels=st.integers(1, 12),
    outputs=st.integers(1, 36),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 2**32 - 1),
    offset=st.integers(0, 1),
    more=st.booleans(),
)
@settings(max_examples=8, deadline=None)
def test_every_verb(
    order, samples, kernel, channels, outputs, dtype, seed, offset, more
):
    p = Problem(seed, samples, kernel, channels, outputs, dtype, offset)
    require_every_verb(Emulated(order), p, more)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", [(9, 2, 33, 34), (1, 3, 8, 32), (17, 1, 5, 1)])
def test_more_blocks_than_one(sizes, dtype, order):
    require_every_verb(Emulated(order), Problem(0, *sizes, dtype), more=True)


def test_small_styles_do_not_overflow_in_float16():
    """There d is large, and d³ above the largest float16."""
    s, W = np.full((1, 3), 0.01, np.float16), np.full((1, 1, 3, 2), 0.5, np.float16)
    run, dd = Emulated(), np.full((1, 2), 0.01, np.float16)
    Q = demodulation.squares(run, W)
    d = demodulation.forward(run, s, Q, 1e-8)
    assert np.all(d.astype(np.float64) ** 3 > np.finfo(np.float16).max)
    ds, dW = layers.pull(s, W, d, dd)
    np.testing.assert_allclose(demodulation.style(run, s, Q, d, dd), ds, rtol=2e-3)
    np.testing.assert_allclose(demodulation.weights(run, s, W, d, dd), dW, rtol=2e-3)


def test_nothing_is_launched_on_nothing():
    launched = []
    s, W, d = np.zeros((0, 3)), np.zeros((1, 1, 3, 2)), np.zeros((0, 2))
    Q = np.zeros((3, 2))
    assert demodulation.forward(launched.append, s, Q, 0.0).size == 0
    assert demodulation.jvp(launched.append, s, Q, d, s).size == 0
    assert demodulation.style(launched.append, s, Q, d, d).size == 0
    assert demodulation.squares(launched.append, W[:, :, :0]).size == 0
    assert not launched
    np.testing.assert_array_equal(demodulation.weights(Emulated(), s, W, d, d), 0 * W)


def fake(*shape):
    """An array that takes no memory."""
    return np.broadcast_to(np.float32(1), shape)


def test_blocks_cover_arrays_past_32_bits(monkeypatch):
    """The launches alone are looked at; nothing is allocated either."""
    found = []
    monkeypatch.setattr(
        demodulation.np, "empty_like", lambda x, shape, dtype=None: fake(*shape)
    )
    monkeypatch.setattr(demodulation, "contiguous", lambda x: x)
    monkeypatch.setattr(demodulation, "aligned", lambda x: x)
    samples, channels, outputs = 2**26, 40, 33
    s, Q, d = fake(samples, channels), fake(channels, outputs), fake(samples, outputs)
    demodulation.forward(found.append, s, Q, 0.0)
    demodulation.style(found.append, s, Q, d, d)
    wide = fake(1, 1, 2**20 + 1, 2**12 + 4)
    demodulation.squares(found.append, wide)
    s, d = fake(2, wide.shape[2]), fake(2, wide.shape[3])
    demodulation.weights(found.append, s, wide, d, d)
    assert [launch.grid[0] for launch in found] == [
        *(samples // 8 * 2, samples // 4 * 20 // 8),
        *(wide.size // 1024 + 1, (2**15 + 1) * (2**7 + 1)),
    ]
    assert found[2].args[-1] == wide.size


@pytest.mark.parametrize("name", ["Q", "more", "d", "dd", "ts", "td", "tdd"])
def test_what_does_not_fit_is_refused(name):
    s, Q, d = np.zeros((2, 3)), np.zeros((3, 4)), np.zeros((2, 4))
    args = {"s": s, "Q": Q, "d": d, "dd": d, "more": s}
    args |= {"ts": s, "td": d, "tdd": d}
    args[name] = args[name][:1]
    tangents = Tangents(*(args.pop(each) for each in Tangents._fields))
    with pytest.raises(ValueError, match=f"^{name}: expected float64 .*received"):
        demodulation.style(None, **args, tangents=tangents)
