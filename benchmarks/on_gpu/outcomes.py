"""A plugin of pytest that writes each outcome at once, so that none is lost."""

import json
import os
import sys
from typing import Any

FILE = "GPU_BENCHMARK_OUTCOMES"  # variable with the file's path


def say(**what: Any) -> None:
    """Append a line."""
    with open(os.environ[FILE], "a") as file:
        file.write(json.dumps(what) + "\n")


def pytest_runtest_logreport(report: Any) -> None:
    """A test's outcome, or why it could not be set up or taken down."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # the process that started it is told, too
    if report.when == "call" or report.outcome != "passed":
        why = getattr(getattr(report.longrepr, "reprcrash", None), "message", "")
        first = (str(why or report.longrepr or "").splitlines() or [""])[0]
        say(test=report.nodeid, outcome=report.outcome, why=first[:200])


def pytest_collectreport(report: Any) -> None:
    """A file that cannot be imported."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        last = (str(report.longrepr).splitlines() or [""])[-1]
        say(test=report.nodeid, outcome="failed", why=last[:200])


def pytest_sessionfinish() -> None:
    """How much of the device's memory CuPy held in this process."""
    held = 0
    if cupy := sys.modules.get("cupy"):
        held = cupy.get_default_memory_pool().total_bytes()
    say(bytes=held)
