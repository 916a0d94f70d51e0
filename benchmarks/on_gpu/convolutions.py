"""DCGAN-64's three widest convolutions: our layer's verbs beside PyTorch's cuDNN.

What a user of the layer gets, whatever kernels it takes: forward, the input gradient
and the weight gradient, channels last on both sides, in turn. `kernels` measures the
launches by themselves.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from on_gpu import clock, place, torch_steps
from on_gpu.clock import Timed
from on_gpu.problems_products import WIDEST
from on_gpu.setting import LIMITS, Setting
from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.kernels.cuda.device import computing_in

SAMPLES = {"gpu": 192, "cpu": 2}
PRIMITIVES = ("fprop", "dgrad", "wgrad")
Call = Callable[[], Any]
TIMES = 2.0  # two results, each off by as much as one may be


def missing(setting: Setting) -> str:
    """What steps against PyTorch need."""
    return torch_steps.missing(setting)


def items(setting: Setting) -> list[str]:
    """Layers."""
    known = WIDEST if not setting.tiny else ((8, 4),)
    return [f"{side}² × {channels}" for side, channels in known]


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """By primitive: both times, and operations."""
    side, channels = (int(n) for n in item.split("² × "))
    shape = (SAMPLES[setting.device], side, side, channels)
    torch_steps.allow_tf32(setting.precision == "tf32")
    with computing_in(setting.precision):
        mine, theirs = ours(shape, setting), cudnn(shape, setting)
        found = compared(mine, theirs, setting)
    flop = 2.0 * shape[0] * (side // 2) ** 2 * 16 * channels * 2 * channels
    return {"flop": flop, "primitives": found}


def compared(
    mine: dict[str, Call], theirs: dict[str, Call], setting: Setting
) -> dict[str, Any]:
    """Both sides of every primitive in turn, after their results were compared."""
    found = {}
    for name in PRIMITIVES:
        error = difference(place.backend(setting).to_host(mine[name]()), theirs[name]())
        assert error <= TIMES * LIMITS[setting.precision], f"{name}: differ by {error}"
        sides = (
            Timed(mine[name], clock.of_cupy(setting)),
            Timed(theirs[name], torch_steps.timer(setting)),
        )
        found[name] = {"error": error, **clock.in_turn(*sides)}
    return found


def given(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, W and dy."""
    n, side, _, channels = shape
    rng = np.random.default_rng(0)
    shapes = (
        shape,
        (4, 4, channels, 2 * channels),
        (n, *(side // 2,) * 2, 2 * channels),
    )
    x, W, dy = (rng.standard_normal(each, np.float32) for each in shapes)
    return x, W, dy


def ours(shape: tuple[int, ...], setting: Setting) -> dict[str, Call]:
    """Calls of the layer's verbs."""
    to_device = place.backend(setting).to_device
    x, W, dy = map(to_device, given(shape))
    layer = nn.Conv2d(2 * shape[-1], 4, 2, 1, bias=False)
    params, _ = layer.init(np.random.default_rng(0), shape[1:])
    params = params._replace(W=W)
    _, cache = layer.forward(params, x)

    def weight_gradient() -> Any:
        return tree.leaves(layer.backward(params, cache, dy, "params")[1])[0]

    return {
        "fprop": lambda: layer.forward(params, x)[0],
        "dgrad": lambda: layer.backward(params, cache, dy, "inputs")[0],
        "wgrad": weight_gradient,
    }


def cudnn(shape: tuple[int, ...], setting: Setting) -> dict[str, Call]:
    """Calls of PyTorch's."""
    import torch

    device = "cpu" if setting.tiny else "cuda"
    last = {"memory_format": torch.channels_last, "device": device}
    x, W, dy = given(shape)
    xt, dyt = (torch.from_numpy(a).permute(0, 3, 1, 2).to(**last) for a in (x, dy))
    Wt = torch.from_numpy(W).permute(3, 2, 0, 1).to(**last)

    def back(mask: list[bool]) -> Any:
        two = [2, 2], [1, 1], [1, 1]
        return torch.ops.aten.convolution_backward(
            dyt, xt, Wt, None, *two, False, [0, 0], 1, mask
        )

    return {
        "fprop": lambda: torch.nn.functional.conv2d(xt, Wt, None, 2, 1),
        "dgrad": lambda: back([True, False, False])[0],
        "wgrad": lambda: back([False, True, False])[1],
    }


def difference(a: np.ndarray, b: Any) -> float:
    """Largest, relative to the largest number; b is PyTorch's, in its layout."""
    order = (2, 3, 1, 0) if a.shape[:2] == (4, 4) else (0, 2, 3, 1)
    b = b.permute(order).cpu().numpy()
    return float(np.abs(a - b).max() / np.abs(b).max())
