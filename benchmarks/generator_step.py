"""Generator steps through the critic, Adam included, beside PyTorch's.

    pip install -e '.[bench]'
    python benchmarks/generator_step.py [--case mnist] [--json FILE]

The generator minimises −mean D(G(z)); no gradient in the critic's parameters is formed,
in PyTorch by ``requires_grad_(False)``. PyTorch runs channels first and last, with its
fused Adam. See `side_by_side`.
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
    latents,
    no_draw,
    parameters,
    rows,
    sharded,
)
from critic_step import linear_flop
from side_by_side import Benchmark, Step, main

from scratchgan import tree
from scratchgan.losses import Wasserstein
from scratchgan.training.steps import generator_step
from scratchgan.training.system import Draw, Objective, Outcome, Player

WITH_GENERATOR = {name: case for name, case in CASES.items() if case.generator}


def objective(case: Case, critic: Any, z: np.ndarray) -> Objective:
    """The generator's loss on given latents, or on a shard of them."""

    def found(params: Any, draw: Draw) -> Outcome:
        step = generator_step(
            case.generator,
            params["player"],
            case.critic,
            critic,
            z[rows(draw, case.batch)],
            Wasserstein(),
            draw.context("generator"),
            draw.context("critic"),
        )
        return Outcome(step.loss, {}, step.dparams, step.params)

    return found


@contextmanager
def ours(case: Case) -> Iterator[Step]:
    """Gradient and update."""
    optimizer = adam()
    params = parameters(case.generator, (case.latent,), np.float32)
    critic = parameters(case.critic, case.shape, np.float32)
    state = optimizer.init(params)
    player = Player(case.generator, (case.latent,), optimizer)
    whole = objective(case, critic, latents(case, np.float32))
    with sharded(player, whole, case.batch) as gradient:

        def step() -> None:
            nonlocal params, state
            outcome = gradient({"player": params}, no_draw())
            params, state = optimizer.update(outcome.params, outcome.dparams, state)

        yield step


def torch_pair(case: Case, dtype: Any, layout: str) -> tuple[Any, Any, Any]:
    """Generator, critic that does not learn, and latents."""
    from twin import in_layout, twin

    generator = twin(case.generator, parameters(case.generator, (case.latent,), dtype))
    critic = twin(case.critic, parameters(case.critic, case.shape, dtype))
    critic.requires_grad_(False)
    z = in_layout(latents(case, dtype), layout)
    return in_layout(generator, layout), in_layout(critic, layout), z


@contextmanager
def pytorch(case: Case, form: str) -> Iterator[Step]:
    """The same step in PyTorch."""
    import torch

    generator, critic, z = torch_pair(case, np.float32, form.split()[1])
    fused = torch.optim.Adam(
        generator.parameters(), LEARNING_RATE, betas=(BETA1, BETA2), fused=True
    )

    def step() -> None:
        fused.zero_grad(set_to_none=True)
        (-critic(generator(z)).mean()).backward()
        fused.step()

    yield step


def agree(case: Case) -> float:
    """Largest relative difference of a parameter's gradient, in float64."""
    from twin import gradients

    small = case._replace(batch=4)
    params = parameters(case.generator, (case.latent,), np.float64)
    critic = parameters(case.critic, case.shape, np.float64)
    given = latents(small, np.float64)
    found = objective(small, critic, given)({"player": params}, no_draw()).dparams
    generator, frozen, z = torch_pair(small, np.float64, "first")
    (-frozen(generator(z)).mean()).backward()
    worst = 0.0
    for a, b in zip(tree.leaves(found), gradients(generator), strict=True):
        scale = max(float(np.abs(b).max()), 1e-6)
        worst = max(worst, float(np.abs(a - b).max()) / scale)
    assert worst <= 1e-10, f"gradients differ by {worst:.1e}"
    return worst


def five_units(case: Case) -> float:
    """GFLOP: up and down the critic, and three sweeps of the generator."""
    through = 2 * linear_flop(case.critic, case.shape)
    own = 3 * linear_flop(case.generator, (case.latent,))
    return case.batch * (through + own) / 1e9


BENCHMARK = Benchmark(
    "generator_step",
    WITH_GENERATOR,
    {
        "scratchgan": ours,
        "pytorch first": lambda case: pytorch(case, "pytorch first"),
        "pytorch last": lambda case: pytorch(case, "pytorch last"),
    },
    agree,
    five_units,
)

if __name__ == "__main__":
    main(BENCHMARK, __doc__)
