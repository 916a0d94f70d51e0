"""One WGAN-GP critic step of the MNIST recipe, beside PyTorch's autograd.

    pip install -e '.[bench]'
    python benchmarks/critic_step.py [--json FILE]

First both sides compute the gradient of the same critic on the same samples, in
float64, and must agree to 1e-10. Then both make whole steps in float32, Adam included,
in turn (A B A B …), each in a process of its own, since the thread pools of two
libraries disturb each other in one. Medians are printed with their spread. Our step
draws its generated samples too, PyTorch's is given them. Run nothing else beside.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from scratchgan import recipes, tree
from scratchgan.data import load
from scratchgan.losses import Wasserstein
from scratchgan.parallel import shard_system
from scratchgan.penalties import GradientPenalty
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state
from scratchgan.training.steps import discriminator_step
from scratchgan.training.system import Draw, System

B, DIM = 50, 64
LEARNING_RATE, BETAS, GP_WEIGHT = 1e-4, (0.5, 0.9), 10.0
ROOT = Path(__file__).parents[1]
SIDES = ("scratchgan", "pytorch")


class Same(nn.Module):
    """TensorFlow's "same" padding for a 5 × 5 kernel and stride 2."""

    def forward(self, x: Any) -> Any:
        """Pad x (N, C, H, W)."""
        total = [(-(-n // 2) - 1) * 2 + 5 - n for n in x.shape[2:]]
        (top, bottom), (left, right) = [(t // 2, t - t // 2) for t in total]
        return nn.functional.pad(x, (left, right, top, bottom))


def torch_critic(params: list, dtype: Any) -> nn.Sequential:
    """The recipe's critic with the weights in `params`, channels first."""
    layers: list[nn.Module] = []
    convolutions = [p for p in params if p and p.W.ndim == 4]
    for p in convolutions:
        conv = nn.Conv2d(p.W.shape[2], p.W.shape[3], 5, 2)
        conv.weight.data = torch.from_numpy(p.W.transpose(3, 2, 0, 1).copy())
        conv.bias.data = torch.from_numpy(p.b.copy())
        layers += [Same(), conv, nn.LeakyReLU(0.2)]
    dense = nn.Linear(params[-1].W.shape[0], 1)
    side, channels = 4, convolutions[-1].W.shape[3]
    W = params[-1].W.reshape(side, side, channels).transpose(2, 0, 1)
    dense.weight.data = torch.from_numpy(W.reshape(1, -1).copy())
    dense.bias.data = torch.from_numpy(params[-1].b.copy())
    return nn.Sequential(*layers, nn.Flatten(), dense).to(dtype)


def torch_loss(net: nn.Module, x_real: Any, x_fake: Any, x_hat: Any) -> Any:
    """Loss and penalty of the critic, the penalty through a double backward."""
    x_hat = x_hat.clone().requires_grad_(True)
    (g,) = torch.autograd.grad(net(x_hat).sum(), x_hat, create_graph=True)
    penalty = GP_WEIGHT * ((g.flatten(1).norm(dim=1) - 1) ** 2).mean()
    scores = net(torch.cat([x_real, x_fake]))
    return scores[len(x_real) :].mean() - scores[: len(x_real)].mean() + penalty


def to_torch(x: np.ndarray) -> Any:
    """(N, H, W, C) to a tensor (N, C, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))


def assert_same_gradients() -> float:
    """Largest relative difference of a parameter's gradient, in float64."""
    system, _ = mnist()
    net = system.players["critic"].network
    rng = np.random.default_rng(0)
    params, _ = net.init(rng, (28, 28, 1))
    params = tree.map(lambda p: p + 0.05 * rng.normal(size=p.shape), params)
    x_real, x_fake, x_hat = rng.random((3, 6, 28, 28, 1))
    ours = discriminator_step(
        net, params, x_real, x_fake, Wasserstein(), GradientPenalty(GP_WEIGHT), x_hat
    )
    theirs = torch_critic(params, torch.float64)
    torch_loss(theirs, *map(to_torch, (x_real, x_fake, x_hat))).backward()
    expected = torch_critic(params, torch.float64)
    for p, q in zip(expected.parameters(), theirs.parameters(), strict=True):
        p.data = q.grad
    worst = 0.0
    gradients = torch_critic(ours.dparams, torch.float64).parameters()
    for a, b in zip(gradients, expected.parameters(), strict=True):
        a, b = a.detach(), b.detach()
        scale = max(float(b.abs().max()), 1e-3)  # the last bias has gradient 0
        worst = max(worst, float((a - b).abs().max()) / scale)
    assert worst <= 1e-10, f"gradients differ by {worst:.1e}"
    return worst


def mnist() -> tuple[System, Any]:
    """The system of wgan-gp-mnist and its settings."""
    recipe = recipes.get("wgan-gp-mnist")
    settings = build(recipe.settings, {"batch_size": B, "dim": DIM})
    return recipe.build(settings, (28, 28, 1)), settings


def our_step(system: System) -> Callable[[], None]:
    """Steps of our critic, generated samples and all random numbers included."""
    data, state = load("digits"), initial_state(system, 0)
    phase, optimizer = system.phases[0], system.players["critic"].optimizer
    params = {name: player.params for name, player in state.players.items()}
    moments, count = state.players["critic"].optimizer, 0

    def step() -> None:
        nonlocal moments, count
        found = phase.objective(params, Draw(0, phase.name, count, data))
        after, moments = optimizer.update(params["critic"], found.dparams, moments)
        params["critic"], count = after, count + 1

    return step


def their_step(system: System) -> Callable[[], None]:
    """The same step in PyTorch, the generator a frozen copy of ours in NumPy."""
    data, state = load("digits"), initial_state(system, 0)
    net = torch_critic(state.players["critic"].params, torch.float32)
    adam = torch.optim.Adam(net.parameters(), LEARNING_RATE, betas=BETAS)
    generator = system.players["generator"].network
    z = np.random.default_rng(0).normal(size=(B, 128)).astype(np.float32)
    x_fake = to_torch(generator.forward(state.players["generator"].params, z)[0])
    count = 0

    def step() -> None:
        nonlocal count
        x_real, count = to_torch(data.batch(0, count, B)), count + 1
        eps = torch.rand(B, 1, 1, 1)
        adam.zero_grad(set_to_none=True)
        torch_loss(net, x_real, x_fake, eps * x_real + (1 - eps) * x_fake).backward()
        adam.step()

    return step


def serve(side: str, shards: int) -> None:
    """Make one step for every line that comes in, and answer with its milliseconds."""
    system, _ = mnist()
    with shard_system(system, shards) as sharded:
        step = our_step(sharded) if side == "scratchgan" else their_step(system)
        for _ in sys.stdin:
            start = time.perf_counter()
            step()
            print(1e3 * (time.perf_counter() - start), flush=True)


def compare(shards: int, repeats: int) -> dict[str, list[float]]:
    """Times of both sides in milliseconds, in turn, after two warm-up steps each."""
    times: dict[str, list[float]] = {side: [] for side in SIDES}
    with ExitStack() as stack:
        workers = {side: stack.enter_context(worker(side, shards)) for side in SIDES}
        for i in range(repeats + 2):
            for side, process in workers.items():
                print(file=process.stdin, flush=True)
                taken = float(process.stdout.readline())
                if i >= 2:
                    times[side].append(taken)
        for process in workers.values():
            process.stdin.close()
    return times


def worker(side: str, shards: int) -> Any:
    """A process that serves one side."""
    command = [sys.executable, __file__, "--serve", side, "--shards", str(shards)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def main() -> None:
    """Assert, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the result to this new file")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.shards)
        return
    print(f"gradients agree in float64: {assert_same_gradients():.1e}")
    times = compare(arguments.shards, arguments.repeats)
    medians = {side: statistics.median(values) for side, values in times.items()}
    for side, values in times.items():
        low, high = min(values), max(values)
        print(f"{side:10}  median {medians[side]:6.1f} ms  ({low:.1f} to {high:.1f})")
    ratio = medians["pytorch"] / medians["scratchgan"]
    print(f"PyTorch / scratchgan: {ratio:.2f}")
    if arguments.json:
        record = {
            "benchmark": "critic_step",
            "date": time.strftime("%Y-%m-%d"),
            "commit": git("rev-parse", "HEAD"),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "versions": {"numpy": np.__version__, "torch": torch.__version__},
            "milliseconds": times,
            "ratio_of_medians": ratio,
        }
        with open(arguments.json, "x") as file:
            file.write(json.dumps(record, indent=2) + "\n")


def git(*arguments: str) -> str:
    """What git prints in this checkout."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


if __name__ == "__main__":
    main()
