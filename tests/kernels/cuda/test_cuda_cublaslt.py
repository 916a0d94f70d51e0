"""What cublasLt is told, in what order, and what becomes of it; without a device."""

import ctypes
import functools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cublaslt_stand_in import RealDescriptors, StandIn, library
from cuda_on_cpu import available, toolkit

from scratchgan.kernels.cuda import cublaslt_types as declared
from scratchgan.kernels.cuda.cublaslt import CublasLt
from scratchgan.kernels.cuda.cublaslt_types import (
    SIGNATURES,
    Algorithm,
    Attribute,
    CublasLtError,
    HeuristicResult,
)
from scratchgan.kernels.cuda.products import describe, matmul

NOT_SUPPORTED = "CUBLAS_STATUS_NOT_SUPPORTED"
LAYOUT = ["MatrixLayoutCreate", *["MatrixLayoutSetAttribute"] * 2]
PLAN = [
    *("MatmulDescCreate", *["MatmulDescSetAttribute"] * 2, *LAYOUT * 3),
    *("MatmulPreferenceCreate", *["MatmulPreferenceSetAttribute"] * 6),
    *("MatmulAlgoGetHeuristic", "MatmulPreferenceDestroy"),
]
UNPLAN = [*["MatrixLayoutDestroy"] * 3, "MatmulDescDestroy"]


def operands(dtype, batch=()):
    """Whole numbers, all of whose products and sums are exact in every type."""
    rng = np.random.default_rng(0)
    shapes = (*batch, 3, 4), (*batch, 4, 5), (*batch, 3, 5)
    return [rng.integers(-4, 5, s).astype(dtype) for s in shapes]


def product():
    return describe(*operands("float32"), "float32")[0]


def multiply(cublas, a, b, out):
    matmul(cublas.multiply, a, b, out)


@pytest.mark.parametrize("kind", [StandIn, RealDescriptors])
@pytest.mark.parametrize(
    ("dtype", "compute", "types"),
    [
        ("float32", "float32", (68, 0)),
        ("float32", "tf32", (77, 0)),
        ("float32", "bf16", (75, 0)),
        ("float16", "float32", (68, 0)),
        ("float64", "float64", (70, 1)),
    ],
)
@pytest.mark.parametrize("batch", [(), (2,)])
def test_the_library_computes_what_it_is_told(kind, dtype, compute, types, batch):
    stand_in = kind()
    with CublasLt((4096, 1 << 20), stand_in) as cublas:
        run = functools.partial(cublas.multiply, stream=77)
        a, b, out = operands(dtype, batch)
        for left in (a, a.mT.copy().mT):
            for right in (b, b.mT.copy().mT):
                for accumulate in (False, True):
                    twin = left @ right + (out if accumulate else 0)
                    matmul(run, left, right, out, compute, accumulate)
                    np.testing.assert_array_equal(out, twin)
    assert len(stand_in.multiplied) == 8
    for how, _, *last in stand_in.multiplied:
        assert (how[0], how[1]) == types
        assert last == [4096, 1 << 20, 77]
    schemes = 2 if dtype == "float16" else 7
    assert {tuple(p[n] for n in (1, 3)) for p in stand_in.asked} == {(1 << 20, schemes)}
    assert not stand_in.alive


def test_calls_and_their_order():
    stand_in = StandIn()
    cublas = CublasLt(library=stand_in)
    a, b, out = operands("float32")
    assert not stand_in.calls  # nothing before it is needed
    multiply(cublas, a, b, out)
    assert stand_in.calls == ["Create", *PLAN, "Matmul"]
    multiply(cublas, a, b, out)  # the same product needs no second choice
    assert stand_in.calls[-2:] == ["Matmul", "Matmul"]
    multiply(cublas, *(x.astype("f8") for x in (a, b, out)))
    assert stand_in.calls[-len(PLAN) - 2 :] == ["Matmul", *PLAN, "Matmul"]
    multiply(cublas, a, b, out)  # and its algorithm is its own
    assert [algorithm for _, algorithm, *_ in stand_in.multiplied] == [1, 1, 2, 1]
    before = len(stand_in.calls)
    cublas.close()
    assert stand_in.calls[before:] == [*UNPLAN * 2, "Destroy"]
    assert not stand_in.alive
    multiply(cublas, a, b, out)
    assert stand_in.calls[-len(PLAN) - 2 :] == ["Create", *PLAN, "Matmul"]


@pytest.mark.parametrize("kind", [StandIn, RealDescriptors])
def test_sums_of_float16_may_stay_float32(kind):
    stand_in, (a, b, _) = kind(), operands("float16")
    a, out = a * np.float16(1000), np.empty((3, 5), np.float32)
    with CublasLt(library=stand_in) as cublas:
        multiply(cublas, a, b, out)
    np.testing.assert_array_equal(out, a.astype("f4") @ b.astype("f4"))
    assert stand_in.asked[0][3] == 7


@pytest.mark.parametrize("kind", [StandIn, RealDescriptors])
def test_alignments_are_asked_for(kind):
    stand_in, given = kind(), product()
    given = given._replace(
        a=given.a._replace(alignment=4),
        b=given.b._replace(alignment=16),
        c=given.c._replace(alignment=64),
    )
    with CublasLt(library=stand_in) as cublas:
        cublas.plan(given)
        for at, name in ((6, "a"), (8, "b"), (32, "c")):
            addresses = {"a": 4, "b": 16, "c": 64, name: at}
            with pytest.raises(ValueError, match=f"{name}: expected a multiple"):
                cublas.multiply(given, **addresses)
    assert [stand_in.asked[0][n] for n in (5, 6, 7, 8)] == [4, 16, 64, 64]


@pytest.mark.parametrize("name", [n for n in SIGNATURES if not n.endswith("Destroy")])
def test_a_failure_is_one_line_and_leaves_nothing(name):
    stand_in = StandIn()
    stand_in.fails[name] = 15
    cublas, problem = CublasLt(library=stand_in), operands("float32")
    line = f"^{name}: expected CUBLAS_STATUS_SUCCESS, received {NOT_SUPPORTED}$"
    with pytest.raises(CublasLtError, match=line):
        multiply(cublas, *problem)
    if name != "cublasLtMatmul":
        assert {kind for kind, _ in stand_in.alive.values()} <= {""}  # but the handle
    stand_in.fails.clear()
    multiply(cublas, *problem)
    np.testing.assert_array_equal(problem[2], problem[0] @ problem[1])
    cublas.close()
    assert not stand_in.alive


def test_no_algorithm_is_an_error():
    stand_in = StandIn()
    with CublasLt(library=stand_in) as cublas:
        stand_in.found = 0
        with pytest.raises(CublasLtError, match="received none for Product"):
            cublas.plan(product())
        stand_in.found, stand_in.state = 1, 15
        with pytest.raises(CublasLtError, match=NOT_SUPPORTED):
            cublas.plan(product())
    assert not stand_in.alive


def test_a_destruction_that_fails_does_not_keep_the_others():
    stand_in = StandIn()
    cublas = CublasLt(library=stand_in)
    cublas.plan(product())
    stand_in.fails["cublasLtMatmulDescDestroy"] = 7
    with pytest.raises(CublasLtError, match=r"^cublasLtMatmulDescDestroy: expected"):
        cublas.close()
    assert stand_in.calls[-5:] == [*UNPLAN, "Destroy"]


def test_wrong_arguments_are_named():
    for workspace in ((128, 1024), (0, 1), (256, -1)):
        with pytest.raises(ValueError, match="workspace: expected a multiple of 256"):
            CublasLt(workspace)
    with pytest.raises(OSError, match=r"library: expected /nowhere\.so, received"):
        CublasLt(library="/nowhere.so").plan(product())


def plan_or_skip(cublas):
    cublas.plan(product())
    pytest.skip("there is a device")


def test_the_library_itself_says_that_there_is_no_device():
    line = r"^cublasLtCreate: expected CUBLAS_STATUS_SUCCESS, received CUBLAS_\w+$"
    cublas = CublasLt(library=library())
    with cublas, pytest.raises(CublasLtError, match=line):
        plan_or_skip(cublas)


def test_declarations_are_the_headers():
    """Every constant by its name, and the structures field by field."""
    folder = Path(library()._name).resolve().parents[1] / "include"
    if not available() or not (folder / "cublasLt.h").is_file():
        pytest.skip("needs g++, CUDA's headers and the library's")
    values = {
        name: value.number if isinstance(value, Attribute) else value
        for name, value in vars(declared).items()
        if name.startswith(("CUBLAS", "CUDA_R"))
    }
    for structure, name in (
        (Algorithm, "cublasLtMatmulAlgo_t"),
        (HeuristicResult, "cublasLtMatmulHeuristicResult_t"),
    ):
        values[f"sizeof({name})"] = ctypes.sizeof(structure)
        for field, *_ in structure._fields_:
            offset = getattr(structure, field).offset
            values[f"offsetof({name}, {field})"] = offset
    checks = "".join(f'static_assert({n} == {v}, "{n}");\n' for n, v in values.items())
    source = f"#include <cstddef>\n#include <cublasLt.h>\n{checks}"
    command = ["g++", "-x", "c++", "-", "-fsyntax-only", "-I", folder, "-I", toolkit()]
    result = subprocess.run(command, input=source, text=True, capture_output=True)
    assert result.returncode == 0, result.stderr
