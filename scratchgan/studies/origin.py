"""Where a run was begun: on which machine, from which commit; kept beside the run."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from scratchgan import __version__
from scratchgan.training.checkpoint import write_atomically

CPU_INFO = Path("/proc/cpuinfo")
FILE = "origin.json"


@dataclass(frozen=True, order=True)
class Origin:
    """Where figures come from."""

    device: str
    commit: str


UNKNOWN = Origin("a machine that is not on record", "unknown")


def origin() -> Origin:
    """The machine that runs, and the commit of its checkout."""
    return Origin(f"{_processor()}, {os.cpu_count()} cores", _commit())


def keep_origin(folder: Path, where: Origin) -> None:
    """Write where the run in `folder` was begun."""
    content = json.dumps(asdict(where)) + "\n"
    write_atomically(folder / FILE, content.encode())


def read_origin(folder: Path) -> Origin:
    """Where the run in `folder` was made; `UNKNOWN` where that was not kept."""
    path = folder / FILE
    return Origin(**json.loads(path.read_text())) if path.exists() else UNKNOWN


def _processor() -> str:
    if CPU_INFO.is_file():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    """Of the checkout that this module lies in; the version where it is installed."""
    here = Path(__file__).parent
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return f"version {__version__}"
    return done.stdout.strip()
