"""Calls of cublasLt without a device: a stand-in, and the library's own descriptors.

The stand-in keeps what it is told and computes from nothing else. `RealDescriptors`
has the library's descriptors keep it, and asks them for it.
"""

import ctypes
import functools
import os

import numpy as np
import pytest

from scratchgan.kernels.cuda.cublaslt_types import SIGNATURES, load

#: Attributes of each kind of descriptor by number, and how many bytes they have.
WIDTHS = {
    "MatmulDesc": {0: 4, 1: 4, 3: 4, 4: 4},  # compute and scale types, operations
    "MatrixLayout": {0: 4, 2: 8, 3: 8, 4: 8, 5: 4, 6: 8},  # type, rows, columns, …
    "MatmulPreference": {1: 8, 3: 4, 5: 4, 6: 4, 7: 4, 8: 4},  # bytes, schemes, …
}
CREATED = {"MatmulDesc": (0, 1), "MatrixLayout": (0, 2, 3, 4)}  # given at once
NUMBERS = {0: np.float32, 1: np.float64, 2: np.float16}
NAMES = {7: b"CUBLAS_STATUS_INVALID_VALUE", 15: b"CUBLAS_STATUS_NOT_SUPPORTED"}
SUCCESS, INVALID = 0, 7


class StandIn:
    """Functions of the library's names, called through ctypes as the library's are."""

    def __init__(self):
        self.calls, self.alive, self.fails = [], {}, {}
        self.found, self.state, self.asked, self.multiplied = 1, SUCCESS, [], []
        for name, arguments in SIGNATURES.items():
            body = functools.partial(self.called, name)
            setattr(self, name, ctypes.CFUNCTYPE(ctypes.c_int, *arguments)(body))

    def cublasLtGetStatusName(self, status):  # noqa: N802
        return NAMES[status]

    def called(self, name, *arguments):
        self.calls.append(name.removeprefix("cublasLt"))
        if name in self.fails:
            return self.fails[name]
        for verb in ("Create", "SetAttribute", "Destroy", "GetHeuristic", "Matmul"):
            if name.endswith(verb):
                kind = name.removeprefix("cublasLt").removesuffix(verb)
                return getattr(self, verb.lower())(kind, *arguments)
        raise AssertionError(name)

    def create(self, kind, out, *values):
        out[0] = 1000 + len(self.calls)
        self.alive[out[0]] = kind, dict(zip(CREATED.get(kind, ()), values, strict=True))
        return SUCCESS

    def setattribute(self, kind, at, number, value, size):
        is_kind, numbers = self.alive[at]
        if is_kind != kind or size != WIDTHS[kind][number]:
            return INVALID
        numbers[number] = int.from_bytes(ctypes.string_at(value, size), "little")
        return SUCCESS

    def destroy(self, kind, at):
        assert self.alive.pop(at)[0] == kind
        return SUCCESS

    def numbers(self, kind, at):
        assert self.alive[at][0] == kind
        return self.alive[at][1]

    def getheuristic(self, _, handle, operation, a, b, c, d, preference, *out):
        assert self.alive[handle][0] == ""
        assert c == d
        count, results, found = out
        assert count == 1
        self.asked.append(self.numbers("MatmulPreference", preference))
        results[0].algo.data[7] = len(self.asked)
        results[0].state, found[0] = self.state, self.found
        return SUCCESS

    def matmul(self, _, handle, operation, alpha, *rest):
        a, of_a, b, of_b, beta, c, of_c, d, of_d, algorithm, *last = rest
        assert self.alive[handle][0] == ""
        assert (c, of_c) == (d, of_d)
        how = self.numbers("MatmulDesc", operation)
        number = ctypes.c_double if how[1] == 1 else ctypes.c_float
        alpha, beta = (number.from_address(x).value for x in (alpha, beta))
        A, B = (
            self.matrix(at, of, operation).astype(np.float64)
            for at, of, operation in ((a, of_a, how[3]), (b, of_b, how[4]))
        )
        C = self.matrix(c, of_c, 0)
        C[...] = alpha * (A @ B) + (beta * C if beta else 0)
        self.multiplied.append((how, algorithm[0].data[7], *last))
        return SUCCESS

    def matrix(self, at, layout, transposed):
        """Numbers (i, j) of matrices p at i + j·ld + p·stride, as the layout says."""
        numbers = self.numbers("MatrixLayout", layout)
        dtype, rows, columns, leading, batch, stride = (
            numbers[number] for number in WIDTHS["MatrixLayout"]
        )
        size = np.dtype(NUMBERS[dtype]).itemsize
        last = rows - 1 + (columns - 1) * leading + (batch - 1) * stride
        memory = (ctypes.c_char * ((last + 1) * size)).from_address(at)
        strides = (stride * size, size, leading * size)
        shape = (batch, rows, columns)
        found = np.ndarray(shape, NUMBERS[dtype], memory, strides=strides)
        return found.mT if transposed else found


class RealDescriptors(StandIn):
    """The library's own functions for descriptors; they know what they were told."""

    def __init__(self):
        super().__init__()
        self.real = library()

    def create(self, kind, out, *values):
        if not kind:
            return super().create(kind, out)
        name = f"cublasLt{kind}Create"
        make = ctypes.CFUNCTYPE(ctypes.c_int, *SIGNATURES[name])((name, self.real))
        status = make(out, *values)
        self.alive[out[0]] = kind, {}
        return status

    def setattribute(self, kind, at, number, value, size):
        given = ctypes.c_void_p(at), number, ctypes.c_void_p(value)
        set_it = self.real[f"cublasLt{kind}SetAttribute"]
        return set_it(*given, ctypes.c_size_t(size))

    def destroy(self, kind, at):
        super().destroy(kind, at)
        if not kind:
            return SUCCESS
        return self.real[f"cublasLt{kind}Destroy"](ctypes.c_void_p(at))

    def numbers(self, kind, at):
        super().numbers(kind, at)
        get, found = self.real[f"cublasLt{kind}GetAttribute"], {}
        for number, size in WIDTHS[kind].items():
            value, written = (ctypes.c_char * size)(), ctypes.c_size_t()
            given = ctypes.c_void_p(at), number, value, ctypes.c_size_t(size)
            assert get(*given, ctypes.byref(written)) == SUCCESS
            assert written.value == size
            found[number] = int.from_bytes(value.raw, "little")
        return found


def library():
    """The library, at CUBLASLT_LIBRARY or where the loader finds it; else a skip."""
    try:
        return load(os.environ.get("CUBLASLT_LIBRARY"))
    except OSError:
        pytest.skip("needs cublasLt")
