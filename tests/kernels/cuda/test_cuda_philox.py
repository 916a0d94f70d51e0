"""Philox on emulated threads against the NumPy streams and the published words."""

import ctypes
import hashlib

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, Emulated, available, build, compiled, stub
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratchgan.kernels.cuda import philox
from scratchgan.kernels.cuda.launch import BLOCK
from scratchgan.kernels.philox import philox4x32
from scratchgan.rng import Stream

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

TICKS = st.integers(0, 2**64 - 1)
SEEDS = st.integers(0, 2**32 - 1)
#: From none to more than two blocks of threads, with every remainder.
SHAPES = st.one_of(
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=7),
    st.integers(0, 2500).map(lambda n: (n,)),
)
DTYPES = st.sampled_from(["float16", "float32", "float64"])

#: One block, and single threads of grids that are too large to run.
DIRECT = """
extern "C" void one_block(Long block, Long tick, Word k0, Word k1, Word* y) {
    store(y, 4, 0, philox(block, tick, k0, k1).v);
}
extern "C" Index one_thread(unsigned block, unsigned thread, Long tick, Word k0,
                            Word k1, Word* words_, float* normals, Index* integers_) {
    blockDim.x = 256, blockIdx.x = block, threadIdx.x = thread;
    const Index at = my_block();
    words(words_ - 4 * at, 4 * at + 3, k0, k1, &tick);
    normal(normals - 4 * at, 4 * at + 4, k0, k1, &tick);
    integers(integers_ - 2 * at, 2 * at + 1, 1000, k0, k1, &tick);
    return at;
}
"""


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    compiled(philox.SOURCE)


@pytest.fixture(scope="module")
def direct():
    library = build("philox_direct", stub(philox.SOURCE) + DIRECT)
    library.one_thread.restype = ctypes.c_longlong
    return library


def key(stream):
    """The two words that `Stream.words` makes of seed and name."""
    text = f"{stream.seed}/{stream.name}".encode()
    return tuple(np.frombuffer(hashlib.blake2b(text, digest_size=8).digest(), "<u4"))


def in_memory(tick):
    return np.array([tick], np.uint64)


def split(number):
    """A 64-bit number as two of 32 bits, low first."""
    return number & 0xFFFFFFFF, number >> 32


@pytest.mark.parametrize("order", ORDERS)
@given(tick=TICKS, seed=SEEDS, shape=SHAPES, dtype=DTYPES)
@settings(max_examples=25, deadline=None)
def test_words_and_uniform_numbers_are_the_stream_s(order, tick, seed, shape, dtype):
    run, stream = Emulated(order), Stream(seed, "z")
    k, t, count = key(stream), in_memory(tick), int(np.prod(shape))
    found = philox.words(run, k, t, count)
    assert found.dtype == np.uint32
    np.testing.assert_array_equal(found, stream.words(tick, count))
    found = philox.uniform(run, k, t, shape, dtype)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, stream.uniform(tick, shape, dtype))


def require_rounded(found, stream, tick):
    """The numbers of the stream to rounding, and rounded to their type but once.

    Radius and sine have an error of two units of float64 together, and the twin's
    angle, at most 2π, one of two more.
    """
    even = found.size + found.size % 2
    exact = stream.normal(tick, (even,), np.float64).reshape(-1, 2)
    limit = 4 * np.finfo(np.float64).eps * np.linalg.norm(exact, axis=1, keepdims=True)
    limit = np.broadcast_to(limit, exact.shape).reshape(-1)[: found.size]
    numbers = found.reshape(-1)
    if found.dtype != np.float64:
        limit = limit + np.spacing(np.abs(numbers)).astype(np.float64) / 2
    error = np.abs(numbers.astype(np.float64) - exact.reshape(-1)[: found.size])
    assert np.all(error <= limit)


@pytest.mark.parametrize("order", ORDERS)
@given(tick=TICKS, seed=SEEDS, shape=SHAPES, dtype=DTYPES)
@settings(max_examples=25, deadline=None)
def test_normal_numbers_are_the_stream_s(order, tick, seed, shape, dtype):
    stream = Stream(seed, "noise")
    found = philox.normal(Emulated(order), key(stream), in_memory(tick), shape, dtype)
    assert found.dtype == dtype
    assert found.shape == shape
    require_rounded(found, stream, tick)


def test_halves_are_rounded_once():
    """In a draw in which float32 on the way would change a cosine and a sine."""
    stream, shape, half = Stream(0, "z"), (4096,), np.float16

    def changes(tick):
        x = stream.normal(tick, shape, np.float64)
        return x.astype(half) != x.astype(np.float32).astype(half)

    tick = next(t for t in range(1000) if changes(t).reshape(-1, 2).any(axis=0).all())
    found = philox.normal(Emulated(), key(stream), in_memory(tick), shape, half)
    np.testing.assert_array_equal(found, stream.normal(tick, shape, half))


@pytest.mark.parametrize("order", ORDERS)
@given(tick=TICKS, seed=SEEDS, high=st.integers(1, 2**32), shape=SHAPES)
@settings(max_examples=25, deadline=None)
def test_integers_are_the_stream_s(order, tick, seed, high, shape):
    stream = Stream(seed, "k")
    for h in (high, 1, 2**32):
        found = philox.integers(Emulated(order), key(stream), in_memory(tick), h, shape)
        assert found.dtype == np.int64
        np.testing.assert_array_equal(found, stream.integers(tick, h, shape))


@pytest.mark.parametrize(
    ("counter", "k", "words"),
    [  # of Random123's kat_vectors, as in tests/test_rng.py
        ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        (
            [0xFFFFFFFF] * 4,
            [0xFFFFFFFF] * 2,
            [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD],
        ),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_a_block_is_the_published_words(direct, counter, k, words):
    found = np.zeros(4, np.uint32)
    block, tick = (low + (high << 32) for low, high in (counter[:2], counter[2:]))
    direct.one_block(
        *(ctypes.c_ulonglong(block), ctypes.c_ulonglong(tick)),
        *(ctypes.c_uint(k[0]), ctypes.c_uint(k[1]), ctypes.c_void_p(found.ctypes.data)),
    )
    assert found.tolist() == words


@pytest.mark.parametrize("block", [2**23 + 1, 2**24 + 3, 2**29 + 5, 2**31 - 2])
@pytest.mark.parametrize("thread", [0, 77, 255])
def test_blocks_past_32_bits_have_their_own_words(direct, block, thread):
    """From where a position, and then an index of blocks, exceeds 32 bits."""
    tick, k = 2**40 + 7, (3, 5)
    words, normals = np.zeros(4, np.uint32), np.zeros(4, np.float32)
    whole = np.zeros(2, np.int64)
    at = direct.one_thread(
        *(ctypes.c_uint(block), ctypes.c_uint(thread), ctypes.c_ulonglong(tick)),
        *(ctypes.c_uint(k[0]), ctypes.c_uint(k[1])),
        *(ctypes.c_void_p(a.ctypes.data) for a in (words, normals, whole)),
    )
    assert at == block * 256 + thread
    drawn = philox4x32(np.array([[*split(at), *split(tick)]], np.uint32).T, k)[0]
    np.testing.assert_array_equal(words, [*drawn[:3], 0])  # the fourth is past the end
    a, b = (drawn.astype(np.float64) * 2.0**-32).reshape(2, 2).T
    radius = np.sqrt(-2 * np.log(a + 2.0**-33))
    angle = 2 * np.pi * b
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    np.testing.assert_allclose(normals, pairs.reshape(-1), rtol=1e-6)
    exact = ((int(drawn[0]) << 32) + int(drawn[1])) * 1000 >> 64
    assert whole.tolist() == [exact, 0]


class Huge(np.ndarray):
    """A tick like which arrays of any size are made without memory for them."""

    def __array_function__(self, func, types, args, kwargs):
        assert func is np.empty_like
        return np.broadcast_to(np.zeros((), kwargs["dtype"]), kwargs["shape"])


def test_the_grid_covers_more_than_32_bits_of_numbers():
    tick, launches, n = in_memory(0).view(Huge), [], 2**33 + 5
    philox.words(launches.append, (1, 2), tick, n)
    philox.uniform(launches.append, (1, 2), tick, (n,))
    philox.normal(launches.append, (1, 2), tick, (n,), "float16")
    philox.integers(launches.append, (1, 2), tick, 10, (n,))
    for launch, each in zip(launches, (4, 4, 4, 2), strict=True):
        assert launch.args[1] == n
        assert launch.args[1].dtype == np.int64
        covered = launch.grid[0] * launch.block * each
        assert n <= covered < n + BLOCK * each


def test_bad_arguments_are_named():
    run, tick = Emulated(), in_memory(0)
    for k in ((-1, 0), (0, 2**32)):
        with pytest.raises(ValueError, match=r"key: expected .* received"):
            philox.words(run, k, tick, 1)
    for wrong in (np.zeros(1, np.int64), np.zeros(2, np.uint64)):
        with pytest.raises(ValueError, match=r"tick: expected .* received"):
            philox.uniform(run, (0, 0), wrong, (1,))
    for high in (0, 2**32 + 1):
        with pytest.raises(ValueError, match=r"high: expected .* received"):
            philox.integers(run, (0, 0), tick, high, (1,))
    with pytest.raises(TypeError, match="dtype"):
        philox.normal(run, (0, 0), tick, (1,), np.int32)
