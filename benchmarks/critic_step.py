"""WGAN-GP critic steps, Adam included, beside PyTorch's autograd.

    pip install -e '.[bench]'
    python benchmarks/critic_step.py [--case mnist] [--json FILE]

First both sides compute the gradient of the same critic on the same samples, in
float64, and must agree to 1e-10. Then both make whole steps in float32 on given
samples, in turn (A B A B …), each in a process of its own, since the thread pools of
two libraries disturb each other in one. PyTorch runs in four forms, channels first or
last, the three batches apart or as one, with its fused Adam; the best counts. Medians
are printed with their spread, and what share of this machine's matrix products they
reach. Run nothing else beside.
"""

from __future__ import annotations

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
from typing import Any, NamedTuple

from scratchgan.cli.blas import prefer_avx512

prefer_avx512()  # as the command line does

import numpy as np  # noqa: E402

from scratchgan import layers as nn  # noqa: E402
from scratchgan import networks, tree  # noqa: E402
from scratchgan.losses import Wasserstein  # noqa: E402
from scratchgan.optim import Adam  # noqa: E402
from scratchgan.parallel import shard_system  # noqa: E402
from scratchgan.penalties import GradientPenalty, interpolate  # noqa: E402
from scratchgan.training.steps import discriminator_step  # noqa: E402
from scratchgan.training.system import (  # noqa: E402
    Draw,
    Outcome,
    Phase,
    Player,
    System,
)

ROOT = Path(__file__).parents[1]
LEARNING_RATE, BETA1, BETA2, GP_WEIGHT = 1e-4, 0.5, 0.9, 10.0


class Case(NamedTuple):
    """A critic, the shape of its samples, and how many of each kind."""

    critic: nn.Sequential
    shape: tuple[int, ...]
    batch: int
    shards: int


def smooth() -> nn.Sequential:
    """MNIST's critic with Softplus: every second derivative counts."""
    layers = [
        nn.Softplus() if isinstance(layer, nn.LeakyReLU) else layer
        for layer in networks.mnist_discriminator(64).layers
    ]
    return nn.Sequential(layers)


CASES = {
    "mlp": Case(networks.mlp(512, 3, 1), (2,), 256, 2),
    "mnist": Case(networks.mnist_discriminator(64), (28, 28, 1), 50, 4),
    "dcgan64": Case(networks.dcgan_discriminator(64, False), (64, 64, 3), 64, 8),
    "resnet": Case(networks.cifar_resnet_critic(128, True), (32, 32, 3), 64, 16),
    "smooth": Case(smooth(), (28, 28, 1), 50, 4),
}
FORMS = [
    f"pytorch {layout} {batches}"
    for layout in ("first", "last")
    for batches in ("apart", "joint")
]
SIDES = ["scratchgan", *FORMS]


def samples(case: Case, dtype: Any) -> list[np.ndarray]:
    """x_real, x_fake and ε."""
    rng = np.random.default_rng(0)
    x_real, x_fake = rng.random((2, case.batch, *case.shape))
    eps = rng.random(case.batch)
    return [a.astype(dtype) for a in (x_real, x_fake, eps)]


def parameters(case: Case, dtype: Any) -> Any:
    """Weights as drawn, with biases off zero."""
    rng = np.random.default_rng(0)
    params, _ = case.critic.init(rng, case.shape)
    moved = tree.map(lambda p: p + 0.02 * rng.normal(size=p.shape), params)
    return tree.astype(moved, dtype)


def objective(case: Case, given: list[np.ndarray]) -> Callable[..., Outcome]:
    """The critic's loss and penalty on the given samples, or on a shard of them."""

    def found(params: Any, draw: Draw) -> Outcome:
        part = slice(getattr(draw, "start", 0), getattr(draw, "stop", case.batch))
        x_real, x_fake, eps = (a[part] for a in given)
        x_hat = interpolate(x_real, x_fake, eps)
        penalty = GradientPenalty(GP_WEIGHT)
        step = discriminator_step(
            case.critic, params["critic"], x_real, x_fake, Wasserstein(), penalty, x_hat
        )
        return Outcome(step.loss, {}, step.dparams, step.params)

    return found


def system(case: Case, given: list[np.ndarray]) -> System:
    """One phase, which may be computed in parts."""
    player = Player(case.critic, case.shape, Adam(LEARNING_RATE, BETA1, BETA2))
    phase = Phase("critic", "critic", objective(case, given), batch_size=case.batch)
    return System({"critic": player}, (phase,), "critic", lambda *_: None)


def our_step(case: Case, sharded: System) -> Callable[[], None]:
    """Gradient and update."""
    adam, params = sharded.players["critic"].optimizer, parameters(case, np.float32)
    state = adam.init(params)

    def step() -> None:
        nonlocal params, state
        outcome = sharded.phases[0].objective({"critic": params}, _draw())
        params, state = adam.update(params, outcome.dparams, state)

    return step


def _draw() -> Draw:
    return Draw(0, "critic", 0, None)  # type: ignore[arg-type]  # samples are given


def torch_loss(net: Any, given: list[Any], joint: bool) -> Any:
    """Loss and penalty of the critic, the penalty through a double backward."""
    import torch

    x_real, x_fake, eps = given
    eps = eps.reshape(-1, *(1,) * (x_real.ndim - 1))
    x_hat = (eps * x_real + (1 - eps) * x_fake).requires_grad_(True)
    if joint:
        whole = net(torch.cat([x_real, x_fake, x_hat]))
        real, fake, hat = whole.chunk(3)
    else:
        real, fake, hat = net(x_real), net(x_fake), net(x_hat)
    (g,) = torch.autograd.grad(hat.sum(), x_hat, create_graph=True)
    penalty = GP_WEIGHT * ((g.flatten(1).norm(dim=1) - 1) ** 2).mean()
    return fake.mean() - real.mean() + penalty


def their_step(case: Case, form: str) -> Callable[[], None]:
    """The same step in PyTorch."""
    import torch
    from twin import channels_first, twin

    layout, batches = form.split()[1:]
    net = twin(case.critic, parameters(case, np.float32))
    given = [channels_first(a) for a in samples(case, np.float32)]
    if layout == "last" and given[0].ndim == 4:
        net = net.to(memory_format=torch.channels_last)
        given = [
            a.contiguous(memory_format=torch.channels_last) if a.ndim == 4 else a
            for a in given
        ]
    betas = (BETA1, BETA2)
    adam = torch.optim.Adam(net.parameters(), LEARNING_RATE, betas=betas, fused=True)

    def step() -> None:
        adam.zero_grad(set_to_none=True)
        torch_loss(net, given, batches == "joint").backward()
        adam.step()

    return step


def assert_same_gradients(case: Case) -> float:
    """Largest relative difference of a parameter's gradient, in float64."""
    from twin import channels_first, gradients, twin

    small = case._replace(batch=4)
    given, params = samples(small, np.float64), parameters(small, np.float64)
    ours = objective(small, given)({"critic": params}, _draw())
    theirs = twin(case.critic, params)
    worst = 0.0
    for joint in (False, True):
        theirs.zero_grad()
        torch_loss(theirs, [channels_first(a) for a in given], joint).backward()
        pairs = zip(tree.leaves(ours.dparams), gradients(theirs), strict=True)
        for a, b in pairs:
            scale = max(float(np.abs(b).max()), 1e-3)  # the last bias has gradient 0
            worst = max(worst, float(np.abs(a - b).max()) / scale)
    assert worst <= 1e-10, f"gradients differ by {worst:.1e}"
    return worst


def gemm_rate() -> float:
    """GFLOP/s of a float32 product of 1536² matrices, BLAS on all cores."""
    a = np.random.default_rng(0).random((1536, 1536), np.float32)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return 2 * 1536**3 / min(times) / 1e9


def ten_units(case: Case) -> float:
    """Multiplications and additions of a step, in GFLOP: ten sweeps of B samples."""
    counted = []

    def visit(layer: nn.Layer, params: Any, shape: Any) -> Any:
        if isinstance(layer, nn.Sequential):
            for part, p in zip(layer.layers, params, strict=True):
                shape = visit(part, p, shape)
            return shape
        if isinstance(layer, nn.Residual):
            if layer.shortcut is not None:
                visit(layer.shortcut, params.shortcut, shape)
            return visit(layer.body, params.body, shape)
        _, out = layer.init(np.random.default_rng(0), shape)
        if isinstance(layer, nn.Conv2d | nn.Dense):
            pixels = int(np.prod(out[:-1]))
            counted.append(2 * pixels * params.W.size)
        return out

    visit(case.critic, parameters(case, np.float32), case.shape)
    return 10 * case.batch * sum(counted) / 1e9


def serve(case: Case, side: str, shards: int) -> None:
    """Make one step for every line that comes in, and answer with its milliseconds."""
    whole = system(case, samples(case, np.float32))
    with ExitStack() as stack:
        if side == "scratchgan":
            step = our_step(case, stack.enter_context(shard_system(whole, shards)))
        else:
            step = their_step(case, side)
        for _ in sys.stdin:
            start = time.perf_counter()
            step()
            print(1e3 * (time.perf_counter() - start), flush=True)


def compare(name: str, shards: int, repeats: int) -> dict[str, list[float]]:
    """Times of all sides in milliseconds, in turn, after two warm-up steps each."""
    times: dict[str, list[float]] = {side: [] for side in SIDES}
    with ExitStack() as stack:
        workers = {
            side: stack.enter_context(worker(name, side, shards)) for side in SIDES
        }
        for i in range(repeats + 2):
            for side, process in workers.items():
                print(file=process.stdin, flush=True)
                taken = float(process.stdout.readline())
                if i >= 2:
                    times[side].append(taken)
        for process in workers.values():
            process.stdin.close()
    return times


def worker(name: str, side: str, shards: int) -> Any:
    """A process that serves one side."""
    own = ["--case", name, "--serve", side, "--shards", str(shards)]
    return subprocess.Popen(
        [sys.executable, __file__, *own],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def measure(name: str, repeats: int, shards: int | None) -> dict[str, Any]:
    """Assert, time, print; what was found."""
    case = CASES[name]
    print(f"{name}: gradients agree in float64 to {assert_same_gradients(case):.1e}")
    parts = shards or case.shards
    before = gemm_rate()
    times = compare(name, parts, repeats)
    rate = max(before, gemm_rate())
    medians = {side: statistics.median(values) for side, values in times.items()}
    for side, values in times.items():
        spread = f"({min(values):.1f} to {max(values):.1f})"
        print(f"  {side:20} median {medians[side]:7.1f} ms  {spread}")
    best = min(FORMS, key=lambda form: medians[form])
    ratio = medians[best] / medians["scratchgan"]
    work = ten_units(case)
    share = work / (medians["scratchgan"] / 1e3) / rate
    print(f"  best of PyTorch / scratchgan: {ratio:.2f}")
    print(
        f"  {work:.1f} GFLOP in ten units; {rate:.0f} GFLOP/s here: {share:.0%} of it"
    )
    return {
        "case": name,
        "shards": parts,
        "milliseconds": times,
        "ratio_of_medians": ratio,
        "gemm_gflops": rate,
        "step_gflop": work,
        "share_of_gemm": share,
    }


def main() -> None:
    """Measure the chosen cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=CASES, help="one case; all when left out")
    parser.add_argument("--json", type=Path, help="write the result to this new file")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--shards", type=int, help="parts of a batch")
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(CASES[arguments.case], arguments.serve, arguments.shards)
        return
    chosen = [arguments.case] if arguments.case else list(CASES)
    results = [measure(name, arguments.repeats, arguments.shards) for name in chosen]
    if arguments.json:
        import torch

        record = {
            "benchmark": "critic_step",
            "date": time.strftime("%Y-%m-%d"),
            "commit": git("rev-parse", "HEAD"),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "versions": {"numpy": np.__version__, "torch": torch.__version__},
            "results": results,
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
