"""The choice of BLAS kernels: only before NumPy, only where the processor has them."""

import os
import subprocess
import sys

import pytest

from scratchgan.cli.blas import NEEDED, VARIABLE

AMD = "vendor_id\t: AuthenticAMD\nflags\t\t: fpu sse2 {}\n"


def chosen(tmp_path, cpuinfo, before="", environment=None):
    """What the variable holds after `prefer_avx512`, in a process of its own."""
    file = tmp_path / "cpuinfo"
    if cpuinfo is not None:
        file.write_text(cpuinfo)
    code = (
        f"{before}\nimport os, pathlib\nfrom scratchgan.cli.blas import prefer_avx512\n"
        f"prefer_avx512(pathlib.Path({str(file)!r}))\n"
        f"print(os.environ.get({VARIABLE!r}, ''))"
    )
    clean = {k: v for k, v in os.environ.items() if k != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean | (environment or {}),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_amd_processors_with_avx512_get_its_kernels(tmp_path):
    assert chosen(tmp_path, AMD.format(" ".join(NEEDED))) == "SKYLAKEX"


@pytest.mark.parametrize(
    ("cpuinfo", "before", "environment"),
    [
        (AMD.format("avx2"), "", None),
        (AMD.format(" ".join(sorted(NEEDED)[1:])), "", None),
        ("vendor_id : GenuineIntel\nflags : " + " ".join(NEEDED), "", None),
        (AMD.format(" ".join(NEEDED)), "import numpy", None),  # too late
        (None, "", None),
        ("", "", None),
    ],
)
def test_nothing_happens_elsewhere(tmp_path, cpuinfo, before, environment):
    assert chosen(tmp_path, cpuinfo, before, environment) == ""


def test_what_the_user_chose_stays(tmp_path):
    cpuinfo = AMD.format(" ".join(NEEDED))
    assert chosen(tmp_path, cpuinfo, "", {VARIABLE: "ZEN"}) == "ZEN"
