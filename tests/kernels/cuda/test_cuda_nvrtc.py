"""What CuPy compiles with takes every source: NVRTC knows no header of the host."""

import cuda_nvrtc
import pytest
from cuda_nvrtc import lowered
from cuda_registers import ARCHITECTURES

from scratchgan.kernels.cuda.sources import FOLDER, INSTANCES

pytestmark = pytest.mark.skipif(
    not cuda_nvrtc.available(), reason="needs NVIDIA's wheel of NVRTC, and headers"
)


@pytest.mark.parametrize("source", INSTANCES)
def test_every_instance_has_a_name_on_the_device(source):
    kernels = INSTANCES[source]
    found = lowered((FOLDER / f"{source}.cu").read_text(), kernels, ARCHITECTURES[1])
    assert len(set(found.values())) == len(kernels)
    for kernel, name in found.items():
        assert kernel.split("<")[0] in name


@pytest.mark.parametrize(
    "code", ["#include <vector>\n__global__ void kernel() {}", "void kernel() {"]
)
def test_what_does_not_compile_is_an_error(code):
    """Seeded, to see the gate shut; nvcc would take the first."""
    with pytest.raises(RuntimeError, match="CompileProgram"):
        lowered(code, ("kernel",), ARCHITECTURES[1])
