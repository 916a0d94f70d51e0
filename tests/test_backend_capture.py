"""What the host does around CuPy: constants kept, captures begun and ended.

CuPy itself is a stand-in of a few lines; nothing here shows that a GPU works.
"""

import sys
import weakref
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from scratchgan.backend import CaptureError, like, on_cupy
from scratchgan.later import CountError


class CupyArray(np.ndarray):
    """An array that says it is CuPy's."""


CupyArray.__module__ = "cupy"


class Stream:
    """Notes what is asked of it."""

    def __init__(self, non_blocking=False):
        self.asked, self.capturing = [], False

    def __enter__(self):
        self.asked.append("current")
        return self

    def __exit__(self, *problem):
        self.asked.append("not current")

    def begin_capture(self):
        self.asked.append("begin")

    def end_capture(self):
        self.asked.append("end")
        return SimpleNamespace(launch=lambda: self.asked.append("launch"))

    def is_capturing(self):
        return self.capturing


@pytest.fixture
def stream(monkeypatch):
    made = Stream()
    device = SimpleNamespace(id=0, synchronize=lambda: made.asked.append("wait"))
    cupy = ModuleType("cupy")
    cupy.asarray = lambda values: np.array(values).view(CupyArray)
    pool = SimpleNamespace(free_all_blocks=lambda: made.asked.append("free"))
    cupy.get_default_memory_pool = lambda: pool
    cupy.cuda = SimpleNamespace(
        MemoryPool=lambda: SimpleNamespace(malloc=None),
        Stream=lambda non_blocking: made,
        Device=lambda: device,
        using_allocator=lambda allocate: nullcontext(),
        get_current_stream=lambda: made,
    )
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    on_cupy._constant.cache_clear()
    yield made
    on_cupy._constant.cache_clear()


def test_constants_are_copied_once_and_not_in_a_capture(stream):
    x = np.zeros(1).view(CupyArray)
    kept = like(np.arange(3.0), x)
    assert kept.tolist() == [0, 1, 2]
    assert like([0, 1, 2], x, np.float64) is kept
    assert like(np.arange(3), x) is not kept  # of another type
    assert like(kept, x) is kept
    large = np.zeros(on_cupy.CONSTANT // 8 + 1)
    assert like(large, x) is not like(large, x)
    stream.capturing = True
    assert like(np.arange(3.0), x) is kept
    for new in (np.arange(4.0), large):
        with pytest.raises(CaptureError, match="no new constants, received float64"):
            like(new, x)


def test_a_capture_begins_ends_and_is_launched(stream):
    def run():
        stream.asked.append("run")
        return "found"

    found, launch = on_cupy.captured(run)
    assert found == "found"
    expected = ["wait", "free", "current", "begin", "run", "end", "not current"]
    assert stream.asked == expected
    launch()
    launch()
    assert stream.asked == [*expected, "launch", "launch"]


def test_a_graph_keeps_its_constants_and_no_others(stream):
    """Whatever the cache forgets: kernels read them at every launch."""
    x = np.zeros(1).view(CupyArray)
    for values in (np.arange(2.0), np.arange(3.0)):
        like(values, x)

    def using(values):
        def run():
            stream.capturing = True
            found = weakref.ref(like(values, x))
            stream.capturing = False
            return found

        return on_cupy.captured(run)

    (first, launch), (second, _) = using(np.arange(2.0)), using(np.arange(3.0))
    on_cupy._constant.cache_clear()
    assert first() is not None
    del launch
    assert first() is None
    assert second() is not None  # by the last capture


@pytest.mark.parametrize(
    ("raised", "seen", "words"),
    [
        (NotImplementedError("cuBLAS\nmore"), CaptureError, "a captured step: cuBLAS$"),
        (RuntimeError(), CaptureError, "a captured step: RuntimeError"),
        (CaptureError("why"), CaptureError, "^why$"),
        (CountError("a count"), CountError, "^a count$"),
    ],
)
def test_a_capture_that_fails_ends_all_the_same(stream, raised, seen, words):
    def run():
        raise raised

    with pytest.raises(seen, match=words):
        on_cupy.captured(run)
    assert stream.asked[-2:] == ["end", "not current"]
