"""Bias and activation on emulated threads against the layers' own sweeps."""

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratchgan import layers
from scratchgan.kernels.cuda import activation
from scratchgan.kernels.cuda.activation import Activation

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

CASES = {
    "ReLU": (layers.ReLU(), Activation("LeakyReLU", 0.0)),
    "LeakyReLU": (layers.LeakyReLU(0.2), Activation("LeakyReLU", 0.2)),
    "Tanh": (layers.Tanh(), Activation("Tanh")),
    "Sigmoid": (layers.Sigmoid(), Activation("Sigmoid")),
    "Softplus": (layers.Softplus(), Activation("Softplus")),
    "ELU": (layers.ELU(0.7), Activation("ELU", 0.7)),
    "SELU": (
        layers.SELU(),
        Activation("ELU", layers.SELU().alpha, layers.SELU().scale),
    ),
    "SmoothELU": (layers.SmoothELU(), Activation("SmoothELU")),
    "SiLU": (layers.SiLU(), Activation("SiLU")),
    "GELU": (layers.GELU(), Activation("GELU")),
    "GELU, tanh": (layers.GELU("tanh"), Activation("TanhGELU")),
}


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(activation.SOURCE)


def close(found, twin, dtype, *factors):
    """Equal but for rounding of f, f′ and f″, and of their factors.

    The approximate GELU multiplies 1 − t², which has an error of two units of one, by
    up to 25 where |u| ≤ 4. The layers compute float16 in float16, the kernels in
    float32.
    """
    assert found.dtype == dtype
    limit = 64 * float(np.finfo(dtype).eps)
    scale = 1 + np.prod([np.abs(f, dtype=np.float64) for f in factors], axis=0)
    error = np.abs(found.astype(np.float64) - twin.astype(np.float64))
    assert np.all(error <= limit * (scale + np.abs(twin, dtype=np.float64)))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", CASES)
@given(
    shape=hnp.array_shapes(min_dims=2, max_dims=4, max_side=7),
    dtype=st.sampled_from(["float16", "float32", "float64"]),
    seed=st.integers(0, 2**32 - 1),
    biased=st.booleans(),
    offset=st.integers(0, 1),
)
@settings(max_examples=10, deadline=None)
def test_every_sweep_is_the_layers(name, order, shape, dtype, seed, biased, offset):
    layer, kind = CASES[name]
    run, rng = Emulated(order), np.random.default_rng(seed)

    def drawn(of=shape):
        """Numbers on both sides of zero, which may start off the 16 bytes."""
        size = int(np.prod(of))
        x = np.empty(size + offset, dtype)[offset:].reshape(of)
        x[...] = rng.uniform(-2, 2, size=of)
        return x

    x, dy, tx, tdy = (drawn() for _ in range(4))
    bias = drawn(shape[-1:]) if biased else None
    y, u = activation.forward(run, x, bias, kind)
    expected = x if bias is None else x + bias
    np.testing.assert_array_equal(u, expected)
    out, cache = layer.forward((), expected)
    close(y, out, dtype)
    dx, _, dcache = layer.backward((), cache, dy)
    ty, tcache = layer.jvp((), cache, tx)
    close(activation.backward(run, u, dy, kind), dx, dtype, dy)
    close(activation.backward(run, u, tx, kind), ty, dtype, tx)
    for second in (tdy, None):
        found = activation.backward_jvp(run, u, dy, tx, second, kind)
        tdx = layer.backward_jvp((), cache, dcache, tcache, second)[0]
        close(found, np.zeros_like(x) if tdx is None else tdx, dtype, tx, dy)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_nothing_overflows_far_out(name, dtype):
    """Where exponentials overflow, the sweeps are at their limits, never NaN."""
    layer, kind = CASES[name]
    x, run = np.array([-1e4, 1e4, -60, 60, 0.0, -0.0], dtype), Emulated()
    one = np.ones_like(x)
    y, _ = activation.forward(run, x, None, kind)
    dx = activation.backward(run, x, one, kind)
    out, cache = layer.forward((), x)
    close(y, out, dtype)
    close(dx, layer.backward((), cache, one)[0], dtype)
    assert np.isfinite(activation.backward_jvp(run, x, one, one, None, kind)).all()
