"""What the device can do at best: a large copy, and large products of cuBLAS."""

import statistics
from typing import Any

from on_gpu import clock, place
from on_gpu.clock import Timed
from on_gpu.setting import Setting
from on_gpu.torch_steps import allow_tf32, missing, timer

__all__ = ["items", "measure", "missing"]

COPIED = {"gpu": 2**30, "cpu": 2**20}  # bytes
SIDE = {"gpu": 8192, "cpu": 128}  # of matrices
PRODUCTS = {"float32": "float32", "tf32": "float32", "bf16": "bfloat16"}


def items(setting: Setting) -> list[str]:
    """A copy, and products by precision."""
    return ["copy", *PRODUCTS]


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """GB/s, read and written counted, or TFLOP/s."""
    import torch

    device = "cpu" if setting.tiny else "cuda"
    if item == "copy":
        a = torch.randn(COPIED[setting.device] // 4, device=device)
        b = torch.empty_like(a)
        ms = milliseconds(lambda: b.copy_(a), setting)
        return {"ms": ms, "gb_s": 2 * a.nbytes / ms / 1e6}
    allow_tf32(item == "tf32")
    n, dtype = SIDE[setting.device], getattr(torch, PRODUCTS[item])
    a, b = (torch.randn(n, n, device=device, dtype=dtype) for _ in range(2))
    out = torch.empty_like(a)
    ms = milliseconds(lambda: torch.mm(a, b, out=out), setting)
    return {"ms": ms, "tflop_s": 2 * n**3 / ms / 1e9}


def milliseconds(step: Any, setting: Setting) -> float:
    """Median over rounds."""
    rounds = clock.alone(
        Timed(step, timer(setting)), clock.ROUNDS, clock.REGION, clock.WARM
    )
    place.free()
    return 1e3 * statistics.median(rounds)
