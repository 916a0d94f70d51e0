"""Every CUDA source compiles for every architecture, with nothing to complain of."""

import cuda_registers
import pytest
from cuda_registers import ARCHITECTURES, compiled

from scratchgan.kernels.cuda.sources import FOLDER, INSTANCES

pytestmark = pytest.mark.skipif(cuda_registers.nvcc() is None, reason="needs nvcc")

TABLE = FOLDER / "registers.md"


@pytest.mark.slow
def test_no_warning_no_spill_and_the_registers_of_the_table():
    """The compiler is asked to fail on all of the former; the table is what it says.

    Another release of the compiler may need other registers: then only that every
    kernel is in the table is asked.
    """
    made, kept = cuda_registers.table(), TABLE.read_text()
    if cuda_registers.release() in kept:
        assert made == kept
    for kernels in INSTANCES.values():
        assert all(f"`{kernel}`" in kept for kernel in kernels)


@pytest.mark.slow
def test_every_source_has_a_launcher():
    assert {path.stem for path in FOLDER.glob("*.cu")} == set(INSTANCES)


SPILLING = """
__global__ void kernel(const int* at, float* y) {
    float kept[64];
    for (int i = 0; i < 64; ++i) kept[at[i] % 64] = y[i];
    for (int i = 0; i < 64; ++i) y[i] = kept[at[i]];
}
"""
WARNED = "__global__ void kernel(float* y) { int unused = 3; y[0] = 1; }"


@pytest.mark.parametrize("code", [SPILLING, WARNED])
def test_local_memory_and_warnings_are_errors(code, tmp_path, monkeypatch):
    """Seeded, to see the gate shut."""
    (tmp_path / "seeded.cu").write_text(code)
    monkeypatch.setattr(cuda_registers, "FOLDER", tmp_path)
    monkeypatch.setitem(INSTANCES, "seeded", ("kernel",))
    with pytest.raises(RuntimeError, match=r"[Ll]ocal memory|unused"):
        compiled("seeded", ARCHITECTURES[0])


def test_the_names_of_instances_are_those_of_the_compiler(tmp_path):
    """So that a kernel is found in the table, and by name on the device."""
    for source, kernels in INSTANCES.items():
        assert set(compiled(source, ARCHITECTURES[-1])) == set(kernels)
