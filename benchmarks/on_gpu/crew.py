"""Runs a part in processes of its own, until its items are done or its time is over."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from on_gpu.parts import PARTS
from on_gpu.worker import Report, read

POLL = 0.05  # seconds
LEFT = 1.0  # seconds that are too few to start a process
ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "gpu.py"


class Member:
    """One process of a part, started again with what is left when it breaks off.

    Parameters
    ----------
    command : list of str
        That starts it, but for its items.
    environment : dict
        Its variables.
    folder : Path
        For its lines and its log.
    """

    def __init__(
        self, command: list[str], environment: dict[str, str], folder: Path
    ) -> None:
        self.command, self.environment, self.folder = command, environment, folder
        self.files: list[Path] = []
        self.failed: dict[str, str] = {}
        self.start(None)

    def start(self, only: list[str] | None) -> None:
        """Begin with these items, or with all that are dealt to it."""
        log = self.folder / f"{len(self.files)}.log"
        self.files.append(self.folder / f"{len(self.files)}.jsonl")
        own = ["--lines", str(self.files[-1])]
        own += [] if only is None else ["--only", "\n".join(only)]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [*self.command, *own],
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def report(self) -> Report:
        """What it has reported, in all its starts, and what it broke off at."""
        found = read(self.files)
        return found._replace(errors={**found.errors, **self.failed})

    def running(self, deadline: float) -> bool:
        """Whether it has not ended; one that broke off goes on behind that item."""
        if self.process.poll() is None:
            return True
        if not self.process.returncode:
            return False
        broken = read(self.files[-1:])
        if broken.begun or not broken.results.keys() | broken.errors.keys():
            self.failed[broken.begun or "start"] = self.last_words()
        left = self.report().left
        if "start" in self.failed or not left or time.monotonic() + LEFT > deadline:
            return False
        self.start(left)
        return True

    def last_words(self) -> str:
        """How the process ended, and the end of its log."""
        code = self.process.returncode
        ended = f"exit status {code}"
        if code and code < 0:
            ended = f"killed by {signal.Signals(-code).name}"
        log = (self.folder / f"{len(self.files) - 1}.log").read_text(errors="replace")
        lines = [line.strip() for line in log.splitlines() if line.strip()]
        return ": ".join([ended, *lines[-1:]])[:300]

    def end(self) -> None:
        """Kill the process, with those that it started, if it still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def run(name: str, device: str, seconds: float) -> dict[str, Any]:
    """A part's record: its state, its seconds, its results and errors by item.

    Parameters
    ----------
    name : str
        Of `PARTS`.
    device : str
        "gpu" or "cpu".
    seconds : float
        After which its processes are killed.
    """
    start, part = time.monotonic(), PARTS[name]
    deadline = start + seconds
    command = [sys.executable, str(SCRIPT), "--work", name, "--device", device]
    command += ["--seconds", f"{max(1.0, seconds - 2):.1f}"]
    variables = environment(device)
    with tempfile.TemporaryDirectory(prefix="gpu-benchmark-") as folder:
        members: list[Member] = []
        try:
            for i in range(part.processes):
                own = Path(folder) / str(i)
                own.mkdir()
                dealt = [*command, "--deal", str(i), str(part.processes)]
                members.append(Member(dealt, variables, own))
            going = members
            while going and time.monotonic() <= deadline:
                time.sleep(POLL)
                going = [m for m in members if m.running(deadline)]
        finally:
            for member in members:
                member.end()
        record = merged([m.report() for m in members], bool(going))
    return record | {"seconds": round(time.monotonic() - start, 2), "limit": seconds}


def environment(device: str) -> dict[str, str]:
    """Variables of a part's process."""
    paths = [ROOT, ROOT / "benchmarks", ROOT / "tests", os.environ.get("PYTHONPATH")]
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {
        **os.environ,
        **(one if device == "cpu" else {}),
        "PYTHONPATH": os.pathsep.join(str(p) for p in paths if p),
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "PYTHONUNBUFFERED": "1",
    }


def merged(reports: list[Report], late: bool) -> dict[str, Any]:
    """One record of what the processes of a part reported."""
    results: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for report in reports:
        results |= report.results
        errors |= report.errors
    missing = next((r.missing for r in reports if r.missing), "")
    left = [item for report in reports for item in report.left]
    state = "timed out" if late else "failed" if errors or left else "done"
    why = missing or ("; ".join(f"{i}: {e}" for i, e in errors.items()))[:300]
    record = {"state": "not run" if missing else state, "why": why}
    return record | {"results": results, "errors": errors, "not_reached": left}
