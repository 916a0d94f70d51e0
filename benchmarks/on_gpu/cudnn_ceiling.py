"""cuDNN through its frontend, without a framework between: convolutions of DCGAN-64.

The layers of `convolutions`, channels last, float32 arrays; cuDNN's heuristics choose
the engine, on tensor cores in TF32 as its error shows.
"""

import statistics
from typing import Any

from on_gpu import clock, place
from on_gpu.clock import Timed
from on_gpu.convolutions import PRIMITIVES, SAMPLES
from on_gpu.problems_products import WIDEST
from on_gpu.setting import Setting
from on_gpu.torch_steps import allow_tf32, timer


def missing(setting: Setting) -> str:
    """The frontend, PyTorch for its arrays, and a GPU."""
    if why := place.needs_gpu(setting):
        return why
    for module in ("cudnn", "torch"):
        if why := place.without_module(module):
            return why
    return ""


def items(setting: Setting) -> list[str]:
    """Layers and primitives."""
    return [f"{s}² × {c}, {name}" for s, c in WIDEST for name in PRIMITIVES]


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """Milliseconds, operations, and how far from PyTorch's float32."""
    import cudnn
    import torch

    layer, primitive = item.split(", ")
    side, channels = (int(n) for n in layer.split("² × "))
    n, half = SAMPLES["gpu"], side // 2
    x, W, dy = random((n, channels, side), (2 * channels, channels, 4),
                      (n, 2 * channels, half))  # fmt: skip
    out = {"fprop": dy, "dgrad": x, "wgrad": W}[primitive]
    found = torch.empty_like(out)
    handle = cudnn.create_handle()
    cudnn.set_stream(handle=handle, stream=torch.cuda.current_stream().cuda_stream)
    graph = cudnn.pygraph(
        io_data_type=cudnn.data_type.FLOAT,
        intermediate_data_type=cudnn.data_type.FLOAT,
        compute_data_type=cudnn.data_type.FLOAT,
        handle=handle,
    )
    pack = operation(graph, primitive, x, W, dy, found)
    graph.build([cudnn.heur_mode.A, cudnn.heur_mode.FALLBACK])
    size = max(1, graph.get_workspace_size())
    workspace = torch.empty(size, device="cuda", dtype=torch.uint8)

    def step() -> None:
        graph.execute(pack, workspace, handle=handle)

    times = clock.alone(
        Timed(step, timer(setting)), clock.ROUNDS, clock.REGION, clock.WARM
    )
    right = exact(primitive, x, W, dy)
    error = float((found - right).abs().max() / right.abs().max())
    cudnn.destroy_handle(handle)
    return {
        "ms": 1e3 * statistics.median(times),
        "flop": 2.0 * n * half * half * 16 * channels * 2 * channels,
        "error": error,
        "cudnn": cudnn.backend_version(),
    }


def random(*sizes: tuple[int, int, int]) -> list[Any]:
    """Arrays (N, C, side, side) on the device, channels last."""
    import torch

    return [
        torch.randn(n, c, side, side, device="cuda").to(
            memory_format=torch.channels_last
        )
        for n, c, side in sizes
    ]


def operation(
    graph: Any, primitive: str, x: Any, W: Any, dy: Any, found: Any
) -> dict[Any, Any]:
    """One primitive of a graph: its tensors and where they lie."""
    used = {"fprop": (x, W), "dgrad": (dy, W), "wgrad": (x, dy)}[primitive]
    names = {"fprop": ("image", "weight"), "dgrad": ("loss", "filter"),
             "wgrad": ("image", "loss")}[primitive]  # fmt: skip
    told = {
        name: graph.tensor(name=name, dim=list(a.shape), stride=list(a.stride()))
        for name, a in zip(names, used, strict=True)
    }
    how = {"padding": [1, 1], "stride": [2, 2], "dilation": [1, 1]}
    result = getattr(graph, f"conv_{primitive}")(**told, **how)
    result.set_output(True).set_dim(list(found.shape)).set_stride(list(found.stride()))
    return {**dict(zip(told.values(), used, strict=True)), result: found}


def exact(primitive: str, x: Any, W: Any, dy: Any) -> Any:
    """PyTorch's, in float32."""
    import torch

    allow_tf32(False)
    if primitive == "fprop":
        return torch.nn.functional.conv2d(x, W, None, 2, 1)
    mask = [primitive == "dgrad", primitive == "wgrad", False]
    how = [2, 2], [1, 1], [1, 1]
    given = (dy, x, W, None, *how, False, [0, 0], 1, mask)
    return torch.ops.aten.convolution_backward(*given)[mask.index(True)]
