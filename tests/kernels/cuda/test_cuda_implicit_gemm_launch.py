"""What implicit GEMM launches: phases, grids, far positions, and what it refuses."""

import mmap
from math import prod

import numpy as np
import pytest
from cuda_on_cpu import SANITIZE, Emulated, available, compiled
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from scratchgan.kernels.cuda import implicit_gemm as launcher
from scratchgan.kernels.cuda import reductions
from scratchgan.kernels.cuda.implicit_gemm import dgrad, fits, fprop, wgrad
from scratchgan.kernels.cuda.implicit_gemm_problem import parts
from scratchgan.kernels.geometry import Geometry

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

SAME = Geometry((3, 3), (1, 1), ((1, 1),) * 2, (1, 1))
HALF = SAME._replace(stride=(2, 2))


def zeros(*shape, dtype=np.float32):
    """An array of which no memory is taken."""
    return np.broadcast_to(dtype(0), shape)


def ones(*shape):
    return np.ones(shape, np.float32)


@st.composite
def phased(draw):
    def each(low, high):
        return (draw(st.integers(low, high)), draw(st.integers(low, high)))

    padding = tuple(zip(each(0, 3), each(0, 3), strict=True))
    geometry = Geometry(each(1, 5), each(1, 4), padding, each(1, 3))
    size = each(1, 12)
    if min(geometry.output_size(size)) < 1:
        reject()
    return geometry, size


@given(problem=phased())
@settings(max_examples=100, deadline=None)
def test_phases_have_every_pixel_once(problem):
    geometry, size = problem
    seen = np.zeros(size, int)
    for part in parts(geometry, geometry.output_size(size), size):
        axes = zip(part.first, geometry.stride, part.seen.out, strict=True)
        seen[np.ix_(*(first + s * np.arange(n) for first, s, n in axes))] += 1
    np.testing.assert_array_equal(seen, 1)


@pytest.mark.skipif(SANITIZE, reason="arrays are copied there")
def test_positions_past_32_bits():
    """Corners of images of 2²⁸ pixels and 2³¹ numbers each, most without memory."""
    compiled(launcher.SOURCE)
    compiled(reductions.SOURCE)
    side = 1 << 14
    no_reserve = 0x4000  # Linux's MAP_NORESERVE; mmap names it from Python 3.13 on
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | no_reserve
    shape = (3, side, side, 8)
    x = np.frombuffer(mmap.mmap(-1, 2 * prod(shape), flags), "f2").reshape(shape)
    rng = np.random.default_rng(0)
    corners = rng.integers(-2, 3, (3, 4, 4, 8)).astype(np.float16)
    places = np.array([0, 1, side - 2, side - 1])
    x[:, places[:, None], places] = corners
    far = Geometry((2, 2), (side - 2,) * 2, ((0, 0),) * 2, (1, 1))
    near = far._replace(stride=(2, 2))
    W = rng.integers(-2, 3, (2, 2, 8, 16)).astype(np.float16)
    y = fprop(Emulated(), x, W, far, "f16")
    np.testing.assert_array_equal(y, fprop(Emulated(), corners, W, near, "f16"))
    dW = wgrad(Emulated(), x, y, far, "f16")
    np.testing.assert_array_equal(dW, wgrad(Emulated(), corners, y, near, "f16"))


def launches(primitive, *args):
    """What it launches, none of which is run."""
    found = []
    primitive(found.append, *args)
    return found


def test_a_stride_of_two_is_one_launch_of_four_phases():
    dy, W = ones(16, 32, 32, 128), ones(3, 3, 128, 128)
    (launch,) = launches(dgrad, dy, W, HALF, (64, 64), "tf32")
    assert launch.kernel == "dgrad<TF32, 4, 128>"
    assert launch.grid == (16 * 32 * 32 // 128, 4, 1)
    assert launch.block == 256


def test_tiles_are_large_where_there_are_blocks_enough():
    W = ones(3, 3, 64, 128)
    for images, expected in ((132, "128>"), (131, "64>")):
        x = ones(images, 8, 16, 64)
        (launch,) = launches(fprop, x, W, SAME, "bf16")
        assert launch.kernel.endswith(expected)
    (launch,) = launches(fprop, ones(132, 8, 16, 64), W[..., :64], SAME, "bf16")
    assert launch.kernel == "fprop<BF16, 4, 64>"
    (launch,) = launches(fprop, ones(132, 8, 16, 3), W[:, :, :3], SAME, "bf16")
    assert launch.kernel == "fprop<BF16, 1, 64>"


def test_a_long_sum_is_cut_into_parts_for_the_whole_device():
    x, dy = ones(64, 32, 32, 64), ones(64, 32, 32, 64)
    launch, *sums = launches(wgrad, x, dy, SAME, "tf32")
    tiles, count, _ = launch.grid
    assert tiles == 9 == 3 * 3 * 64 // 64
    assert tiles * (count - 1) < launcher.SPREAD <= tiles * count
    assert sums[0].args[0].shape == (count, 9 * 64, 64)
    short = launches(wgrad, x[:1, :8, :8], dy[:1, :8, :8], SAME, "tf32")
    assert [each.grid[1] for each in short] == [1]


def test_nothing_is_no_launch_and_an_empty_sum_is_zero():
    compiled(launcher.SOURCE)
    W = ones(3, 3, 4, 5)
    assert fprop(None, ones(0, 8, 8, 4), W, SAME, "tf32").shape == (0, 8, 8, 5)
    assert dgrad(None, ones(0, 8, 8, 5), W, SAME, (8, 8), "tf32").shape == (0, 8, 8, 4)
    none = wgrad(Emulated(), ones(0, 8, 8, 4), ones(0, 8, 8, 5), SAME, "tf32")
    np.testing.assert_array_equal(none, np.zeros((3, 3, 4, 5)))


def test_what_fits():
    assert fits((2, 8, 8, 3), SAME, np.float32)
    assert fits((2, 8, 8, 3), HALF, "float16")
    assert not fits((2, 8, 8, 3), SAME, np.float64)
    assert not fits((2, 8, 8, 4), SAME._replace(groups=2), np.float32)
    assert not fits((2, 8, 3), Geometry((3,), (1,), ((1, 1),), (1,)), np.float32)
    assert not fits((2, 1, 1, 3), SAME._replace(padding=((0, 0),) * 2), np.float32)
    assert fits((1 << 10, 1 << 10, 1 << 10, 64), SAME, np.float32)
    assert not fits((1 << 11, 1 << 10, 1 << 10, 64), SAME, np.float32)
    far = SAME._replace(padding=((1 << 16, 1 << 16),) * 2)
    assert not fits((1, 8, 8, 3), far, np.float32)  # y is the larger one
    assert not fits((1, 1, 1, 1 << 28), SAME, np.float32)


def test_wrong_arguments_are_named():
    x, W = ones(2, 8, 8, 4), ones(3, 3, 4, 8)
    with pytest.raises(ValueError, match="compute: expected one of tf32, bf16, f16"):
        fprop(None, x, W, SAME, "float32")
    with pytest.raises(ValueError, match="compute: expected float16 for f16"):
        wgrad(None, x, x, SAME, "f16")
    with pytest.raises(ValueError, match="compute: expected float32 for tf32"):
        dgrad(None, x, W.astype(np.float64), SAME, (8, 8), "tf32")
    with pytest.raises(ValueError, match="geometry: expected two axes, one group"):
        fprop(None, x, W, SAME._replace(groups=2), "tf32")
    with pytest.raises(ValueError, match=r"W: expected shape \(3, 3, 4, 8\)"):
        fprop(None, x, W[:2], SAME, "tf32")
    with pytest.raises(ValueError, match=r"bias: expected shape \(8,\)"):
        fprop(None, x, W, SAME, "tf32", ones(1))
    for primitive, *rest in ((dgrad, W, SAME, (8, 8)), (wgrad, SAME)):
        given = (ones(2, 8, 7, 8), *rest) if primitive is dgrad else (x, x[:1], *rest)
        with pytest.raises(ValueError, match="dy: expected shape"):
            primitive(None, *given, "tf32")
    many = zeros(2, 8, 8, 1 << 28)
    with pytest.raises(ValueError, match=r"W: expected some, but fewer than"):
        wgrad(None, x, many, SAME, "tf32")
