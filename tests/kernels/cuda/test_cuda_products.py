"""Descriptions of products, computed as column-major GEMM is defined, against a @ b.

Operands are whole numbers so small that every sum is exact in every type, and lie
among NaN, which a number read from the wrong place would bring into the result.
"""

import ctypes
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from scratchgan.kernels.cuda.launch import address
from scratchgan.kernels.cuda.products import COMPUTE, Matrix, Product, describe, matmul

DTYPES = list(COMPUTE)


def stored(at, matrix, rows, columns, dtype, batch):
    """Memory in which number (i, j) of matrix p is at i + j·ld + p·stride."""
    assert min(rows, columns, batch) > 0
    assert matrix.leading >= rows
    assert at % matrix.alignment == 0
    size = np.dtype(dtype).itemsize
    last = rows - 1 + (columns - 1) * matrix.leading + (batch - 1) * matrix.stride
    memory = (ctypes.c_char * ((last + 1) * size)).from_address(at)
    strides = (matrix.stride * size, size, matrix.leading * size)
    return np.ndarray((batch, rows, columns), dtype, memory, strides=strides)


class Gemm:
    """C = op(A)·op(B) + β·C of a `Product`; remembers what it was called with.

    `size` is that of the result, lest a wrong product writes past it.
    """

    def __init__(self, size):
        self.size, self.calls = size, []

    def __call__(self, product, a, b, c):
        self.calls.append((product, a, b, c))
        assert product.m * product.n * product.batch == self.size
        A = self.operand(a, product, product.a, product.m, product.k)
        B = self.operand(b, product, product.b, product.k, product.n)
        assert not product.c.transposed
        C = stored(c, product.c, product.m, product.n, product.out, product.batch)
        C[...] = A @ B + C if product.accumulate else A @ B

    def operand(self, at, product, matrix, rows, columns):
        size = (columns, rows) if matrix.transposed else (rows, columns)
        found = stored(at, matrix, *size, product.dtype, product.batch)
        return (found.mT if matrix.transposed else found).astype(np.float64)


@st.composite
def places(draw, steps=(1,)):
    """How a matrix may lie in memory: arguments of `placed`."""
    return {
        "transposed": draw(st.booleans()),
        "interleaved": draw(st.booleans()),
        "before": draw(st.integers(0, 3)),
        "after": draw(st.integers(0, 3)),
        "step": draw(st.sampled_from(steps)),
    }


def placed(values, transposed, interleaved, before, after, step):
    """`values` in a part of an array of NaN, and that array."""
    x = values.mT if transposed else values
    interleaved = interleaved and x.ndim == 3
    x = x.swapaxes(0, 1) if interleaved else x
    width = x.shape[-1] * abs(step)
    whole = np.full((*x.shape[:-1], before + width + after), np.nan, values.dtype)
    part = whole[..., before : before + width][..., ::step]
    part[...] = x
    part = part.swapaxes(0, 1) if interleaved else part
    return (part.mT if transposed else part), whole


@st.composite
def problems(draw):
    """Operands, numbers to add to, and the type of the result."""
    m, n, k, *batch = draw(
        st.lists(st.sampled_from([0, 1, 1, 2, 3, 5, 8]), min_size=3, max_size=4)
    )
    dtype = draw(st.sampled_from(DTYPES))
    out = draw(st.sampled_from([dtype, "float32"] if dtype == "float16" else [dtype]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    shapes = (*batch, m, k), (*batch, k, n), (*batch, m, n)
    types = dtype, dtype, out
    return [
        rng.integers(-4, 5, shape).astype(t)
        for shape, t in zip(shapes, types, strict=True)
    ]


@given(
    problem=problems(),
    a_place=places((1, 1, 2, -1)),
    b_place=places((1, 1, 2, -1)),
    out_place=places(),
    accumulate=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_any_strides_give_the_product(problem, a_place, b_place, out_place, accumulate):
    (a, _), (b, _), (out, whole) = (
        placed(x, **place)
        for x, place in zip(problem, (a_place, b_place, out_place), strict=True)
    )
    left, right, start = problem
    gemm, twin = Gemm(out.size), left.astype(out.dtype) @ right.astype(out.dtype)
    twin = twin + start if accumulate else twin
    if not accumulate:
        out[...] = np.nan  # must not be read
    assert matmul(gemm, a, b, out, accumulate=accumulate) is out
    np.testing.assert_array_equal(out, twin)
    out[...] = np.nan
    assert np.isnan(whole).all()  # nothing else is written
    for _, *addresses in gemm.calls:  # matrices are read where they are
        plain = [x for x, p in ((a, a_place), (b, b_place)) if p["step"] == 1]
        assert {address(x) for x in plain} <= set(addresses)


@given(problem=problems())
@settings(max_examples=100, deadline=None)
def test_a_new_result_is_contiguous_and_of_the_operands_type(problem):
    a, b, _ = problem
    size = prod(a.shape[:-1]) * b.shape[-1]
    found = matmul(Gemm(size), a, b)
    assert found.dtype == a.dtype
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, a @ b)


def aligned(shape, dtype="float32", offset=0):
    """Ones that start `offset` bytes past a multiple of 256."""
    dtype = np.dtype(dtype)
    raw = np.zeros(512 + offset + np.prod(shape, dtype=int) * dtype.itemsize, "u1")
    first = -raw.ctypes.data % 256 + offset
    x = raw[first : first + np.prod(shape, dtype=int) * dtype.itemsize].view(dtype)
    x[...] = 1
    return x.reshape(shape)


def test_a_product_of_row_major_matrices_in_full():
    a, b, out = aligned((3, 4)), aligned((4, 5)), aligned((3, 5))
    product, first, second = describe(a, b, out, "tf32")
    assert product == Product(
        m=5,
        n=3,
        k=4,
        batch=1,
        a=Matrix(False, 5, 0, 256),
        b=Matrix(False, 4, 0, 256),
        c=Matrix(False, 5, 0, 256),
        dtype="float32",
        out="float32",
        compute="tf32",
        accumulate=False,
    )
    assert address(first) == address(b)
    assert address(second) == address(a)


def test_slices_transposes_and_batches_are_described_not_copied():
    a, b, out = aligned((2, 4, 9)), aligned((3, 5, 4)), aligned((3, 2, 5))
    a = a.transpose(1, 0, 2)[:3, :, 5:]  # interleaved, columns of nine
    b = b.mT
    product, *_ = describe(a, b, out, "float32")
    assert product.batch == 3
    assert product.a == Matrix(True, 4, 20, 256)
    assert product.b == Matrix(False, 36, 9, 4)  # 5 · 4 bytes past a multiple of 256
    assert product.c == Matrix(False, 5, 10, 256)
    everywhere = np.broadcast_to(b[0], b.shape)
    assert describe(a, everywhere, out, "float32")[0].a == Matrix(True, 4, 0, 256)


def test_alignment_is_the_largest_power_of_two_up_to_256():
    out, b = aligned((2, 2)), aligned((2, 2))
    for offset, expected in ((0, 256), (4, 4), (8, 8), (48, 16), (128, 128)):
        product, *_ = describe(aligned((2, 2), offset=offset), b, out, "float32")
        assert (product.a.alignment, product.b.alignment) == (256, expected)


def test_equal_layouts_are_one_product():
    first, second = (
        describe(*(aligned(s) for s in ((3, 4), (4, 5), (3, 5))), "float32")[0]
        for _ in range(2)
    )
    assert len({first, second, first._replace(compute="tf32")}) == 2


def test_steps_of_axes_of_length_one_say_nothing():
    a = as_strided(aligned((8,)), (1, 1, 4), (-3, 7, 4))
    b = as_strided(aligned((8,)), (1, 4, 1), (0, 4, 5))
    gemm = Gemm(1)
    assert matmul(gemm, a, b) == 4
    assert gemm.calls[0][1:3] == (address(b), address(a))


def test_a_batch_backwards_is_copied():
    a, b = (np.arange(12.0).reshape(3, 2, 2)[::-1] for _ in range(2))
    np.testing.assert_array_equal(matmul(Gemm(12), a, b), a @ b)


@pytest.mark.parametrize("dtype", DTYPES)
def test_in_what_is_computed(dtype):
    a = np.ones((2, 2), dtype)
    for asked, expected in [(None, COMPUTE[dtype][0])] + [
        (c, c) for c in COMPUTE[dtype]
    ]:
        gemm = Gemm(4)
        matmul(gemm, a, a, compute=asked)
        assert gemm.calls[0][0].compute == expected


def test_wrong_arguments_are_named():
    a, never = np.ones((2, 3), np.float32), None
    for shapes in (((2, 3), (2, 3)), ((3,), (3,)), ((2, 2, 3), (3, 2))):
        with pytest.raises(ValueError, match=r"a, b: expected \(…, M, K\)"):
            matmul(never, *(np.ones(s, np.float32) for s in shapes))
    with pytest.raises(ValueError, match="a, b: expected"):
        matmul(never, np.ones((2, 2, 3)), np.ones((3, 3, 2)))
    with pytest.raises(TypeError, match=r"a: expected one of .*, received int64"):
        matmul(never, a.astype("i8"), a.T.astype("i8"))
    with pytest.raises(TypeError, match="b: expected float32 like a, received float64"):
        matmul(never, a, a.T.astype("f8"))
    with pytest.raises(TypeError, match="out: expected numbers of float32"):
        matmul(never, a, a.T, np.ones((2, 2), "f2"))
    with pytest.raises(ValueError, match="compute: expected one of float64 for"):
        matmul(never, a.astype("f8"), a.T.astype("f8"), compute="tf32")
    with pytest.raises(ValueError, match="out: expected an array to accumulate in"):
        matmul(never, a, a.T, accumulate=True)
    with pytest.raises(ValueError, match=r"out: expected \(2, 2\), received \(2, 3\)"):
        matmul(never, a, a.T, a)


def test_results_that_cannot_be_written_in_place_are_refused():
    a = np.ones((2, 2, 2), np.float32)
    wide = np.ones((2, 2, 4), np.float32)
    same = np.broadcast_to(a[0], a.shape)
    for out in (wide[..., ::2], wide[..., 1::-1], same, a[::-1].copy()[::-1]):
        with pytest.raises(ValueError, match="out: expected consecutive numbers"):
            matmul(None, a, a, out)
    many = np.broadcast_to(np.float32(0), (2**31, 1, 1))
    with pytest.raises(ValueError, match="a: expected at most 2147483647 matrices"):
        describe(many, many, many, "float32")
