"""upfirdn2d on emulated threads against that of NumPy."""

import mmap
from math import prod

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, SANITIZE, Emulated, available, compiled
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from scratchgan.kernels import upfirdn2d as numpys
from scratchgan.kernels.cuda import upfirdn2d as launcher
from scratchgan.kernels.cuda.upfirdn2d import upfirdn2d
from scratchgan.kernels.resampling import Filter, along

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

DTYPES = ["float16", "float32", "float64"]


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(launcher.SOURCE)


def on_device(how, dtype):
    """The filter as the kernel takes it."""
    return how._replace(f=how.f.astype("f8" if dtype == "float64" else "f4"))


def filled(values, dtype, offset):
    """`values` in an array which may start off the 16 bytes."""
    x = np.empty(values.size + offset, dtype)[offset:].reshape(values.shape)
    x[...] = values
    return x


@st.composite
def problems(draw, channels=(1, 2, 8)):
    """A filter of integers on one to three axes, and images that it fits."""
    axes = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    rng = np.random.default_rng(draw(st.integers(0, 99)))
    f = rng.integers(-3, 4, each(1, 3 if axes == 3 else 5)).astype(np.float64)
    padding = tuple(zip(each(-4, 4), each(-4, 4), strict=True))
    how = Filter(f, each(1, 4), each(1, 4), padding)
    size = each(1, 3 if axes == 3 else 6)
    if min(how.output_size(size)) < 1:
        reject()
    width = draw(st.sampled_from(channels))
    return how, rng.integers(-4, 5, (2, *size, width))


@pytest.mark.parametrize("order", ORDERS)
@given(problem=problems(), dtype=st.sampled_from(DTYPES), offset=st.integers(0, 1))
@settings(max_examples=40, deadline=None)
def test_sums_of_integers_are_numpys(problem, dtype, offset, order):
    """They are exact in any order, so that every bit is compared."""
    how, x = problem
    x = filled(x, dtype, offset)
    y = upfirdn2d(Emulated(order), x, on_device(how, dtype))
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, numpys.upfirdn2d(x, how))


@given(problem=problems(channels=(3,)), dtype=st.sampled_from(DTYPES))
@settings(max_examples=30, deadline=None)
def test_the_adjoint_is_another_launch(problem, dtype):
    """Whose filter is a view from the last tap to the first."""
    how, x = problem
    size, out = x.shape[1:-1], how.output_size(x.shape[1:-1])
    dy = np.random.default_rng(0).integers(-4, 5, (2, *out, 3)).astype(dtype)
    dx = upfirdn2d(Emulated(), dy, on_device(how, dtype).adjoint(size))
    assert dx.shape == x.shape
    np.testing.assert_array_equal(dx, numpys.upfirdn2d(dy, how.adjoint(size)))


def any_instance(launch):
    """Run the instance for any filter in place of that for a known one."""
    name = launch.kernel.split(", ")
    assert name[2:] != ["0", "0", "0>"]
    Emulated()(launch._replace(kernel=", ".join((*name[:2], "0", "0", "0>"))))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("known", launcher.KNOWN)
@given(
    dtype=st.sampled_from(DTYPES),
    channels=st.sampled_from([1, 3, 8]),
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    padding=st.tuples(*[st.tuples(st.integers(-2, 4), st.integers(-2, 4))] * 2),
    depth=st.integers(0, 3),
    offset=st.integers(0, 1),
)
@settings(max_examples=12, deadline=None)
def test_known_filters_are_as_any_and_numpys(
    known, order, dtype, channels, size, padding, depth, offset
):
    up, down, taps = known
    rng = np.random.default_rng(0)
    f = rng.normal(size=(taps, taps))
    how = Filter(f, (up,) * 2, (down,) * 2, padding)
    if depth:  # an axis before, along which nothing happens
        how = Filter(f[None], (1, up, up), (1, down, down), ((0, 0), *padding))
        size = (depth, *size)
    if min(how.output_size(size)) < 1:
        reject()
    x = filled(rng.normal(size=(2, *size, channels)), dtype, offset)
    there = on_device(how, dtype)
    y = upfirdn2d(Emulated(order), x, there)
    np.testing.assert_array_equal(y, upfirdn2d(any_instance, x, there))
    twin = numpys.upfirdn2d(x.astype("f8"), how)
    terms = numpys.upfirdn2d(np.abs(x, dtype="f8"), how._replace(f=np.abs(how.f)))
    # f, each product and each sum is rounded by half an eps, as is what is written
    limit = (taps**2 + 2) / 2 * np.finfo(there.f.dtype).eps * terms
    if dtype == "float16":
        kept = np.finfo(dtype)
        limit += kept.eps / 2 * (np.abs(twin) + limit + kept.tiny)
    assert np.all(np.abs(y.astype("f8") - twin) <= limit)


@pytest.mark.parametrize(
    "how",
    [
        Filter(np.ones((2, 4, 4)), (1, 2, 2), (1, 1, 1), ((1, 0), (2, 1), (2, 1))),
        Filter(np.ones((1, 4, 4)), (2, 1, 1), (1, 1, 1), ((0, 0), (2, 1), (2, 1))),
        Filter(np.ones((1, 4, 4)), (1, 1, 1), (2, 2, 2), ((0, 0), (2, 1), (2, 1))),
        Filter(np.ones((1, 4, 4)), (1, 1, 1), (1, 1, 1), ((1, 0), (2, 1), (2, 1))),
        Filter(np.ones((4, 4)), (2, 1), (1, 1), ((2, 1), (2, 1))),
        Filter(np.ones((4, 4)), (1, 1), (1, 2), ((2, 1), (2, 1))),
        Filter(np.ones((3, 4)), (1, 1), (1, 1), ((2, 1), (2, 1))),
    ],
)
def test_what_only_resembles_a_known_filter_is_not_taken_for_one(how):
    size = (3, 4, 5)[-how.f.ndim :]
    x = np.random.default_rng(0).integers(-4, 5, (2, *size, 4)).astype("f4")
    y = upfirdn2d(Emulated(), x, on_device(how, "float32"))
    np.testing.assert_array_equal(y, numpys.upfirdn2d(x, how))


def test_float16_accumulates_in_float32():
    """4096 ones: a sum in float16 would stop at 2048."""
    x = np.ones((1, 4096, 1), np.float16)
    how = on_device(along(0, 1, (1.0,) * 4096), "float16")
    assert upfirdn2d(Emulated(), x, how).item() == 4096


def test_images_past_the_grid_are_taken_by_its_blocks(monkeypatch):
    """Seven images by three rows of five blocks."""
    monkeypatch.setattr(launcher, "MAX_IMAGES", 3)
    how = Filter(np.ones((4, 4), np.float32), (1, 1), (1, 1), ((2, 1), (2, 1)))
    x = np.random.default_rng(0).integers(-4, 5, (7, 20, 20, 3)).astype("f4")
    y = upfirdn2d(Emulated(), x, how)
    np.testing.assert_array_equal(y, numpys.upfirdn2d(x, how))


def test_no_images_are_no_launch():
    how = Filter(np.ones((4, 4), np.float32), (1, 1), (1, 1), ((2, 1), (2, 1)))
    assert upfirdn2d(_no_launch, np.ones((0, 3, 2, 4), "f4"), how).shape == (0, 3, 2, 4)


def test_wrong_arguments_are_named():
    how = Filter(np.ones((4, 4), np.float32), (1, 1), (1, 1), ((0, 0), (0, 0)))
    x = np.ones((1, 5, 5, 2), np.float32)
    for wrong in (
        (x, how._replace(f=how.f.astype("f8"))),
        (x, along(0, 1, (1.0,))),
        (x[:, :3], how),
    ):
        with pytest.raises(ValueError, match="f: expected"):
            upfirdn2d(_no_launch, *wrong)
    huge = np.broadcast_to(np.float32(0), (1, 1 << 16, 1 << 16, 1))
    with pytest.raises(ValueError, match="x: expected images"):
        upfirdn2d(_no_launch, huge, how)


def test_the_grid_of_more_than_32_bits():
    """Images are counted in 64 bits, blocks along y up to 65,535."""
    how = Filter(np.ones((4, 4), np.float32), (2, 2), (1, 1), ((2, 1), (2, 1)))
    x = np.broadcast_to(np.float16(0), (70_000, 1, 4, 32, 32))[:, 0].swapaxes(1, 3)
    launches = []
    y = upfirdn2d(launches.append, x, how)
    assert y.shape == (70_000, 64, 64, 4)
    assert launches[0].grid == (64 * 64 * 4 // 256, 65_535, 1)
    assert launches[0].args[-1]["images"] == 70_000


@pytest.mark.skipif(SANITIZE, reason="arrays are copied there")
@pytest.mark.parametrize("channels", [1, 8])
def test_positions_past_32_bits(channels):
    """One pixel in 2²⁶ of more than 2³², zeros of which no memory is taken."""
    shape, step = (5, 1 << 15, 1 << 15, channels), 1 << 13
    no_reserve = 0x4000  # Linux's MAP_NORESERVE; mmap names it from Python 3.13 on
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | no_reserve
    x = np.frombuffer(mmap.mmap(-1, 2 * prod(shape), flags), "f2").reshape(shape)
    pixels = (4, slice(None, None, step), slice(None, None, step))
    x[pixels] = np.random.default_rng(0).normal(size=(4, 4, channels))
    how = Filter(np.ones((1, 1), np.float32), (1, 1), (step, step), ((0, 0), (0, 0)))
    np.testing.assert_array_equal(upfirdn2d(Emulated(), x, how)[4], x[pixels])


def _no_launch(launch):
    raise AssertionError(f"not to be launched: {launch}")
