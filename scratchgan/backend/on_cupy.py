"""Everything that is asked of CuPy itself; it is imported when it is asked for."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from scratchgan.backend.base import Backend, CaptureError, UnusableError
from scratchgan.types import Array

#: Constants of the step that is captured.
_used: list[Array] = []

#: Bytes of the largest array that is kept on the device as a constant.
CONSTANT = 1 << 20


def usable() -> Backend:
    """CuPy, after a launch on its device that gave the right number."""
    try:
        import cupy

        if not cupy.cuda.is_available():
            raise UnusableError("backend: CuPy finds no GPU")
        x = cupy.arange(4, dtype=cupy.float32).reshape(2, 2)
        right = int((x @ x).sum()) == 22  # the library of products is loaded, too
    except UnusableError:
        raise
    except Exception as error:  # whatever a driver, a compiler or a library says
        if isinstance(error, ModuleNotFoundError) and error.name == "cupy":
            raise
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnusableError(f"backend: CuPy cannot use the GPU: {first}") from None
    if not right:
        raise UnusableError("backend: CuPy's GPU gave a wrong number")
    return Backend("cupy", cupy.asarray, cupy.asnumpy, True, captured, memory)


def memory(size: int) -> Array:
    """`Backend.memory` of CuPy: of its own pool, never of a graph's."""
    import cupy

    with cupy.cuda.using_allocator(cupy.get_default_memory_pool().malloc):
        return cupy.empty(size, np.uint8)


def captured(run: Callable[[], Any]) -> tuple[Any, Callable[[], None]]:
    """`Backend.capture` of CuPy: a CUDA graph, in memory of its own.

    CuPy would hand out again what was freed while the graph was made.
    """
    import cupy

    pool, stream = cupy.cuda.MemoryPool(), cupy.cuda.Stream(non_blocking=True)
    cupy.cuda.Device().synchronize()
    cupy.get_default_memory_pool().free_all_blocks()  # the last step's, for the graph
    _used.clear()
    with cupy.cuda.using_allocator(pool.malloc), stream:
        stream.begin_capture()
        try:
            found = run()
        except Exception as error:
            with suppress(Exception):  # the capture is broken as well
                stream.end_capture()
            if isinstance(error, CaptureError):
                raise
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise CaptureError(f"a captured step: {first}") from error
        graph = stream.end_capture()

    def launch(kept: Any = (pool, *_used)) -> None:
        """In order with what else is asked of the device; what it needs is kept."""
        graph.launch()

    return found, launch


def is_cupy(x: Any) -> bool:
    """Whether `x` is an array of CuPy's."""
    return type(x).__module__.partition(".")[0] == "cupy"


@cache
def cuda_function(source: Path, kernel: str) -> Any:
    """A kernel of a CUDA source, compiled by CuPy when it is first launched.

    Parameters
    ----------
    source : Path
        The `.cu` file; its headers lie beside it.
    kernel : str
        As a C++ expression.
    """
    import cupy

    options, code = ("-std=c++17", f"-I{source.parent}"), code_of(source)
    module = cupy.RawModule(code=code, options=options, name_expressions=(kernel,))
    return module.get_function(kernel)


def code_of(source: Path) -> str:
    """A CUDA source, with a last line that changes when a header beside it does.

    CuPy keeps what it has compiled for the next process, and finds it by the text.
    """
    headers = sorted(source.parent.glob("*.cuh"))
    content = b"".join(header.read_bytes() for header in headers)
    digest = hashlib.blake2b(content, digest_size=16).hexdigest()
    return f"{source.read_text()}\n// headers: {digest}\n"


def current() -> tuple[int, int]:
    """CuPy's current device, and the handle of its current stream."""
    import cupy

    return cupy.cuda.Device().id, cupy.cuda.get_current_stream().ptr


@cache
def _lasting(device: int, size: int) -> Any:
    import cupy

    with cupy.cuda.Device(device):
        return cupy.cuda.alloc(size)


def lasting_memory(device: int, size: int) -> tuple[int, int]:
    """Address and size of memory of a device that is kept as long as the process."""
    return _lasting(device, size).ptr, size


def copied(values: Array) -> Array:
    """`values` of the host on CuPy's device; small ones are copied once and kept."""
    if values.nbytes > CONSTANT:
        return _copied(values)
    found = _constant(values.tobytes(), values.dtype.str, values.shape)
    if capturing():
        _used.append(found)
    return found


def capturing() -> bool:
    """Whether what is asked of the current stream is captured."""
    import cupy

    return bool(cupy.cuda.get_current_stream().is_capturing())


def seconds(way: Callable[[], object]) -> float:
    """How long something takes on the current stream: the median of five times."""
    import cupy

    way()
    marks = [cupy.cuda.Event() for _ in range(6)]
    marks[0].record()
    for mark in marks[1:]:
        way()
        mark.record()
    marks[-1].synchronize()
    elapsed = cupy.cuda.get_elapsed_time
    return float(np.median([elapsed(a, b) for a, b in pairwise(marks)])) / 1000


def _copied(values: Array) -> Array:
    """A copy on CuPy's device, which a captured step cannot make."""
    import cupy

    if capturing():
        raise CaptureError(
            f"a captured step: expected no new constants, received {values.dtype} "
            f"{values.shape} from the host"
        )
    return cupy.asarray(values)


@lru_cache(maxsize=4096)
def _constant(content: bytes, dtype: str, shape: tuple[int, ...]) -> Array:
    """A constant on CuPy's device, which is copied there once and never written to."""
    return _copied(np.frombuffer(content, dtype).reshape(shape))
