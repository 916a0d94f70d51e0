"""Our step in the GPU benchmark, captured, on the tests' stand-in for a device."""

import sys
from pathlib import Path

import numpy as np
import pytest
from cuda_on_cpu import Emulated, available
from device import BACKEND, kernels

from scratchgan import tree
from scratchgan.backend import NUMPY

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from on_gpu.ours import prepare
from on_gpu.step_cases import TINY


@pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")
def test_a_captured_step_is_the_step():
    case = TINY["mlp"]
    with kernels(Emulated()):
        captured = prepare(case, BACKEND, "float32")
        as_it_is = prepare(case, BACKEND, "float32", graph=False)
        for _ in range(2):  # as many as were made to capture the other
            as_it_is()
        kept = tree.leaves(captured.lasting.players["player"].params)
        for x, y in zip(kept, tree.leaves(as_it_is.params), strict=True):
            np.testing.assert_array_equal(x.get(), y.get())
        before = [x.get() for x in kept]
        captured()
        assert any(np.any(x.get() != y) for x, y in zip(kept, before, strict=True))
    assert (captured.kind, as_it_is.kind) == ("captured", "eager")
    assert prepare(case, NUMPY, "float32").kind == "eager"
