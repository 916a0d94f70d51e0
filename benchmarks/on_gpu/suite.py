"""The tests of device arrays and captured steps, with CuPy's arrays for the stand-ins.

The tests read `VARIABLE`, which says whose arrays they use. Those that know nothing of
it would pass without a GPU, so that a session counts only if CuPy held memory in it.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from on_gpu import place
from on_gpu.outcomes import FILE
from on_gpu.setting import Setting

ROOT = Path(__file__).parents[2]
VARIABLE = "SCRATCHGAN_TEST_BACKEND"
FOLDERS = (
    "tests/test_device_arrays.py",
    "tests/test_kernels_in_layers.py",
    "tests/training/test_graph.py",
)
PROCESSES = 6  # where pytest-xdist is there
FIRST = 0.6  # of the time, for the first
KEPT = 40  # failures that are recorded

_began = time.monotonic()


def missing(setting: Setting) -> str:
    """A GPU, pytest and Hypothesis."""
    if why := place.needs_gpu(setting):
        return why
    return place.without_module("pytest") or place.without_module("hypothesis")


def items(setting: Setting) -> list[str]:
    """Files and folders of tests."""
    return list(FOLDERS)


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """How many tests passed, failed and were left out, and which failed."""
    share = FIRST if item == FOLDERS[0] else 1.0
    left = setting.seconds - (time.monotonic() - _began)
    return session(item, max(1.0, share * left))


def session(where: str, seconds: float, root: Path = ROOT) -> dict[str, Any]:
    """One run of pytest.

    Parameters
    ----------
    where : str
        File or folder, from `root` on.
    seconds : float
        After which it is ended; what was found by then counts.
    root : Path
        Of the tests.
    """
    several = importlib.util.find_spec("xdist") is not None
    command = [sys.executable, "-m", "pytest", where, "-q", "-p", "on_gpu.outcomes"]
    command += ["-p", "no:cacheprovider", "-o", "filterwarnings=default"]
    command += ["-n", str(PROCESSES)] if several else []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outcomes"
        environment = {**os.environ, VARIABLE: "cupy", FILE: str(file)}
        environment.pop("PYTEST_XDIST_WORKER", None)  # the session is nobody's worker
        try:
            done = subprocess.run(
                command,
                cwd=root,
                env=environment,
                capture_output=True,
                text=True,
                timeout=seconds,
            )
            ended, output = f"exit status {done.returncode}", done.stdout + done.stderr
        except subprocess.TimeoutExpired:
            ended, output = "time over", ""
        lines = file.read_text().splitlines() if file.exists() else []
    return counted([json.loads(line) for line in lines], ended, output)


def counted(said: list[dict[str, Any]], ended: str, output: str) -> dict[str, Any]:
    """What a session's outcomes come to."""
    tests = [each for each in said if "test" in each]
    failed = [each for each in tests if each["outcome"] == "failed"]
    held = max((each["bytes"] for each in said if "bytes" in each), default=0)
    counts = {
        outcome: sum(each["outcome"] == outcome for each in tests)
        for outcome in ("passed", "failed", "skipped")
    }
    last = [line for line in output.splitlines() if line.strip()][-3:]
    return {
        **counts,
        "ended": ended,
        "device_bytes": held,
        "passes": ended == "exit status 0" and held > 0 and counts["passed"] > 0,
        "failures": {each["test"]: each["why"] for each in failed[:KEPT]},
        "last": [] if tests else last,
    }
