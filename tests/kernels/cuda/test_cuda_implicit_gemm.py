"""Implicit GEMM on emulated threads against sums in float64 of rounded operands."""

from math import prod

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, compiled
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from scratchgan.kernels import direct
from scratchgan.kernels.cuda import implicit_gemm as launcher
from scratchgan.kernels.cuda import reductions
from scratchgan.kernels.cuda.implicit_gemm import COMPUTE, dgrad, fprop, wgrad
from scratchgan.kernels.geometry import Geometry

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

EPS = np.finfo(np.float32).eps


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(launcher.SOURCE)
    compiled(reductions.SOURCE)


@pytest.fixture(scope="module", autouse=True)
def _small_problems_as_large_ones():
    """The large tile for them, too, and several parts of a sum of a few steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launcher, "ENOUGH", 1)
        patch.setattr(launcher, "STEPS", 2)
        yield


@st.composite
def problems(draw, most=3):
    """A geometry, shapes of x and W, and a way to compute."""

    def each(low, high):
        return (draw(st.integers(low, high)), draw(st.integers(low, high)))

    padding = tuple(zip(each(0, 3), each(0, 3), strict=True))
    geometry = Geometry(each(1, 5), each(1, most), padding, each(1, 2))
    size = each(1, 9)
    if min(geometry.output_size(size)) < 1:
        reject()
    channels = st.sampled_from([1, 3, 7, 8, 16, 24, 65, 72, 136])
    C, features = draw(channels), draw(channels)
    if prod(geometry.kernel) * C * features > 40_000:  # it would take long
        reject()
    return (
        geometry,
        (draw(st.integers(1, 4)), *size, C),
        (*geometry.kernel, C, features),
        draw(st.sampled_from(list(COMPUTE))),
    )


def drawn(make, problem, offset=0):
    """x, W and dy, of numbers that `make` makes; they may start off the 16 bytes."""
    geometry, x_shape, W_shape, compute = problem
    out = geometry.output_size(x_shape[1:-1])
    shapes = x_shape, W_shape, (x_shape[0], *out, W_shape[-1])
    return [filled(make(shape), COMPUTE[compute].dtype, offset) for shape in shapes]


def filled(values, dtype, offset):
    x = np.empty(values.size + offset, dtype)[offset:].reshape(values.shape)
    x[...] = values
    return x


def integers(shape):
    return np.random.default_rng(prod(shape)).integers(-2, 3, shape)


def normal(shape):
    return np.random.default_rng(prod(shape)).normal(size=shape)


def rounded(x, compute):
    """What the products are of, in float64."""
    bits = x.view(np.uint32) if x.dtype == np.float32 else None
    if compute == "tf32":
        x = ((bits + 0x1000) & 0xFFFFE000).view(np.float32)
    elif compute == "bf16":
        x = ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32)
    return x.astype(np.float64)


def computed(run, arrays, problem):
    """By the kernels: y, dx and dW."""
    geometry, x_shape, _, compute = problem
    x, W, dy = arrays
    return (
        fprop(run, x, W, geometry, compute),
        dgrad(run, dy, W, geometry, x_shape[1:-1], compute),
        wgrad(run, x, dy, geometry, compute),
    )


def exact(arrays, problem):
    """By NumPy, in the type of the arrays."""
    geometry, x_shape, *_ = problem
    x, W, dy = arrays
    return (
        direct.fprop(x, W, geometry),
        direct.dgrad(dy, W, geometry, x_shape[1:-1]),
        direct.wgrad(x, dy, geometry),
    )


def unwritten(order="forward"):
    """Runs kernels whose results are not numbers before."""
    result = {"fprop": 3, "dgrad": 2, "wgrad": 2, "sums": 2}
    met = []

    def run(launch):
        written = launch.args[result[launch.kernel.partition("<")[0]]]
        if not any(written is array for array in met):  # phases may need more launches
            written.fill(np.nan)
            met.append(written)
        Emulated(order)(launch)

    return run


@pytest.mark.parametrize("order", ORDERS)
@given(problem=problems(), offset=st.integers(0, 1))
@settings(max_examples=25, deadline=None)
def test_integers_are_exact(problem, offset, order):
    """All are exact in every type, and so is every sum, whatever its order."""
    arrays = drawn(integers, problem, offset)
    twins = exact([a.astype(np.float64) for a in arrays], problem)
    for found, twin in zip(
        computed(unwritten(order), arrays, problem), twins, strict=True
    ):
        assert found.dtype == arrays[0].dtype
        np.testing.assert_array_equal(found, twin.astype(found.dtype))


@given(problem=problems(most=2))
@settings(max_examples=25, deadline=None)
def test_sums_are_those_of_rounded_operands(problem):
    """Within K additions of float32, each of half an ulp here, of one on hardware."""
    geometry, x_shape, W_shape, compute = problem
    arrays = drawn(normal, problem)
    operands = [rounded(a, compute) for a in arrays]
    twins = exact(operands, problem)
    sizes = exact([np.abs(a) for a in operands], problem)
    out = prod(geometry.output_size(x_shape[1:-1]))
    taps = prod(geometry.kernel)
    lengths = (taps * x_shape[-1], taps * W_shape[-1], x_shape[0] * out)
    found = computed(unwritten(), arrays, problem)
    for y, twin, size, length in zip(found, twins, sizes, lengths, strict=True):
        allowed = length * EPS * size
        if y.dtype == np.float16:
            allowed += np.finfo(np.float16).eps * np.abs(twin) + 2.0**-24
        assert (np.abs(y - twin) <= allowed).all()


@given(problem=problems(most=2), alpha=st.sampled_from([None, 0.25, -0.5]))
@settings(max_examples=15, deadline=None)
def test_bias_and_activation(problem, alpha):
    geometry, _, W_shape, compute = problem
    x, W, _ = drawn(integers, problem)
    bias = filled(integers((W_shape[-1],)), x.dtype, 0)
    u = direct.fprop(x.astype("f8"), W.astype("f8"), geometry) + bias
    y = fprop(unwritten(), x, W, geometry, compute, bias, alpha)
    twin = u if alpha is None else np.where(u < 0, alpha * u, u)
    np.testing.assert_array_equal(y, twin)
    y = fprop(unwritten(), x, W, geometry, compute, None, alpha)
    u = u - bias
    twin = u if alpha is None else np.where(u < 0, alpha * u, u)
    np.testing.assert_array_equal(y, twin)


#: More than the large tile either way, and more steps than lie in shared memory.
LARGE = (
    Geometry((1, 2), (1, 1), ((0, 0), (0, 1)), (1, 1)),
    (2, 9, 8, 72),
    (1, 2, 72, 136),
)


@pytest.mark.parametrize("compute", COMPUTE)
def test_bits_depend_neither_on_tiles_nor_on_alignment(compute, monkeypatch):
    problem = (*LARGE, compute)
    kernels = []

    def run(launch):
        kernels.append(launch.kernel)
        Emulated()(launch)

    large = computed(run, drawn(normal, problem), problem)
    assert sum("128>" in kernel for kernel in kernels) == 3
    monkeypatch.setattr(launcher, "LARGE", launcher.SMALL)
    small = computed(run, drawn(normal, problem), problem)
    single = computed(run, drawn(normal, problem, 1), problem)
    assert sum(", 1, 64>" in kernel for kernel in kernels) == 3
    for a, b, c in zip(large, small, single, strict=True):
        assert a.tobytes() == b.tobytes() == c.tobytes()


@pytest.mark.parametrize("compute", COMPUTE)
def test_numbers_outside_are_not_multiplied(compute):
    """An infinity spoils what meets it, and nothing beyond the end of a row or sum."""
    geometry = Geometry((3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1))
    problem = (geometry, (2, 5, 5, 3), (3, 3, 3, 9), compute)
    x, W, dy = drawn(normal, problem)
    clean = computed(Emulated(), (x, W, dy), problem)
    x[0, 3, 3, 0] = dy[0, 3, 3, 0] = np.inf
    with np.errstate(invalid="ignore"):
        found = computed(Emulated(), (x, W, dy), problem)
        twins = exact([a.astype(np.float64) for a in (x, W, dy)], problem)
    for y, before, twin in zip(found, clean, twins, strict=True):
        spoilt = ~np.isfinite(twin)
        assert spoilt.any()
        assert not spoilt.all()
        np.testing.assert_array_equal(np.isfinite(y), ~spoilt)
        np.testing.assert_array_equal(y[~spoilt], before[~spoilt])
