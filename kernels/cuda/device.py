"""Whether arrays lie on a device with kernels, and who runs them there.

A primitive asks for the runner of its argument, and where there is one takes its CUDA
twin. CuPy's arrays have the runner below. Other libraries' arrays may bring their own,
by an attribute `kernels`: the tests' stand-in brings an emulator.
"""

from typing import Any

import numpy as np

from scratchgan import backend
from scratchgan.backend import on_host
from scratchgan.kernels.cuda.launch import CTYPES, FOLDER, Launch, Run
from scratchgan.types import Array


def runner(x: Array) -> Run | None:
    """Who runs kernels on the numbers of `x`; None on the host, or without kernels."""
    if on_host(x) or x.dtype.name not in CTYPES:
        return None
    return CUPY if backend.is_cupy(x) else getattr(x, "kernels", None)


class CuPyRun:
    """Launches on the current stream of CuPy's current device."""

    def __call__(self, launch: Launch) -> None:
        """Compile the kernel, if it is the first time, and run it."""
        source = FOLDER / f"{launch.source}.cu"
        function = backend.cuda_function(source, launch.kernel)
        args = tuple(map(as_cupy_takes_it, launch.args))
        function(launch.grid, (launch.block,), args, shared_mem=launch.shared)

    def product(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """A @ b by cuBLAS, which adds float16 in float32."""
        if out is None:
            return a @ b
        out[...] = a @ b
        return out


CUPY = CuPyRun()


def as_cupy_takes_it(argument: Any) -> Any:
    """An argument of a launch as CuPy passes it on.

    None would be no argument to it, rather than a null pointer; a structure has to be
    an array of size one.
    """
    if argument is None:
        return np.uintp(0)
    return np.asarray(argument) if isinstance(argument, np.void) else argument
