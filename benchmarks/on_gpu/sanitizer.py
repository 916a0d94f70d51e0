"""NVIDIA's compute-sanitizer on every kernel, with the arrays of `kernels_check`."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from on_gpu import machine, place, worker
from on_gpu.setting import Setting

TOOLS = ("memcheck", "racecheck", "synccheck", "initcheck")
FOUND = 9  # exit status when it finds errors
SCRIPT = Path(__file__).parents[1] / "gpu.py"
PART = "check"
START = 3.0  # seconds that this process itself has taken


def missing(setting: Setting) -> str:
    """The program, and a GPU."""
    if why := place.needs_gpu(setting):
        return why
    return "" if machine.tool("compute-sanitizer") else "no compute-sanitizer here"


def items(setting: Setting) -> list[str]:
    """Its tools."""
    return list(TOOLS)


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """How many errors, how many problems ran, and what it said first."""
    with tempfile.TemporaryDirectory() as folder:
        lines, log = Path(folder) / "lines", Path(folder) / "log"
        command = [
            machine.tool("compute-sanitizer"),
            *("--tool", item, "--error-exitcode", str(FOUND), "--log-file", str(log)),
            *(sys.executable, str(SCRIPT), "--work", PART, "--lines", str(lines)),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=setting.seconds - START
            )
            code, output = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired:
            code, output = None, ""
        said = log.read_text(errors="replace") if log.exists() else output
        return verdict(code, said, worker.read([lines]))


def verdict(code: int | None, said: str, report: worker.Report) -> dict[str, Any]:
    """What a run means: it passes if all problems ran and it found nothing.

    Parameters
    ----------
    code : int or None
        Exit status; None if the time was over.
    said : str
        Its log.
    report : Report
        Of the process that it watched.
    """
    summary = re.findall(r"(?:ERROR|RACECHECK) SUMMARY: (.*)", said)
    lines = [line.strip("= \t") for line in said.splitlines() if line.strip("= \t")]
    marks = ("Invalid", "Error", "hazard", "Uninitialized", "Barrier", "not supported")
    first = [line for line in lines if any(mark in line for mark in marks)]
    ran = len(report.results)
    return {
        "passes": code == 0 and ran == len(report.asked) > 0,
        "ran": ran,
        "of": len(report.asked),
        "ended": "time over" if code is None else f"exit status {code}",
        "summary": summary[-1] if summary else "",
        "first": first[:5] or lines[-3:],
        "errors": report.errors,
    }
