"""What `scratchgan gradcheck` checks: every layer, loss, penalty and recipe.

One line a layer. A test fails when a public layer has no line here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from scratchgan import layers as nn
from scratchgan import recipes, tree
from scratchgan.gradcheck.layer import check_layer, random_params
from scratchgan.gradcheck.losses import (
    check_loss,
    check_penalty,
    check_penalty_gradient,
    check_phase,
)
from scratchgan.gradcheck.numeric import STEP
from scratchgan.losses import AdversarialLoss, BinaryCrossEntropy, Wasserstein
from scratchgan.penalties import GradientPenalty
from scratchgan.rng import Stream
from scratchgan.training.settings import build as build_settings
from scratchgan.training.system import Draw, System
from scratchgan.types import Array, Shape

#: Largest relative error that passes, in float64; a wrong formula is off by 1e-2.
TOLERANCE = 1e-6
ADJOINT_TOLERANCE = 1e-10
#: Finer than STEP: fewer pre-activations of a ReLU cross its kink on the way.
KINK_STEP = 1e-6

Kind = Literal["layer", "loss", "penalty", "network", "objective"]


class LayerCase(NamedTuple):
    """A layer with hyper-parameters, and the shape of one sample."""

    name: str
    layer: nn.Layer
    in_shape: Shape
    ctx: nn.Context = nn.TRAINING


def _body() -> nn.Sequential:
    return nn.Sequential([nn.Dense(5), nn.Tanh(), nn.Dense(3)])


def _smooth_critic() -> nn.Sequential:
    return nn.Sequential(
        [
            nn.Conv2d(3, 3, 2, "same"),
            nn.LayerNorm(),
            nn.Softplus(),
            nn.Conv2d(4, 3, 1, 1),
            nn.Tanh(),
            nn.Flatten(),
            nn.Dense(1),
        ]
    )


LAYERS = (
    LayerCase("Dense", nn.Dense(4), (5,)),
    LayerCase("Dense without bias", nn.Dense(4, bias=False), (5,)),
    LayerCase("Conv2d 3×3 stride 1", nn.Conv2d(4, 3, 1, 1), (5, 4, 3)),
    LayerCase("Conv2d 5×5 stride 2 same", nn.Conv2d(3, 5, 2, "same"), (7, 6, 2)),
    LayerCase(
        "Conv2d 3×2 stride (2, 3)",
        nn.Conv2d(2, (3, 2), (2, 3), ((0, 1), (2, 0)), bias=False),
        (6, 5, 3),
    ),
    LayerCase("Conv2d 1×1", nn.Conv2d(4, 1), (3, 4, 5)),
    LayerCase(
        "ConvTranspose2d 4×4 stride 2", nn.ConvTranspose2d(3, 4, 2, 1), (3, 4, 2)
    ),
    LayerCase(
        "ConvTranspose2d 5×5 stride 2 same",
        nn.ConvTranspose2d(1, 5, 2, "same", bias=False),
        (3, 4, 8),
    ),
    LayerCase(
        "ConvTranspose2d output padding",
        nn.ConvTranspose2d(2, 3, (3, 2), 1, output_padding=1),
        (2, 3, 4),
    ),
    LayerCase("LayerNorm", nn.LayerNorm(), (3, 4, 2)),
    LayerCase("LayerNorm of vectors", nn.LayerNorm(), (6,)),
    LayerCase("BatchNorm", nn.BatchNorm(), (2, 3, 4)),
    LayerCase("BatchNorm of vectors", nn.BatchNorm(), (4,)),
    LayerCase("BatchNorm at inference", nn.BatchNorm(), (2, 3, 4), nn.INFERENCE),
    LayerCase("ReLU", nn.ReLU(), (4, 5)),
    LayerCase("LeakyReLU", nn.LeakyReLU(0.2), (4, 5)),
    LayerCase("Sigmoid", nn.Sigmoid(), (4, 5)),
    LayerCase("Softplus", nn.Softplus(), (4, 5)),
    LayerCase("Tanh", nn.Tanh(), (4, 5)),
    LayerCase("Crop", nn.Crop(2, 3), (4, 4, 2)),
    LayerCase("Flatten", nn.Flatten(), (2, 3, 2)),
    LayerCase("Reshape", nn.Reshape((3, 2, 1)), (6,)),
    LayerCase("Residual", nn.Residual(_body()), (3,)),
    LayerCase(
        "Residual with shortcut", nn.Residual(_body(), nn.Dense(3), scale=0.3), (4,)
    ),
    LayerCase("Sequential", _smooth_critic(), (5, 6, 2)),
)

LOSSES: tuple[tuple[str, AdversarialLoss], ...] = (
    ("BinaryCrossEntropy non-saturating", BinaryCrossEntropy()),
    ("BinaryCrossEntropy minimax", BinaryCrossEntropy(saturating=True)),
    ("Wasserstein", Wasserstein()),
)

PENALTIES = (
    ("GradientPenalty two-sided", GradientPenalty()),
    ("GradientPenalty one-sided", GradientPenalty(one_sided=True)),
)

CRITICS = (
    (
        "smooth MLP critic",
        nn.Sequential(
            [nn.Dense(7), nn.Softplus(), nn.Dense(5), nn.Tanh(), nn.Dense(1)]
        ),
        (3,),
    ),
    ("smooth convolutional critic", _smooth_critic(), (5, 6, 2)),
)


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Parameters
    ----------
    kind : str
        What is checked.
    name : str
        Its name.
    run : callable
        Gives the largest relative error of each of its parts.
    """

    kind: Kind
    name: str
    run: Callable[[], dict[str, float]]

    def passes(self, errors: dict[str, float]) -> bool:
        """Whether every error is within its tolerance; NaN is not."""
        return all(
            error <= (ADJOINT_TOLERANCE if verb == "adjoint" else TOLERANCE)
            for verb, error in errors.items()
        )


def cases() -> Iterator[Case]:
    """All rows, in the order of the table."""
    for each in LAYERS:
        yield Case(
            "layer", each.name, partial(_layer, each.layer, each.in_shape, each.ctx)
        )
    for name, loss in LOSSES:
        yield Case("loss", name, partial(_loss, loss))
    for name, penalty in PENALTIES:
        yield Case("penalty", name, partial(_penalty, penalty))
        for critic_name, critic, shape in CRITICS:
            run = partial(_penalty_gradient, critic, shape, penalty, STEP)
            yield Case("penalty", f"{name}, {critic_name}", run)
    for name in recipes.NAMES:
        yield from _recipe(name)


def _recipe(name: str) -> Iterator[Case]:
    """Networks and objectives of one recipe, at small width."""
    recipe = recipes.get(name)
    settings = build_settings(recipe.settings, recipe.small)
    system = recipe.build(settings, recipe.small_shape)
    for player, each in system.players.items():
        run = partial(_layer, each.network, each.in_shape, nn.TRAINING, KINK_STEP)
        yield Case("network", f"{name} {player}", run)
        if player != system.generator:
            run = partial(
                _penalty_gradient,
                each.network,
                each.in_shape,
                GradientPenalty(),
                KINK_STEP,
            )
            yield Case("penalty", f"{name} {player} penalty", run)
    for i, phase in enumerate(system.phases):
        yield Case(
            "objective",
            f"{name} {phase.name} step",
            partial(_objective, system, i, recipe.small_shape),
        )


def _layer(
    layer: nn.Layer, in_shape: Shape, ctx: nn.Context, step: float = STEP
) -> dict[str, float]:
    return check_layer(layer, in_shape, ctx=ctx, step=step)._asdict()


def _loss(loss: AdversarialLoss) -> dict[str, float]:
    return {"gradient": check_loss(loss)}


def _penalty(penalty: GradientPenalty) -> dict[str, float]:
    return {"gradient": check_penalty(penalty, (3, 2))}


def _penalty_gradient(
    critic: nn.Layer, shape: Shape, penalty: GradientPenalty, step: float
) -> dict[str, float]:
    rng = np.random.default_rng(1)
    # enlarged, so that gradient norms lie on both sides of one
    params = tree.map_learned(lambda p: 1.7 * p, random_params(critic, shape, rng))
    x_hat = rng.normal(size=(4, *shape))
    error = check_penalty_gradient(critic, params, x_hat, penalty, step=step)
    return {"gradient": error}


def _objective(system: System, index: int, shape: Shape) -> dict[str, float]:
    rng = np.random.default_rng(2)
    params = {
        name: random_params(player.network, player.in_shape, rng)
        for name, player in system.players.items()
    }
    phase = system.phases[index]
    draw = Draw(0, phase.name, 0, _Noise("noise", shape), np.float64)
    return {"gradient": check_phase(phase, params, draw, step=KINK_STEP)}


@dataclass(frozen=True)
class _Noise:
    """Real samples for a check: uniform noise."""

    name: str
    shape: Shape

    def batch(self, seed: int, index: int, size: int) -> Array:
        return Stream(seed, "noise").uniform(index, (size, *self.shape))
