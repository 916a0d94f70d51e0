"""NVRTC, by which CuPy compiles, from NVIDIA's wheel of it; it needs no device."""

import ctypes
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cuda_on_cpu import toolkit

from scratchgan.kernels.cuda.launch import FOLDER

#: What `on_cupy.cuda_function` asks for, and what CuPy 14 adds.
OPTIONS = ("-std=c++17", f"-I{FOLDER}", "-ftz=true", "-default-device")


@cache
def library() -> ctypes.CDLL | None:
    """The library, or None; first its built-in functions, which it asks for by name."""
    found = find_spec("nvidia")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for path in sorted(Path(folder).glob("*/lib/libnvrtc.so.*")):
            for builtins in path.parent.glob("libnvrtc-builtins.so.*"):
                ctypes.CDLL(str(builtins), ctypes.RTLD_GLOBAL)
            return ctypes.CDLL(str(path))
    return None


def available() -> bool:
    """Whether there are the library and CUDA's headers."""
    return library() is not None and toolkit() is not None


def lowered(code: str, kernels: tuple[str, ...], architecture: str) -> dict[str, str]:
    """Compile a source; the names by which a device finds its instances.

    Raises
    ------
    RuntimeError
        With the compiler's words, if it fails.
    """
    program = ctypes.c_void_p()
    _require(
        "CreateProgram",
        program,
        ctypes.byref(program),
        code.encode(),
        b"",
        0,
        None,
        None,
    )
    try:
        for kernel in kernels:
            _require("AddNameExpression", program, program, kernel.encode())
        told = (*OPTIONS, f"-I{toolkit()}", f"-arch={architecture}")
        options = (ctypes.c_char_p * len(told))(*map(str.encode, told))
        _require("CompileProgram", program, program, len(told), options)
        return {kernel: _name(program, kernel) for kernel in kernels}
    finally:
        _call("DestroyProgram", ctypes.byref(program))


def _name(program: ctypes.c_void_p, kernel: str) -> str:
    name = ctypes.c_char_p()
    _require("GetLoweredName", program, program, kernel.encode(), ctypes.byref(name))
    return (name.value or b"").decode()


def _call(function: str, *args: Any) -> int:
    return getattr(library(), f"nvrtc{function}")(*args)


def _require(function: str, program: ctypes.c_void_p, *args: Any) -> None:
    """Call it; an error has the log of the program."""
    if not _call(function, *args):
        return
    size = ctypes.c_size_t(1)
    _call("GetProgramLogSize", program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    _call("GetProgramLog", program, log)
    raise RuntimeError(f"{function}: {log.value.decode(errors='replace')}")
