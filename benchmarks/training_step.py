"""Whole WGAN-GP training steps beside PyTorch's: five critic updates, one generator's.

    pip install -e '.[bench]'
    python benchmarks/training_step.py [--case mnist] [--json FILE]

Ours is what `scratchgan train` runs: fresh latents and interpolation weights, batches
from memory, Adam for both players, an exponential moving average of the generator, and
a look at every gradient and parameter for numbers that are not finite, which PyTorch's
side does without. PyTorch runs channels first and last, each of its three batches
apart, its fastest form in `critic_step`. That both compute the same gradients is what
`critic_step` and `generator_step` assert, and this script too. See `side_by_side`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import critic_step
import generator_step
import numpy as np
from cases import (
    BETA1,
    BETA2,
    GP_WEIGHT,
    LEARNING_RATE,
    Case,
    adam,
    parameters,
    samples,
)
from side_by_side import Benchmark, Step, main

from scratchgan.losses import Wasserstein
from scratchgan.optim import EMA
from scratchgan.parallel import choose_shards, shard_system
from scratchgan.penalties import GradientPenalty
from scratchgan.training.adversarial import Pair
from scratchgan.training.repeats import Times
from scratchgan.training.state import initial_state, training_step
from scratchgan.training.system import Player

N_CRITIC, DECAY = 5, 0.999


class Real:
    """Samples in memory."""

    def __init__(self, case: Case):
        self.samples = samples(case._replace(batch=8 * case.batch), np.float32)[0]
        self.shape, self.name = case.shape, "real"

    def batch(self, seed: int, count: int, size: int) -> np.ndarray:
        """The next `size`."""
        first = count * size % (len(self.samples) - size)
        return self.samples[first : first + size]


@contextmanager
def ours(case: Case) -> Iterator[Step]:
    """One step of the training loop."""
    assert case.generator is not None
    pair = Pair(
        case.generator,
        case.critic,
        Wasserstein(),
        case.latent,
        case.batch,
        penalty=GradientPenalty(GP_WEIGHT),
        name="critic",
    )
    system = pair.system(
        Player(case.critic, case.shape, adam()),
        Player(case.generator, (case.latent,), adam(), EMA(DECAY)),
        Times(N_CRITIC),
    )
    data, state = Real(case), initial_state(system, 0)
    with shard_system(system, choose_shards(system)) as cut:

        def step() -> None:
            nonlocal state
            state, _ = training_step(cut, data, 0, state)  # type: ignore[arg-type]

        yield step


@contextmanager
def pytorch(case: Case, layout: str) -> Iterator[Step]:
    """The same in PyTorch."""
    import torch
    from twin import in_layout, twin

    def player(network: Any, shape: tuple[int, ...]) -> Any:
        module = in_layout(
            twin(network, parameters(network, shape, np.float32)), layout
        )
        betas = (BETA1, BETA2)
        return module, torch.optim.Adam(
            module.parameters(), LEARNING_RATE, betas=betas, fused=True
        )

    critic, critic_adam = player(case.critic, case.shape)
    generator, generator_adam = player(case.generator, (case.latent,))
    averages = [p.detach().clone() for p in generator.parameters()]
    real = in_layout(Real(case).samples, layout)

    def latents() -> Any:
        return torch.randn(case.batch, case.latent)

    def step() -> None:
        critic.requires_grad_(True)
        for i in range(N_CRITIC):
            critic_adam.zero_grad(set_to_none=True)
            with torch.no_grad():
                fake = generator(latents())
            x_real = real[i * case.batch : (i + 1) * case.batch]
            given = [x_real, fake, torch.rand(case.batch)]
            critic_step.torch_loss(critic, given, joint=False).backward()
            critic_adam.step()
        critic.requires_grad_(False)
        generator_adam.zero_grad(set_to_none=True)
        (-critic(generator(latents())).mean()).backward()
        generator_adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, list(generator.parameters()), 1 - DECAY)

    yield step


def agree(case: Case) -> float:
    """Of both players' gradients."""
    return max(critic_step.agree(case), generator_step.agree(case))


def work(case: Case) -> float:
    """GFLOP: ten units a critic update with the generator's samples, and five."""
    assert case.generator is not None
    drawn = critic_step.linear_flop(case.generator, (case.latent,)) * case.batch / 1e9
    critic = critic_step.ten_units(case) + drawn
    return N_CRITIC * critic + generator_step.five_units(case)


BENCHMARK = Benchmark(
    "training_step",
    generator_step.WITH_GENERATOR,
    {
        "scratchgan": ours,
        "pytorch first": lambda case: pytorch(case, "first"),
        "pytorch last": lambda case: pytorch(case, "last"),
    },
    agree,
    work,
)

if __name__ == "__main__":
    main(BENCHMARK, __doc__)
