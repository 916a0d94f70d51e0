"""Compile every CUDA source, and tell what the kernels need of a multiprocessor.

python tests/cuda_registers.py > kernels/cuda/registers.md
"""

import functools
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from scratchgan.kernels.cuda.sources import FOLDER, INSTANCES

ARCHITECTURES = ("sm_80", "sm_90", "sm_100")
#: Warnings of the compiler and the assembler, spills and local memory are errors.
STRICT = (
    *("-std=c++17", "-ftz=true", "-Werror", "all-warnings"),
    *("-Xptxas", "-v,-warn-spills,-warn-lmem-usage,-Werror"),
)
HEADER = """# What the kernels need of a multiprocessor

Registers a thread, and bytes of static shared memory a block, as {nvcc} says. No
kernel spills registers or uses local memory, which the tests make an error:

    {options}

Made by `python tests/cuda_registers.py > kernels/cuda/registers.md`."""


class Need(NamedTuple):
    """Of one kernel on one architecture."""

    registers: int
    shared: int
    stack: int


def nvcc() -> str | None:
    """Where the compiler is, if anywhere."""
    return shutil.which("nvcc")


def release() -> str:
    """The compiler's version."""
    told = subprocess.run(
        [nvcc() or "nvcc", "--version"], capture_output=True, text=True, check=True
    )
    found = re.search(r"V([\d.]+)", told.stdout)
    assert found
    return f"nvcc {found[1]}"


def stub(source: str) -> str:
    """A source, and one address of every instance, so that all are compiled."""
    table = ", ".join(f"(const void*)&{kernel}" for kernel in INSTANCES[source])
    return f'#include "{source}.cu"\nconst void* kernels[] = {{{table}}};\n'


@functools.cache
def compiled(source: str, architecture: str) -> dict[str, Need]:
    """What each instance of a source needs.

    Raises
    ------
    RuntimeError
        With the compiler's words, if it has anything to complain of.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stub.cu"
        file.write_text(stub(source))
        told = subprocess.run(
            [
                *(nvcc() or "nvcc", str(file), "-cubin", f"-arch={architecture}"),
                *("-I", str(FOLDER), "-o", str(file.with_suffix(".cubin")), *STRICT),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if told.returncode:
        raise RuntimeError(f"{source} for {architecture}: {told.stdout}{told.stderr}")
    return _needs(told.stderr)


def _needs(told: str) -> dict[str, Need]:
    """ptxas's verbose words, kernel by kernel."""
    found = {}
    for part in told.split("Compiling entry function ")[1:]:
        name = part.split("'")[1]
        registers = re.search(r"Used (\d+) registers", part)
        shared = re.search(r"(\d+) bytes smem", part)
        stack = re.search(r"(\d+) bytes stack frame", part)
        assert registers
        assert stack
        need = Need(int(registers[1]), int(shared[1]) if shared else 0, int(stack[1]))
        found[_plain(name)] = need
    return found


def _plain(mangled: str) -> str:
    """`forward<float, 4>` for a mangled name."""
    told = subprocess.run(
        ["c++filt", mangled], capture_output=True, text=True, check=True
    )
    name = re.sub(r"\((int|bool)\)", "", told.stdout.strip().removeprefix("void "))
    return name.split("(")[0]


def all_compiled() -> dict[tuple[str, str], dict[str, Need]]:
    """Every source for every architecture, two at a time."""
    jobs = [(source, arch) for source in INSTANCES for arch in ARCHITECTURES]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(jobs, pool.map(lambda job: compiled(*job), jobs), strict=True))


def table() -> str:
    """The page."""
    found = all_compiled()
    lines = [HEADER.format(nvcc=release(), options=" ".join(STRICT))]
    for source in INSTANCES:
        lines += [
            f"\n## {source}.cu\n",
            f"| kernel | {' | '.join(ARCHITECTURES)} | shared |",
        ]
        lines.append("|---|" + "--:|" * (len(ARCHITECTURES) + 1))
        for kernel in found[source, ARCHITECTURES[0]]:
            needs = [found[source, arch][kernel] for arch in ARCHITECTURES]
            cells = [str(need.registers) for need in needs]
            cells.append(str(max(need.shared for need in needs)))
            lines.append(f"| `{kernel}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
