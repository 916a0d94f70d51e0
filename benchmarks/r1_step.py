"""R1 steps, Adam included, beside PyTorch's double backward.

    pip install -e '.[bench]'
    python benchmarks/r1_step.py [--case dcgan64] [--json FILE]

The lazy regularisation step of StyleGAN2: the gradient of γ/2 mean ‖∇ₓD(x)‖² on real
samples alone, in four sweeps. Cases: the DCGAN-64 discriminator without normalisation,
the CIFAR critic of residual blocks, and StyleGAN2's residual discriminator for 64 × 64
images with MinibatchStddev. PyTorch runs channels first and last. See `side_by_side`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from cases import (
    BETA1,
    BETA2,
    CASES,
    LEARNING_RATE,
    Case,
    adam,
    no_draw,
    parameters,
    rows,
    samples,
    sharded,
)
from critic_step import linear_flop
from side_by_side import Benchmark, Step, main

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.networks import stylegan2
from scratchgan.penalties import R1, penalty_gradient
from scratchgan.training.system import Draw, Objective, Outcome, Player

GAMMA = 10.0


def stylegan2_discriminator() -> nn.Sequential:
    """64 × 64 to 8 × 8, 64 to 256 channels."""
    first = [nn.Equalized(nn.Conv2d(64, 1)), *stylegan2.activation()]
    blocks = [
        stylegan2.discriminator_block(*widths)
        for widths in ((64, 128), (128, 256), (256, 256))
    ]
    return nn.Sequential([*first, *blocks, stylegan2.discriminator_epilogue(256)])


R1_CASES = {name: CASES[name] for name in ("dcgan64", "resnet")} | {
    "stylegan2": Case(stylegan2_discriminator(), (64, 64, 3), 16)
}


def objective(case: Case, x: np.ndarray) -> Objective:
    """R1 on the given samples, or on a shard of them."""

    def found(params: Any, draw: Draw) -> Outcome:
        part = x[rows(draw, case.batch)]
        ctx = draw.context("discriminator")
        penalty = R1(GAMMA)
        step = penalty_gradient(case.critic, params["player"], part, penalty, ctx=ctx)
        return Outcome(step.value.loss, {}, step.dparams, params["player"])

    return found


@contextmanager
def ours(case: Case) -> Iterator[Step]:
    """Gradient and update."""
    optimizer = adam()
    params = parameters(case.critic, case.shape, np.float32)
    state = optimizer.init(params)
    player = Player(case.critic, case.shape, optimizer)
    whole = objective(case, samples(case, np.float32)[0])
    with sharded(player, whole, case.batch) as gradient:

        def step() -> None:
            nonlocal params, state
            outcome = gradient({"player": params}, no_draw())
            params, state = optimizer.update(params, outcome.dparams, state)

        yield step


def torch_loss(net: Any, x: Any) -> Any:
    """R1 through a double backward."""
    import torch

    x = x.detach().requires_grad_(True)
    (g,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
    return GAMMA / 2 * g.square().sum() / len(x)


@contextmanager
def pytorch(case: Case, layout: str) -> Iterator[Step]:
    """The same step in PyTorch."""
    import torch
    from style_twin import style_twin
    from twin import in_layout

    params = parameters(case.critic, case.shape, np.float32)
    net = in_layout(style_twin(case.critic, params, np.float32), layout)
    x = in_layout(samples(case, np.float32)[0], layout)
    fused = torch.optim.Adam(
        net.parameters(), LEARNING_RATE, betas=(BETA1, BETA2), fused=True
    )

    def step() -> None:
        fused.zero_grad(set_to_none=True)
        torch_loss(net, x).backward()
        fused.step()

    yield step


def agree(case: Case) -> float:
    """Largest relative difference of a parameter's gradient, in float64."""
    from style_twin import style_twin
    from twin import channels_first, gradients

    small = case._replace(batch=4)
    x = samples(small, np.float64)[0]
    params = parameters(case.critic, case.shape, np.float64)
    found = objective(small, x)({"player": params}, no_draw()).dparams
    theirs = style_twin(case.critic, params, np.float64)
    torch_loss(theirs, channels_first(x)).backward()
    return largest_gap(
        tree.map(lambda p, g: g, params, found), params, gradients(theirs)
    )


def largest_gap(found: Any, params: Any, theirs: list[np.ndarray | None]) -> float:
    """Relative to each parameter's largest; None is an exact zero."""
    ours = dict(tree.named(found))
    worst = 0.0
    for (name, p), b in zip(tree.named(params), theirs, strict=True):
        a = ours.get(name, np.zeros_like(p))
        b = np.zeros_like(p) if b is None else b
        scale = max(float(np.abs(b).max()), 1e-3)
        worst = max(worst, float(np.abs(a - b).max()) / scale)
    assert worst <= 1e-10, f"gradients differ by {worst:.1e}"
    return worst


def four_units(case: Case) -> float:
    """GFLOP: forward, input gradients, jvp and parameter gradients."""
    return 4 * case.batch * linear_flop(case.critic, case.shape) / 1e9


BENCHMARK = Benchmark(
    "r1_step",
    R1_CASES,
    {
        "scratchgan": ours,
        "pytorch first": lambda case: pytorch(case, "first"),
        "pytorch last": lambda case: pytorch(case, "last"),
    },
    agree,
    four_units,
)

if __name__ == "__main__":
    main(BENCHMARK, __doc__)
