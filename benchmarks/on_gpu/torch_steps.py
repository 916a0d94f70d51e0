"""Our steps beside PyTorch's: eager, and captured with channels last.

The eager step runs in four forms, channels first or last, the batches apart or as one;
the captured one, channels last, in two. Of each the fastest counts. Adam is fused, and
cuDNN may try its algorithms.
"""

from collections.abc import Callable
from math import inf
from typing import Any

from on_gpu import agreement, clock, ours, place
from on_gpu.clock import Timed
from on_gpu.setting import Setting
from on_gpu.step_cases import StepCase, cases

SIDES = {
    "graph": [("last", True), ("last", False)],
    "eager": [("first", True), ("first", False), ("last", True), ("last", False)],
}
WARM = 4  # steps before a capture
TRIAL = 2  # rounds by which forms are compared


def missing(setting: Setting) -> str:
    """PyTorch that sees the GPU, and CuPy."""
    if why := place.without_module("torch") or place.without_gpu(setting):
        return why
    import torch

    there = setting.tiny or torch.cuda.is_available()
    return "" if there else "PyTorch finds no GPU"


def items(setting: Setting) -> list[str]:
    """Cases and sides; float32 is compared with the eager step alone."""
    sides = ["eager"] if setting.tiny or setting.precision == "float32" else SIDES
    return [f"{case}, {side}" for case in cases(setting) for side in sides]


def measure(item: str, setting: Setting) -> dict[str, Any]:
    """Both sides in turn, after their gradients were compared."""
    name, side = item.split(", ")
    case, backend = cases(setting)[name], place.backend(setting)
    allow_tf32(setting.precision == "tf32")
    first = forms(case, side)[0]
    errors = agreement.require(
        name,
        setting,
        lambda which: ours.Step(which, backend, setting.precision).gradient(),
        lambda which: TorchStep(which, *first, setting).gradient(),
    )
    step = ours.prepare(case, backend, setting.precision)
    mine = Timed(step, clock.of_cupy(setting))
    (layout, joint), theirs = fastest(case, side, setting)
    found = clock.in_turn(mine, theirs)
    shown = f"channels {layout}, batches {'joint' if joint else 'apart'}"
    return {"errors": errors, "ours": step.kind, "form": shown, **found}


def forms(case: StepCase, side: str) -> list[tuple[str, bool]]:
    """Layout, and whether batches are joint, of which R1 has only one."""
    return [f for f in SIDES[side] if f[1] or case.kind == "critic"]


def fastest(
    case: StepCase, side: str, setting: Setting
) -> tuple[tuple[str, bool], Timed]:
    """The form that takes least; the others are let go."""
    least, best = inf, None
    for form in forms(case, side):
        step: Callable[[], Any] = TorchStep(case, *form, setting)
        timed = Timed(captured(step) if side == "graph" else step, timer(setting))
        seconds = min(clock.alone(timed, TRIAL, clock.REGION, clock.WARM))
        if best is None or seconds < least:
            least, best = seconds, (form, timed)
        del step, timed
        place.free()
    assert best is not None
    return best


class TorchStep:
    """PyTorch's step: a double backward, and its fused Adam.

    Parameters
    ----------
    case : StepCase
        Which.
    layout : str
        "first" or "last".
    joint : bool
        Whether the critic sees its batches as one.
    setting : Setting
        Where.
    """

    def __init__(
        self, case: StepCase, layout: str, joint: bool, setting: Setting
    ) -> None:
        import numpy as np
        import torch
        from cases import BETA1, BETA2, LEARNING_RATE, parameters
        from style_twin import style_twin
        from twin import in_layout

        self.kind, self.joint = case.kind, joint
        device = "cpu" if setting.tiny else "cuda"
        network, shape = case.case.critic, case.case.shape
        net = style_twin(network, parameters(network, shape, np.float32), np.float32)
        self.net = in_layout(net.to(device), layout)
        self.given = [in_layout(a, layout).to(device) for a in case.given(np.float32)]
        self.adam = torch.optim.Adam(
            self.net.parameters(),
            LEARNING_RATE,
            betas=(BETA1, BETA2),
            fused=True,
            capturable=not setting.tiny,
        )

    def __call__(self) -> None:
        """Make it."""
        self.backward()
        self.adam.step()

    def backward(self) -> None:
        """The gradient alone."""
        import critic_step
        import r1_step

        self.adam.zero_grad(set_to_none=True)
        if self.kind == "critic":
            loss = critic_step.torch_loss(self.net, self.given, self.joint)
        else:
            loss = r1_step.torch_loss(self.net, self.given[0])
        loss.backward()

    def gradient(self) -> list[Any]:
        """By parameter, in our layouts; zeros where none flows."""
        import torch
        from twin import gradients

        self.backward()
        for p in self.net.parameters():
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        return gradients(self.net.cpu())  # .grad goes along


def captured(step: Callable[[], Any]) -> Callable[[], Any]:
    """The whole step as a CUDA graph; warmed up on a stream of its own."""
    import torch

    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def timer(setting: Setting) -> Callable[[Callable[[], Any], int], float]:
    """By events of PyTorch's stream."""
    if setting.tiny:
        return clock.on_host(lambda: None)
    import torch

    return clock.between_events(
        lambda: torch.cuda.Event(enable_timing=True),
        lambda start, end: start.elapsed_time(end) / 1e3,
    )


def allow_tf32(allowed: bool) -> None:
    """For products and convolutions; and let cuDNN try its algorithms."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed
    torch.backends.cudnn.benchmark = True
