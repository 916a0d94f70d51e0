"""Products of matrices, described as NVIDIA's cublasLt takes them.

cublasLt knows column-major matrices only: number (i, j) of one with leading dimension
ld lies at i + j·ld. A row-major matrix read like that is its transpose, so C = A·B of
row-major matrices is asked for as

    Cᵀ = Bᵀ·Aᵀ

whose operands are the same numbers in the same places. Nothing is copied for it, nor
for an operand that is itself a transpose, a slice of columns, or one of a batch.

Who multiplies is a function of a `Product` and three addresses: on a GPU
`CublasLt.multiply`, in the tests the equation written out.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.cuda.launch import address
from scratchgan.types import Array

#: In what each type of numbers can be computed, the default first. Sums of float16 are
#: float32; tf32 and bf16 round the operands and sum in float32.
COMPUTE = {
    "float16": ("float32",),
    "float32": ("float32", "tf32", "bf16"),
    "float64": ("float64",),
}
#: Types of results other than the operands' own.
WIDER = {"float16": ("float32",)}

BEST_ALIGNMENT = 256  # bytes; more is of no use to cublasLt
MAX_BATCH = 2**31 - 1


class Matrix(NamedTuple):
    """Where the numbers of a matrix are, read column by column.

    Parameters
    ----------
    transposed : bool
        Whether the product takes the transpose of what is read.
    leading : int
        Numbers from one column to the next.
    stride : int
        Numbers from one matrix of a batch to the next; 0 if there is but one.
    alignment : int
        Bytes, a power of two, of which the address is a multiple.
    """

    transposed: bool
    leading: int
    stride: int
    alignment: int


class Product(NamedTuple):
    """C = op(A)·op(B), or C + op(A)·op(B), of column-major matrices.

    Parameters
    ----------
    m, n, k : int
        op(A) is ``(m, k)``, op(B) ``(k, n)`` and C ``(m, n)``.
    batch : int
        How many such products there are.
    a, b, c : Matrix
        Of the two operands and the result; the result is never transposed.
    dtype, out : str
        Type of the operands' numbers, and of the result's.
    compute : str
        In what it is computed: one of `COMPUTE`.
    accumulate : bool
        Whether to add to what is in C.
    """

    m: int
    n: int
    k: int
    batch: int
    a: Matrix
    b: Matrix
    c: Matrix
    dtype: str
    out: str
    compute: str
    accumulate: bool


#: Who computes a product, given the addresses of A, B and C.
Multiply = Callable[[Product, int, int, int], None]


def matmul(
    multiply: Multiply,
    a: Array,
    b: Array,
    out: Array | None = None,
    compute: str | None = None,
    accumulate: bool = False,
) -> Array:
    """A @ b, or out + a @ b.

    Parameters
    ----------
    multiply : Multiply
        Who computes it.
    a, b : Array
        ``(M, K)`` and ``(K, N)``, or ``(B, M, K)`` and ``(B, K, N)``, of one type.
        Copied if their strides are neither those of a matrix nor of its transpose.
    out : Array, optional
        ``(M, N)`` or ``(B, M, N)``, where the result is written, apart from `a` and
        `b`. Of float16 operands it may be float32.
    compute : str, optional
        In what to compute: "float32", "tf32", "bf16" or "float64"; see `COMPUTE`.
    accumulate : bool, optional
        Whether to add to `out`, which has to be given.

    Returns
    -------
    Array
        `out`, or a new array of the operands' type.

    Raises
    ------
    TypeError
        If the types of numbers do not go together.
    ValueError
        If the shapes do not fit, `out` cannot be written in place, or there is no such
        way to compute.
    """
    shape = _shape(a, b)
    compute = _compute(a, b, compute)
    if out is None:
        if accumulate:
            raise ValueError("out: expected an array to accumulate in, received None")
        out = np.empty_like(a, shape=shape, order="C")
    elif out.shape != shape:
        raise ValueError(f"out: expected {shape}, received {out.shape}")
    if not out.size:
        return out
    if a.shape[-1]:
        product, first, second = describe(a, b, out, compute, accumulate)
        multiply(product, address(first), address(second), address(out))
    elif not accumulate:
        out[...] = 0
    return out


def describe(
    a: Array, b: Array, out: Array, compute: str, accumulate: bool = False
) -> tuple[Product, Array, Array]:
    """The product that computes ``out = a @ b``, and its operands A and B in order.

    Parameters and errors are those of `matmul`; no axis may be empty.
    """
    dtype, result = a.dtype.name, out.dtype.name
    if result not in (dtype, *WIDER.get(dtype, ())):
        raise TypeError(f"out: expected numbers of {dtype}, received {result}")
    batch = out.shape[0] if out.ndim == 3 else 1
    if batch > MAX_BATCH:
        raise ValueError(f"a: expected at most {MAX_BATCH} matrices, received {batch}")
    first, second, c = _transpose(b), _transpose(a), _matrix(_transpose(out))
    if c is None or c.transposed:  # then out is the transpose of a row-major matrix
        first, second, c = a, b, _matrix(out)
    if c is None or c.transposed or (batch > 1 and not c.stride):
        raise ValueError(
            f"out: expected consecutive numbers along the last axis or the one before, "
            f"received strides {out.strides}"
        )
    (first, left), (second, right) = _operand(first), _operand(second)
    m, k, n = *first.shape[-2:], second.shape[-1]
    return (
        Product(m, n, k, batch, left, right, c, dtype, result, compute, accumulate),
        first,
        second,
    )


def _shape(a: Array, b: Array) -> tuple[int, ...]:
    """Of the result."""
    fits = a.ndim == b.ndim and a.ndim in (2, 3) and a.shape[:-2] == b.shape[:-2]
    if not fits or a.shape[-1] != b.shape[-2]:
        raise ValueError(
            f"a, b: expected (…, M, K) and (…, K, N) of two or three axes, "
            f"received {a.shape} and {b.shape}"
        )
    return (*a.shape[:-1], b.shape[-1])


def _compute(a: Array, b: Array, compute: str | None) -> str:
    """In what to compute."""
    dtype = a.dtype.name
    if dtype not in COMPUTE:
        raise TypeError(f"a: expected one of {', '.join(COMPUTE)}, received {dtype}")
    if b.dtype != a.dtype:
        raise TypeError(f"b: expected {dtype} like a, received {b.dtype.name}")
    compute = compute or COMPUTE[dtype][0]
    if compute not in COMPUTE[dtype]:
        raise ValueError(
            f"compute: expected one of {', '.join(COMPUTE[dtype])} for {dtype}, "
            f"received {compute!r}"
        )
    return compute


def _transpose(x: Array) -> Array:
    return x.swapaxes(-1, -2)


def _operand(x: Array) -> tuple[Array, Matrix]:
    """`x`, or a copy where cublasLt cannot read x itself, and where its numbers are."""
    matrix = _matrix(x)
    if matrix is not None:
        return x, matrix
    x = _transpose(contiguous(_transpose(x)))  # column-major, like everything here
    matrix = _matrix(x)
    assert matrix is not None
    return x, matrix


def _matrix(x: Array) -> Matrix | None:
    """Where the numbers of x are, if columns or rows of x are consecutive numbers."""
    size = x.dtype.itemsize
    if any(step % size for n, step in zip(x.shape, x.strides, strict=True) if n > 1):
        return None
    *batch, row, column = (step // size for step in x.strides)
    stride = batch[0] if batch and len(x) > 1 else 0
    rows, columns = x.shape[-2:]
    leading = _leading(rows, columns, row, column)
    transposed = leading is None
    if transposed:
        leading = _leading(columns, rows, column, row)
    if leading is None or stride < 0:
        return None
    at = address(x)
    return Matrix(transposed, leading, stride, min(BEST_ALIGNMENT, at & -at))


def _leading(rows: int, columns: int, row: int, column: int) -> int | None:
    """Numbers from column to column, of steps `row` and `column`, if that is a matrix.

    The step along an axis of length one says nothing.
    """
    if rows > 1 and row != 1:
        return None
    leading = column if columns > 1 else rows
    return leading if leading >= rows else None
