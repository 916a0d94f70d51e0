"""Freed memory is kept, in a process that asked for it."""

import subprocess
import sys

import pytest

CODE = """
import resource
from scratchgan.cli.memory import keep_freed_memory
{}
import numpy as np
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def use():
    arrays = [np.ones(2_000_000, np.float32) for _ in range(8)]
use()
before = faults()
for _ in range(5):
    use()
print(faults() - before)
"""


def faults(call):
    """Page faults of five rounds of arrays, 64 MB each."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(call)],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_arrays_find_the_memory_of_those_before_them():
    assert faults("assert keep_freed_memory()") < 100
    assert faults("") > 500


def test_nothing_happens_without_glibc(monkeypatch):
    from scratchgan.cli import memory

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    assert not memory.keep_freed_memory()
