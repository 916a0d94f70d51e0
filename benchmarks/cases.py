"""What the benchmarks train: generators and critics, their samples and parameters."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from scratchgan import layers as nn
from scratchgan import networks, tree
from scratchgan.optim import Adam
from scratchgan.parallel import choose_shards, shard_system
from scratchgan.training.system import Draw, Objective, Phase, Player, System

LEARNING_RATE, BETA1, BETA2, GP_WEIGHT = 1e-4, 0.5, 0.9, 10.0


class Case(NamedTuple):
    """A critic, the shape of its samples, and how many of each kind; its generator."""

    critic: nn.Sequential
    shape: tuple[int, ...]
    batch: int
    generator: nn.Sequential | None = None
    latent: int = 0


def smooth() -> nn.Sequential:
    """MNIST's critic with Softplus: every second derivative counts."""
    layers = [
        nn.Softplus() if isinstance(layer, nn.LeakyReLU) else layer
        for layer in networks.mnist_discriminator(64).layers
    ]
    return nn.Sequential(layers)


CASES = {
    "mlp": Case(networks.mlp(512, 3, 1), (2,), 256, networks.mlp(512, 3, 2), 2),
    "mnist": Case(
        networks.mnist_discriminator(64),
        (28, 28, 1),
        50,
        networks.mnist_generator(64),
        128,
    ),
    "dcgan64": Case(
        networks.dcgan_discriminator(64, False),
        (64, 64, 3),
        64,
        networks.dcgan_generator(64),
        100,
    ),
    "resnet": Case(networks.cifar_resnet_critic(128, True), (32, 32, 3), 64),
    "smooth": Case(smooth(), (28, 28, 1), 50),
}


def samples(case: Case, dtype: Any) -> list[np.ndarray]:
    """x_real, x_fake and ε."""
    rng = np.random.default_rng(0)
    x_real, x_fake = rng.random((2, case.batch, *case.shape))
    eps = rng.random(case.batch)
    return [a.astype(dtype) for a in (x_real, x_fake, eps)]


def latents(case: Case, dtype: Any) -> np.ndarray:
    """Z (batch, latent)."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(case.batch, case.latent)).astype(dtype)


def parameters(network: nn.Layer, shape: tuple[int, ...], dtype: Any) -> Any:
    """Weights as drawn, with biases off zero."""
    rng = np.random.default_rng(0)
    params, _ = network.init(rng, shape)
    moved = tree.map_learned(lambda p: p + 0.02 * rng.normal(size=p.shape), params)
    return tree.astype(moved, dtype)


def adam() -> Adam:
    """The optimiser of every case."""
    return Adam(LEARNING_RATE, BETA1, BETA2)


def rows(draw: Draw, batch: int) -> slice:
    """What of a whole batch a shard is asked for."""
    return slice(getattr(draw, "start", 0), getattr(draw, "stop", batch))


@contextmanager
def sharded(
    player: Player, objective: Objective, batch: int, shards: int = 0
) -> Iterator[Objective]:
    """`objective` in parts, as many as a run would choose."""
    phase = Phase("player", "player", objective, batch_size=batch)
    system = System({"player": player}, (phase,), "player", lambda *_: np.zeros(0))
    with shard_system(system, shards or choose_shards(system)) as cut:
        yield cut.phases[0].objective


def no_draw() -> Draw:
    """For objectives whose samples are given."""
    return Draw(0, "player", 0, None)  # type: ignore[arg-type]
