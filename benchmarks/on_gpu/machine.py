"""What the machine is: the device, the driver, the libraries."""

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from on_gpu import place
from on_gpu.setting import Setting

PACKAGES = (
    *("numpy", "cupy-cuda13x", "cupy-cuda12x", "torch", "jax", "jaxlib"),
    *("nvidia-cudnn-cu13", "nvidia-cudnn-frontend", "nvidia-cublas"),
)
QUERY = "name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit"


def missing(setting: Setting) -> str:
    """Nothing is needed to look."""
    return ""


def items(setting: Setting) -> list[str]:
    """Of the part."""
    return ["device", "versions"]


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """Names and numbers."""
    return versions() if item == "versions" else device(setting)


def versions() -> dict[str, str]:
    """Of Python and of the packages that are there."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    if nvcc := tool("nvcc"):
        said = printed([nvcc, "--version"])
        found["nvcc"] = (re.findall(r"release ([\d.]+)", said) or ["unknown"])[0]
    return found


def device(setting: Setting) -> dict[str, Any]:
    """Of the GPU as the driver and CuPy name it; of the processor in a rehearsal."""
    host = {"host": f"{processor()}, {os.cpu_count()} cores"}
    if setting.tiny:
        return {"name": "CPU", **host}
    said = printed(["nvidia-smi", f"--query-gpu={QUERY}", "--format=csv,noheader"])
    values = [v.strip() for line in said.splitlines()[:1] for v in line.split(",")]
    found: dict[str, Any] = dict(zip(QUERY.split(","), values, strict=False))
    if not place.without_gpu(setting):
        found |= place.properties()
    return {**found, **host}


def processor() -> str:
    """Its name."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    names = re.findall(r"model name\s*:\s*(.*)", text)
    return names[0] if names else platform.machine()


def tool(name: str) -> str:
    """Where a program of CUDA's toolkit lies; empty if nowhere known."""
    roots = [
        os.environ.get("CUDA_PATH"),
        os.environ.get("CUDA_HOME"),
        "/usr/local/cuda",
    ]
    places = [Path(root) / sub / name for root in roots if root
              for sub in ("bin", "compute-sanitizer")]  # fmt: skip
    found = [shutil.which(name), *(str(p) for p in places if os.access(p, os.X_OK))]
    return next((each for each in found if each), "")


def printed(command: list[str]) -> str:
    """What a program prints; nothing if it is not there or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
