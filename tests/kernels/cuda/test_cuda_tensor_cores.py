"""Twins of tensor cores' instructions against NumPy, by the layouts of the PTX ISA."""

import ctypes

import numpy as np
import pytest
from cuda_on_cpu import ORDERS, available, build, entries

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

#: One block of one warp, for each instruction; `a` is what goes in, `y` what comes out.
CODE = """
#include "tensor_cores.cuh"
template <typename How> __global__ void product(const unsigned* a, unsigned* y) {
    Word left[1][4], right[1][2];
    float sums[1][1][4];
    for (int i = 0; i < 4; ++i) left[0][i] = a[4 * threadIdx.x + i];
    for (int i = 0; i < 2; ++i) right[0][i] = a[128 + 2 * threadIdx.x + i];
    const unsigned* const start = a + 192 + 4 * threadIdx.x;
    for (int i = 0; i < 4; ++i) sums[0][0][i] = bits<float>(start[i]);
    mma<How>(sums, left, right);
    for (int i = 0; i < 4; ++i) y[4 * threadIdx.x + i] = bits<Word>(sums[0][0][i]);
}
template <bool kTurned> __global__ void matrices(const unsigned* a, unsigned* y) {
    Word four[4];
    const int row = (7 * threadIdx.x + 3) % 32;  // in an order of its own
    ldmatrix<kTurned>(four, reinterpret_cast<const __half*>(a + 4 * row));
    for (int i = 0; i < 4; ++i) y[4 * threadIdx.x + i] = four[i];
}
__global__ void rounded(const unsigned* a, unsigned* y) {
    const float x = bits<float>(a[threadIdx.x]);
    y[threadIdx.x] = tf32(x);
    y[32 + threadIdx.x] = two_bf16(x, -x);
}
__global__ void copies(const unsigned* a, unsigned* y) {
    const int i = threadIdx.x;
    copy_async<16>(y + 4 * i, a + 4 * i, i % 2);
    close_group();
    copy_async<4>(y + 128 + i, a + i, true);
    close_group();
    wait_groups<1>();
}
"""
KERNELS = (
    *(f"product<{how}>" for how in ("TF32", "BF16", "F16")),
    *("matrices<true>", "matrices<false>", "rounded", "copies"),
)
LANE = np.arange(32)
GROUP, THREAD = LANE // 4, LANE % 4


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    build("tensor_cores", entries(CODE, KERNELS))


def run(kernel, a, order="forward"):
    """The words that a kernel makes of words `a`, and its error."""
    library = build("tensor_cores", entries(CODE, KERNELS))
    a = np.ascontiguousarray(a, np.uint32)
    y = np.zeros(256, np.uint32)
    pointers = [ctypes.c_void_p(x.ctypes.data) for x in (a, y)]
    arguments = (ctypes.c_void_p * 2)(*map(ctypes.addressof, pointers))
    failed = library.run(
        *(kernel.encode(), arguments, (ctypes.c_uint * 3)(1, 1, 1)),
        *((ctypes.c_uint * 3)(32, 1, 1), ctypes.c_size_t(0)),
        ctypes.c_uint(ORDERS[order]),
    )
    return y, failed.decode()


def words(x):
    """Numbers as the 32-bit words of registers; halves two by two."""
    return np.ascontiguousarray(x).view(np.uint32)


def bf16(x):
    """The upper halves of float32 numbers that have no lower ones."""
    return (np.asarray(x, np.float32).view(np.uint32) >> 16).astype(np.uint16)


def in_registers(how, A, B):
    """What every lane holds of A (16, K) and B (K, 8), by the figures of the ISA."""
    if how == "TF32":
        a = [A[GROUP + 8 * (i % 2), THREAD + 4 * (i // 2)] for i in range(4)]
        b = [B[THREAD + 4 * i, GROUP] for i in range(2)]
        return words(np.stack(a, 1)), words(np.stack(b, 1))
    a = [
        A[GROUP + 8 * (i // 2 % 2), 2 * THREAD + i % 2 + 8 * (i // 4)] for i in range(8)
    ]
    b = [B[2 * THREAD + i % 2 + 8 * (i // 2), GROUP] for i in range(4)]
    return words(np.stack(a, 1)), words(np.stack(b, 1))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("how", "depth", "stored"),
    [("TF32", 8, np.float32), ("BF16", 16, bf16), ("F16", 16, np.float16)],
)
def test_a_product_is_that_of_the_matrices(how, depth, stored, order):
    """Of integers, in every place a different one, so that sums are exact."""
    rng = np.random.default_rng(0)
    A = rng.permutation(16 * depth).reshape(16, depth) % 251 - 125.0
    B = rng.permutation(depth * 8).reshape(depth, 8) - 60.0
    C = rng.permutation(16 * 8).reshape(16, 8) * 1.0
    convert = stored if stored is bf16 else lambda x: x.astype(stored)
    a, b = in_registers(how, convert(A), convert(B))
    rows, columns = GROUP, 2 * THREAD
    places = [(rows + 8 * (i // 2), columns + i % 2) for i in range(4)]
    c = words(np.stack([C[place] for place in places], 1).astype(np.float32))
    flat = np.concatenate([a.ravel(), b.ravel(), c.ravel()])
    found, failed = run(f"product<{how}>", flat, order)
    assert not failed
    d = found[:128].view(np.float32).reshape(32, 4)
    for i, place in enumerate(places):
        np.testing.assert_array_equal(d[:, i], (A @ B + C)[place])


def test_an_operand_that_is_not_rounded_is_an_error():
    a = np.zeros(320, np.uint32)
    a[5] = 1 << 12
    assert run("product<TF32>", a)[1] == "an operand that is not rounded to TF32"


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("turned", [False, True])
def test_matrices_come_as_the_isa_says(turned, order):
    x = np.arange(32 * 8, dtype=np.uint16).reshape(32, 8)
    found, failed = run(f"matrices<{str(turned).lower()}>", words(x), order)
    assert not failed
    pairs = found[:128].view(np.uint16).reshape(32, 4, 2)
    for i in range(4):
        matrix = x[(7 * (8 * i + np.arange(8)) + 3) % 32]
        matrix = matrix.T if turned else matrix
        for j in range(2):
            expected = matrix[GROUP, 2 * THREAD + j]
            np.testing.assert_array_equal(pairs[:, i, j], expected)


def test_rounding_is_to_the_nearest():
    """Ties away from zero for TF32, to even for bfloat16; infinities and NaN stay."""
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 2.0**-140, 1 + 2.0**-11, 1 + 2.0**-8]
    special += [1 + 3 * 2.0**-8, 1 + 2.0**-11 - 2.0**-23, -1 - 2.0**-11, -1 - 2.0**-8]
    rng = np.random.default_rng(0)
    x = np.concatenate([special, rng.normal(size=20)]).astype(np.float32)
    found, _ = run("rounded", words(x))
    tf32 = found[:32].view(np.float32)
    finite = np.isfinite(x)
    step = 2.0 ** (np.floor(np.log2(np.abs(x[finite & (x != 0)]))) - 10)
    step = np.maximum(step, 2.0**-136)
    exact = x[finite & (x != 0)].astype(np.float64)
    away = np.sign(exact) * np.floor(np.abs(exact) / step + 0.5) * step
    np.testing.assert_array_equal(tf32[finite & (x != 0)], away)
    np.testing.assert_array_equal(tf32[~finite], x[~finite])
    low = (found[32:64] << 16).view(np.float32)
    high = (found[32:64] & 0xFFFF0000).view(np.float32)
    even = np.round(exact / (8 * step)) * 8 * step
    normal = np.abs(exact) > 2.0**-126
    np.testing.assert_array_equal(low[finite & (x != 0)][normal], even[normal])
    np.testing.assert_array_equal(high[finite], -low[finite])
    assert np.isnan(low[4])


def test_a_copy_comes_when_its_group_is_waited_for():
    a = np.arange(1, 129, dtype=np.uint32)
    found, failed = run("copies", a)
    assert not failed
    expected = np.where(LANE % 2, a.reshape(32, 4).T, 0).T.ravel()
    np.testing.assert_array_equal(found[:128], expected)
    assert (found[128:160] == 0xFFFFFFFF).all()  # the second group, nobody waited for
