"""CUDA sources run on the CPU: `Emulated` is a `Run` that g++ compiled."""

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scratchgan.kernels.cuda import launch as launching
from scratchgan.kernels.cuda.sources import FOLDER, INSTANCES

HERE = Path(__file__).parent
#: Whether to compile with sanitizers, of addresses and of the alignment of packs; the
#: process must have preloaded the former's library.
SANITIZE = os.environ.get("CUDA_ON_CPU_SANITIZE") == "1"
#: Of blocks and threads. Where a thread reads and writes depends on none of them.
ORDERS = {"forward": 0} if SANITIZE else {"forward": 0, "reversed": 1, "shuffled": 7}
LIBC = ctypes.CDLL(None)
LIBC.malloc.restype, LIBC.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
LIBC.free.argtypes = [ctypes.c_void_p]
#: NumPy's letter of each type of number; the header's own for bfloat16.
LETTERS = {np.dtype(c).str[1:]: c for c in "efdbBiIlL?"}


def toolkit() -> Path | None:
    """The folder of CUDA's headers, or None."""
    nvcc = shutil.which("nvcc")
    roots = [os.environ.get("CUDA_PATH"), "/usr/local/cuda"]
    if nvcc:
        roots.append(str(Path(nvcc).resolve().parents[1]))
    folders = [Path(root) / "include" for root in roots if root]
    return next((f for f in folders if (f / "cuda_fp16.h").is_file()), None)


def available() -> bool:
    """Whether there are a compiler and CUDA's headers."""
    return shutil.which("g++") is not None and toolkit() is not None


def stub(source: str) -> str:
    """C++ that includes a source and names each of its instances."""
    return entries(f'#include "{FOLDER}/{source}.cu"', INSTANCES[source])


def entries(code: str, kernels: tuple[str, ...]) -> str:
    """C++ by which the kernels of `code` are found by name and run."""
    table = ",\n".join(f'on_cpu::named<&{k}>("{k}")' for k in kernels)
    return f"""#include "{HERE}/cuda_on_cpu.h"
{code}
static const on_cpu::Named kTable[] = {{{table}}};
static const on_cpu::Named* find(const char* name) {{
    for (const auto& entry : kTable) if (!std::strcmp(entry.name, name)) return &entry;
    return nullptr;
}}
extern "C" const char* types(const char* name) {{
    const auto* entry = find(name);
    return entry ? entry->types.c_str() : nullptr;
}}
extern "C" const char* run(const char* name, void** arguments, const unsigned* grid,
                           const unsigned* block, size_t shared, unsigned order) {{
    on_cpu::body = find(name)->call;
    on_cpu::arguments = arguments;
    return on_cpu::run(grid, block, shared, order);
}}
"""


@functools.cache
def compiled(source: str) -> ctypes.CDLL:
    """The source as a library of this process."""
    return build(source, stub(source))


def build(source: str, text: str) -> ctypes.CDLL:
    """What g++ makes of `text`, kept for the next time."""
    read = [*sorted(FOLDER.glob("*.cu*")), HERE / "cuda_on_cpu.h"]
    key = hashlib.blake2b(text.encode() + b"".join(p.read_bytes() for p in read))
    folder = Path(tempfile.gettempdir()) / f"cuda_on_cpu-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    library = folder / f"{source}-{key.hexdigest()[:16]}{'-asan' * SANITIZE}.so"
    if not library.exists():
        unfinished = folder / f"{library.name}.{os.getpid()}"
        options = [
            *("-fsanitize=address,alignment", "-fno-sanitize-recover=alignment"),
            *("-fno-omit-frame-pointer", "-g1"),
        ] * SANITIZE
        command = [
            *("g++", "-x", "c++", "-", "-o", str(unfinished), "-std=c++17"),
            "-O0" if SANITIZE else "-O1",
            *("-shared", "-fPIC", "-ffp-contract=off", "-w", *options),
            *("-I", str(FOLDER), "-I", str(toolkit())),
        ]
        subprocess.run(command, input=text, text=True, check=True)
        unfinished.rename(library)
    found = ctypes.CDLL(str(library))
    found.types.restype = found.run.restype = ctypes.c_char_p
    return found


@dataclass(frozen=True)
class Emulated:
    """Runs launches on the CPU.

    Parameters
    ----------
    order : str
        In which blocks and threads take their turns: one of `ORDERS`.
    rounding : str
        How products of float32 are said to round.
    way : str
        Which way is the fastest where there are several.
    """

    order: str = "forward"
    rounding: str = "float32"
    way: str = "patches"

    def compute(self, dtype: np.dtype) -> str:
        """What kernels round float32 to; the products below never do."""
        return {"float32": self.rounding, "float16": "f16"}.get(dtype.name, dtype.name)

    def fastest(self, problem: Hashable, ways: Mapping[str, Callable]) -> np.ndarray:
        """One of the ways, if it is there."""
        return ways.get(self.way, next(iter(ways.values())))()

    def product(
        self, a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None
    ) -> np.ndarray:
        """A library's product is none of these kernels."""
        return np.matmul(a, b, out=out)

    def __call__(self, launch: launching.Launch) -> None:
        library = compiled(launch.source)
        name = launch.kernel.encode()
        expected = library.types(name)
        assert expected is not None, (
            f"{launch.kernel} is no instance of {launch.source}"
        )
        received = "".join(f"{_code(a)} " for a in launch.args)
        _require_types(launch.kernel, expected.decode().split(), received.split())
        fenced = {id(a): _Fenced(a) for a in launch.args if _is_array(a) and SANITIZE}
        values = [_value(fenced.get(id(a), a)) for a in launch.args]
        pointers = (ctypes.c_void_p * len(values))(
            *(ctypes.cast(ctypes.byref(v), ctypes.c_void_p) for v in values)
        )
        failed = library.run(
            name,
            pointers,
            (ctypes.c_uint * 3)(*launch.grid),
            (ctypes.c_uint * 3)(launch.block, 1, 1),
            ctypes.c_size_t(launch.shared),
            ctypes.c_uint(ORDERS[self.order]),
        )
        for array in fenced.values():
            array.give_back()
        assert not failed, f"{launch.kernel}: {failed.decode()}"


class _Fenced:
    """A copy of an array in memory of its own, which the sanitizers watch.

    NumPy keeps small blocks for later use, so that one past their end is no error.
    """

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        past = array.ctypes.data % launching.ALIGNMENT  # a pack has to notice it
        self.block = LIBC.malloc(past + array.nbytes)
        self.at = self.block + past
        ctypes.memmove(self.at, array.ctypes.data, array.nbytes)

    def give_back(self) -> None:
        """What a kernel wrote, to the array itself."""
        if self.array.flags.writeable:
            ctypes.memmove(self.array.ctypes.data, self.at, self.array.nbytes)
        LIBC.free(self.block)


def _is_array(argument: object) -> bool:
    return isinstance(argument, np.ndarray)


def _code(argument: object) -> str:
    """What the header calls the type of an argument: a letter, after * for arrays."""
    if argument is None:
        return "*"
    assert isinstance(argument, np.ndarray | np.generic), (
        f"expected an array or a NumPy scalar, received {argument!r}"
    )
    if argument.dtype.kind == "V":
        return f"S{argument.dtype.itemsize}"
    letter = LETTERS[argument.dtype.str[1:]]
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous
        return f"*{letter}"
    return letter


def _require_types(kernel: str, expected: list[str], received: list[str]) -> None:
    """CuPy checks neither the number of arguments nor their types."""
    assert len(expected) == len(received), f"{kernel}: {expected} not {received}"
    for wanted, got in zip(expected, received, strict=True):
        assert wanted == got or (got == "*" == wanted[0]), (
            f"{kernel}: {wanted} not {got}"
        )


def _value(argument: object) -> ctypes.Array | ctypes.c_void_p:
    """The bytes of an argument: an address, or the scalar itself."""
    if argument is None:
        return ctypes.c_void_p(0)
    if isinstance(argument, _Fenced):
        return ctypes.c_void_p(argument.at)
    if isinstance(argument, np.ndarray):
        return ctypes.c_void_p(argument.ctypes.data)
    assert isinstance(argument, np.generic)
    raw = argument.tobytes()
    return (ctypes.c_char * max(8, len(raw))).from_buffer_copy(raw.ljust(8, b"\0"))
