"""Whether arrays lie on a device with kernels, and who runs them there.

A primitive asks for the runner of its argument, and where there is one takes its CUDA
twin. CuPy's arrays have the runner below. Other libraries' arrays may bring their own,
by an attribute `kernels`: the tests' stand-in brings an emulator.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from math import prod
from typing import Any

import numpy as np

from scratchgan.backend import on_cupy, on_host
from scratchgan.kernels.cuda.choice import Choices
from scratchgan.kernels.cuda.cublaslt import CublasLt
from scratchgan.kernels.cuda.launch import CTYPES, FOLDER, Launch, Run
from scratchgan.kernels.cuda.products import Multiply, matmul
from scratchgan.types import Array

WORKSPACE = 32 << 20  # bytes, as cuBLAS recommends from Hopper on

SHARED = 48 << 10  # bytes of dynamic shared memory that need not be asked for

#: In what products of float32 are computed; see `products.COMPUTE`.
_COMPUTE: ContextVar[str] = ContextVar("compute", default="float32")


@contextmanager
def computing_in(name: str) -> Iterator[None]:
    """Within, products of float32 on CuPy's device are "float32", "tf32" or "bf16"."""
    before = _COMPUTE.set(name)
    try:
        yield
    finally:
        _COMPUTE.reset(before)


def runner(x: Array) -> Run | None:
    """Who runs kernels on the numbers of `x`; None on the host, or without kernels."""
    known = not on_host(x) and x.dtype.name in CTYPES
    return runner_of(x) if known else None


def runner_of(x: Any) -> Run | None:
    """Who runs kernels where `x` lies, whatever its type; None on the host."""
    if on_host(x):
        return None
    return CUPY if on_cupy.is_cupy(x) else getattr(x, "kernels", None)


class CuPyRun:
    """Launches and products on the current stream of CuPy's current device."""

    def __init__(self) -> None:
        self.choices = Choices(on_cupy.seconds)  #: what was found to be fastest

    def __call__(self, launch: Launch) -> None:
        """Compile the kernel, if it is the first time, and run it."""
        source = FOLDER / f"{launch.source}.cu"
        function = on_cupy.cuda_function(source, launch.kernel)
        args = tuple(map(as_cupy_takes_it, launch.args))
        if launch.shared > SHARED:
            function.max_dynamic_shared_size_bytes = launch.shared
        function(launch.grid, (launch.block,), args, shared_mem=launch.shared)

    def product(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """A @ b by cublasLt, which a stream can capture."""
        device, stream = on_cupy.current()
        multiply = partial(_library(device).multiply, stream=stream)
        return as_matrices(multiply, a, b, out)

    def compute(self, dtype: np.dtype) -> str:
        """As `computing_in` says for float32; float16 is what it is."""
        return {"float32": _COMPUTE.get(), "float16": "f16"}.get(dtype.name, dtype.name)

    def fastest(
        self, problem: Hashable, ways: Mapping[str, Callable[[], Array]]
    ) -> Array:
        """The fastest on the current device: tried there once, but in no capture."""
        device, _ = on_cupy.current()
        may_try = not on_cupy.capturing()
        return self.choices.fastest((device, problem), ways, may_try)


CUPY = CuPyRun()


def as_matrices(
    multiply: Multiply, a: Array, b: Array, out: Array | None = None
) -> Array:
    """A @ b as one product of matrices, or of a batch of them.

    Parameters
    ----------
    multiply : Multiply
        Who computes it.
    a : Array
        ``(…, M, K)``.
    b : Array
        ``(K, N)``, or with the leading axes of `a`; or ``(K,)``, without `out`.
    out : Array, optional
        ``(…, M, N)``, where the result is written; contiguous.
    """
    if b.ndim == 1:
        return as_matrices(multiply, a, b[:, None]).reshape(a.shape[:-1])
    compute = _COMPUTE.get() if a.dtype == np.float32 else None
    shape = (*a.shape[:-1], b.shape[-1])
    batch = (prod(a.shape[:-2]),) if b.ndim > 2 else ()
    rows = a.shape[-2] if batch else prod(a.shape[:-1])
    a = a.reshape(*batch, rows, a.shape[-1])
    b = b.reshape(*batch, *b.shape[-2:])
    into = None if out is None else out.reshape(*batch, rows, b.shape[-1])
    found = matmul(multiply, a, b, into, compute).reshape(shape)
    return found if out is None else out


@cache
def _library(device: int) -> CublasLt:
    """Of one device, with memory of its own there, for as long as the process lives."""
    return CublasLt(on_cupy.lasting_memory(device, WORKSPACE))


def as_cupy_takes_it(argument: Any) -> Any:
    """An argument of a launch as CuPy passes it on.

    None would be no argument to it, rather than a null pointer; a structure has to be
    an array of size one.
    """
    if argument is None:
        return np.uintp(0)
    return np.asarray(argument) if isinstance(argument, np.void) else argument
