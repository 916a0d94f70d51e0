"""Patches and phases on emulated threads against those of NumPy, bit by bit."""

import mmap
from itertools import product
from math import prod

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, SANITIZE, Emulated, available, compiled
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from scratchgan.kernels import direct
from scratchgan.kernels.cuda import patches as launcher
from scratchgan.kernels.cuda.patches import patches, scatter_phase
from scratchgan.kernels.cuda.places import of_convolution, of_phase, of_pixels
from scratchgan.kernels.geometry import Geometry
from scratchgan.kernels.patches import apart, columns, turned
from scratchgan.kernels.phases import phase

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

DTYPES = ["float16", "float32", "float64"]


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(launcher.SOURCE)


@st.composite
def problems(draw):
    """A geometry of one to three axes, a size that it fits, and channels of a group."""
    axes = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    groups = draw(st.sampled_from([1, 1, 2, 3]))
    padding = tuple(zip(each(0, 3), each(0, 3), strict=True))
    geometry = Geometry(each(1, 4), each(1, 4), padding, each(1, 4), groups)
    size = each(1, 4 if axes == 3 else 7)
    if min(geometry.output_size(size)) < 1:
        reject()
    return geometry, size, draw(st.sampled_from([1, 3, 4, 8, 16]))


def filled(values, dtype, offset):
    """`values` in an array which may start off the 16 bytes."""
    x = np.empty(values.size + offset, dtype)[offset:].reshape(values.shape)
    x[...] = values
    return x


@pytest.mark.parametrize("order", ORDERS)
@given(
    problem=problems(),
    dtype=st.sampled_from(DTYPES),
    offset=st.integers(0, 1),
    first=st.integers(0, 30),
    count=st.integers(0, 20),
)
@settings(max_examples=40, deadline=None)
def test_any_rows_of_patches_are_numpys(problem, dtype, offset, first, count, order):
    geometry, size, width = problem
    channels = geometry.groups * width
    x = np.random.default_rng(0).normal(size=(3, *size, channels))
    x = filled(x, dtype, offset)
    places = of_convolution(geometry, size)
    rows = len(x) * prod(places.out)
    first = min(first, rows)
    count = min(count, rows - first)
    found = patches(Emulated(order), x, places, first, count)
    twin = apart(columns(x, geometry), prod(geometry.kernel), geometry.groups)
    assert found.dtype == x.dtype
    np.testing.assert_array_equal(found, twin[..., first : first + count, :])


def by_phases(run, dy, W, geometry, size, dx, step):
    """Dgrad of a convolution, some rows of a phase at a time, into `dx`."""
    lengths, stride = dy.shape[1:-1], geometry.stride
    residues = [
        [phase(axis, r, lengths[axis], geometry, size) for r in range(s)]
        for axis, s in enumerate(stride)
    ]
    for choice in product(*residues):
        if None in choice:
            continue
        seen, to = of_phase(choice, geometry, size), of_pixels(choice, geometry, size)
        matrix = turned(W[tuple(each.taps for each in choice)], geometry.groups)
        for first in range(0, len(dy) * prod(to.out), step):
            count = min(step, len(dy) * prod(to.out) - first)
            rows = patches(run, dy, seen, first, count)
            part = np.matmul(rows, matrix, dtype=np.float64).astype(dy.dtype)
            scatter_phase(run, part, dx, to, first)


@pytest.mark.parametrize("order", ORDERS)
@given(
    problem=problems(),
    dtype=st.sampled_from(DTYPES),
    offset=st.integers(0, 1),
    step=st.integers(5, 60),
)
@settings(max_examples=20, deadline=None)
def test_dgrad_by_phases_is_numpys(problem, dtype, offset, step, order):
    """Of integers, so that the products are exact; the twin's zeros are known to it."""
    geometry, size, width = problem
    rng, groups = np.random.default_rng(0), geometry.groups
    features = rng.choice([1, 2, 8])
    W = rng.integers(-1, 2, (*geometry.kernel, width, groups * features)).astype("f8")
    out = geometry.output_size(size)
    dy = rng.integers(-2, 3, (2, *out, groups * features))
    twin = direct._dgrad_gather(dy.astype("f8"), W, geometry, size)
    dx = filled(np.full(twin.shape, np.nan), dtype, offset)
    dy = filled(dy, dtype, offset)
    by_phases(Emulated(order), dy, W, geometry, size, dx, step)
    untouched = np.isnan(dx)
    assert not twin[untouched].any()
    np.testing.assert_array_equal(np.where(untouched, 0, dx), twin)
    # pixels that no tap reaches are left alone, and no others
    ones = direct._dgrad_gather(np.ones(dy.shape), np.ones(W.shape), geometry, size)
    assert not ones[untouched].any()


def test_pixels_themselves_are_not_copied():
    x = np.ones((2, 3, 4, 5), np.float32)
    places = of_convolution(Geometry((1, 1), (1, 1), ((0, 0),) * 2, (1, 1)), (3, 4))
    found = patches(_no_launch, x, places, 2, 7)
    assert found.shape == (7, 5)
    assert np.shares_memory(found, x)


def test_no_rows_are_no_launch():
    geometry = Geometry((3,), (1,), ((1, 1),), (1,), 2)
    places = of_convolution(geometry, (4,))
    assert patches(_no_launch, np.ones((0, 4, 6)), places).shape == (2, 0, 9)
    assert patches(_no_launch, np.ones((1, 4, 0)), places).shape == (2, 4, 0)


def test_wrong_arguments_are_named():
    geometry = Geometry((3,), (2,), ((1, 1),), (1,))
    places, x = of_convolution(geometry, (4,)), np.ones((2, 4, 3), np.float32)
    for first, count in ((-1, 2), (0, 5), (5, None), (2, -1)):
        with pytest.raises(ValueError, match="first, count: expected rows among 4"):
            patches(_no_launch, x, places, first, count)
    with pytest.raises(ValueError, match="geometry: expected to fit"):
        of_convolution(geometry, (0,))
    part = np.ones((2, 4), np.float32)
    with pytest.raises(ValueError, match="part: expected 1 x 2 x 3"):
        scatter_phase(_no_launch, part, x, places)
    four = Geometry((2,) * 4, (1,) * 4, ((0, 0),) * 4, (1,) * 4)
    places = of_convolution(four, (3,) * 4)
    with pytest.raises(ValueError, match="one to 3 spatial axes"):
        patches(_no_launch, np.ones((1, *(3,) * 4, 1)), places)


def test_more_than_a_launch_can_take_is_refused():
    """The matrix is never made whole; 32 bits count its packs and rows."""
    x = np.broadcast_to(np.float32(0), (1, 1 << 15, 1 << 15, 1))
    places = of_convolution(
        Geometry((3, 3), (1, 1), ((1, 1),) * 2, (1, 1)), x.shape[1:3]
    )
    launches = []
    patches(launches.append, x, places, 5, 1 << 20)
    assert launches[0].grid == (9 * (1 << 20) // 256, 1, 1)
    with pytest.raises(ValueError, match="count: expected fewer than"):
        patches(launches.append, x, places, 0, 1 << 28)


@pytest.mark.skipif(SANITIZE, reason="arrays are copied there")
@pytest.mark.parametrize("channels", [1, 8])
def test_positions_past_32_bits(channels):
    """The last of more than 2³² pixels, zeros of which no memory is taken."""
    x = unreserved((5, 1 << 15, 1 << 15, channels))
    x[4, -3:, -6:] = np.random.default_rng(0).normal(size=(3, 6, channels))
    geometry = Geometry((3, 3), (1, 1), ((0, 1), (0, 1)), (1, 1))
    places = of_convolution(geometry, x.shape[1:3])
    found = patches(Emulated(), x, places, len(x) * prod(places.out) - 4)
    twin = columns(x[4:, -3:, -6:], geometry)[0, -1, -4:]
    np.testing.assert_array_equal(found, twin)
    to = places._replace(kernel=(1, 1), out=x.shape[1:3])
    part = twin[:, :channels] + np.float16(1)
    scatter_phase(Emulated(), part, x, to, prod(x.shape[:3]) - 4)
    np.testing.assert_array_equal(x[4, -1, -4:], part)


def unreserved(shape):
    """Zeros of float16, of which only what is written to takes memory."""
    no_reserve = 0x4000  # Linux's MAP_NORESERVE; mmap names it from Python 3.13 on
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | no_reserve
    return np.frombuffer(mmap.mmap(-1, 2 * prod(shape), flags), "f2").reshape(shape)


def _no_launch(launch):
    raise AssertionError(f"not to be launched: {launch}")
