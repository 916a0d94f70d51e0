"""Which library's arrays a run is computed with, and why not another's."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from scratchgan import backend
from scratchgan.backend import NUMPY, UnusableError, choose, like, number, on_host
from scratchgan.backend.on_cupy import code_of


def broken(*args, **kwargs):
    raise RuntimeError("cudaErrorInsufficientDriver: too old\nand more lines")


def without(reason):
    """A stand-in for a CuPy that imports and cannot be used."""
    cuda = SimpleNamespace(is_available=lambda: reason != "no GPU")
    return SimpleNamespace(cuda=cuda, float32=np.float32, arange=broken)


def test_numpy_is_there_always(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert choose("numpy") == (NUMPY, "")
    assert choose("auto") == (NUMPY, "")
    with pytest.raises(UnusableError, match=r"CuPy is not installed: pip install"):
        choose("cupy")
    with pytest.raises(ValueError, match="expected auto, numpy, cupy, received 'jax'"):
        choose("jax")


@pytest.mark.parametrize(
    ("cupy", "reason"),
    [
        (without("no GPU"), "backend: CuPy finds no GPU"),
        (
            without("a driver"),
            "backend: CuPy cannot use the GPU: cudaErrorInsufficientDriver: too old",
        ),
    ],
)
def test_a_cupy_that_cannot_be_used_says_why(cupy, reason, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    with pytest.raises(UnusableError) as found:
        choose("cupy")
    assert str(found.value) == reason
    assert choose("auto") == (NUMPY, f"{reason}; using NumPy")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import no_such_library", "No module named 'no_such_library'"),
        ("raise ImportError('libcudart.so.13: cannot open')", "libcudart.so.13"),
    ],
)
def test_a_cupy_that_does_not_import_is_not_called_missing(
    code, words, tmp_path, monkeypatch
):
    (tmp_path / "cupy.py").write_text(code)
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UnusableError, match=f"cannot use the GPU: {words}"):
        choose("cupy")
    assert choose("auto")[0] is NUMPY
    assert words in choose("auto")[1]


def test_the_real_cupy():
    cupy = pytest.importorskip("cupy")
    found, remark = choose("auto")
    if cupy.cuda.is_available():
        x = found.to_device(np.arange(3.0))
        assert isinstance(x, cupy.ndarray)
        assert found.to_host(x + like(np.ones(3), x)).tolist() == [1, 2, 3]
    else:
        assert (found, remark) == (NUMPY, "backend: CuPy finds no GPU; using NumPy")


def test_helpers_on_the_host():
    x = np.arange(6.0).reshape(2, 3)
    assert on_host(x)
    assert on_host(x[0, 0])
    assert type(number(x.sum())) is float
    assert like([1, 2], x, np.float32).dtype == np.float32
    assert backend.contiguous(x) is x
    assert backend.contiguous(x.T).flags.c_contiguous


def test_a_kernel_whose_header_changed_is_another(tmp_path):
    """CuPy finds what it compiled before by the text that it was given."""
    source, header = tmp_path / "own.cu", tmp_path / "shared.cuh"
    source.write_text('#include "shared.cuh"\n')
    texts = []
    for content in ("// one", "// two", "// one"):
        header.write_text(content)
        texts.append(code_of(source))
    assert texts[0] == texts[2] != texts[1]
    assert all(text.startswith(source.read_text()) for text in texts)
