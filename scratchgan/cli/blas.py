"""Which kernels OpenBLAS takes: a choice of this process, made before NumPy loads it.

OpenBLAS picks its kernels by the model of the processor, and takes those for AVX2 where
it does not know an AMD processor with AVX-512, as in many virtual machines. Products of
float32 matrices then run at half speed. A library must not change the environment of
its user's process; a command may change its own.
"""

import os
import sys
from pathlib import Path

#: What the kernels named SKYLAKEX are compiled for.
NEEDED = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
VARIABLE = "OPENBLAS_CORETYPE"


def prefer_avx512(cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Ask OpenBLAS for its AVX-512 kernels on AMD processors that have AVX-512.

    Nothing happens where the variable is set already, where NumPy is loaded, or where
    `cpuinfo` does not exist (other systems than Linux).
    """
    if VARIABLE in os.environ or "numpy" in sys.modules or not cpuinfo.exists():
        return
    fields = {}
    for line in cpuinfo.read_text().splitlines():
        name, _, value = line.partition(":")
        fields[name.strip()] = value.strip()
    amd = fields.get("vendor_id") == "AuthenticAMD"
    if amd and set(fields.get("flags", "").split()) >= NEEDED:
        os.environ[VARIABLE] = "SKYLAKEX"
