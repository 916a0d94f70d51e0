"""Who runs kernels on an array, and how a launch is handed to CuPy."""

import numpy as np
import pytest
from cuda_on_cpu import Emulated
from device import ON_GPU, kernels
from device_array import wrapped

from scratchgan.backend import on_cupy
from scratchgan.kernels.cuda.device import (
    CUPY,
    as_cupy_takes_it,
    as_matrices,
    computing_in,
    runner,
)
from scratchgan.kernels.cuda.launch import Launch


def test_arguments_as_cupy_takes_them():
    structure = np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")])[0]
    assert as_cupy_takes_it(None) == np.uintp(0)
    assert type(as_cupy_takes_it(None)) is np.uintp
    taken = as_cupy_takes_it(structure)
    assert (taken.size, taken.tobytes()) == (1, structure.tobytes())
    assert as_cupy_takes_it(np.float64(2)) == 2.0


@pytest.mark.parametrize(
    ("a", "b"),
    [
        *(((3, 4), (4, 5)), ((4,), (4, 5)), ((2, 3, 4), (4, 5)), ((0, 3, 4), (4, 5))),
        *(((2, 3, 4), (2, 4, 5)), ((2, 2, 3, 4), (2, 2, 4, 5)), ((2, 2, 3, 4), (4, 5))),
        *(((3, 4), (4,)), ((4,), (4,))),
    ],
)
def test_products_of_any_rank_are_products_of_matrices(a, b):
    rng, asked = np.random.default_rng(0), []
    x, y = rng.normal(size=a).astype("f4"), rng.normal(size=b).astype("f4")

    def multiply(product, *addresses):
        asked.append(product)

    expected = x @ y
    found = as_matrices(multiply, x, y)
    assert found.shape == expected.shape
    assert len(asked) == bool(x.size)
    assert all(each.compute == "float32" for each in asked)
    if len(b) > 1:
        out = np.empty_like(expected)
        with computing_in("tf32"):
            assert as_matrices(multiply, x, y, out) is out
        assert all(each.compute == "tf32" for each in asked[1:])


def test_a_launch_asks_for_much_shared_memory(monkeypatch):
    asked = []

    class Function:
        def __call__(self, grid, block, args, shared_mem):
            asked.append((grid, block, shared_mem, self.max_dynamic_shared_size_bytes))

    Function.max_dynamic_shared_size_bytes = 48 << 10
    function = Function()
    monkeypatch.setattr(on_cupy, "cuda_function", lambda source, kernel: function)
    for shared in (1 << 10, 70 << 10):
        CUPY(Launch("softmax", "forward<float, 4>", (2, 1, 1), (), 64, shared))
    assert asked == [
        ((2, 1, 1), (64,), 1 << 10, 48 << 10),
        ((2, 1, 1), (64,), 70 << 10, 70 << 10),
    ]


@pytest.mark.skipif(ON_GPU, reason="of the stand-in")
def test_numbers_without_kernels_have_no_runner():
    x = np.ones(3)
    with kernels(Emulated()):
        assert runner(x) is None
        assert runner(wrapped(x.astype(np.int64))) is None
        assert runner(wrapped(x)) is not None
    assert runner(wrapped(x)) is None
