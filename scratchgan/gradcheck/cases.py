"""What `scratchgan gradcheck` checks: every layer, loss, penalty and recipe."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from scratchgan import layers as nn
from scratchgan import recipes
from scratchgan.data import GeneratedDataset
from scratchgan.gradcheck.layer import check_layer, random_params
from scratchgan.gradcheck.losses import (
    check_loss,
    check_penalty,
    check_penalty_gradient,
    check_phase,
)
from scratchgan.gradcheck.numeric import STEP
from scratchgan.gradcheck.registry import CRITICS, LAYERS
from scratchgan.losses import AdversarialLoss, BinaryCrossEntropy, Wasserstein
from scratchgan.penalties import GradientPenalty, penalty_gradient
from scratchgan.training.settings import build as build_settings
from scratchgan.training.system import Draw, System
from scratchgan.types import Array, Shape

#: Largest relative error that passes, in float64; a wrong formula is off by 1e-2.
TOLERANCE = 1e-6
ADJOINT_TOLERANCE = 1e-10
#: Finer than STEP: fewer pre-activations of a ReLU cross its kink on the way.
KINK_STEP = 1e-6

Kind = Literal["layer", "loss", "penalty", "network", "objective"]


LOSSES: tuple[tuple[str, AdversarialLoss], ...] = (
    ("BinaryCrossEntropy non-saturating", BinaryCrossEntropy()),
    ("BinaryCrossEntropy minimax", BinaryCrossEntropy(saturating=True)),
    ("Wasserstein", Wasserstein()),
)

PENALTIES = (
    ("GradientPenalty two-sided", GradientPenalty()),
    ("GradientPenalty one-sided", GradientPenalty(one_sided=True)),
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
    params, x_hat = random_params(critic, shape, rng), rng.normal(size=(4, *shape))
    params = straddle_one(critic, params, x_hat)
    error = check_penalty_gradient(critic, params, x_hat, penalty, step=step)
    return {"gradient": error}


def straddle_one(critic: nn.Layer, params: list, x_hat: Array) -> list:
    """`params` with the last, linear layer scaled so that ‖∇ₓD(x̂)‖ has the median one.

    A penalty is then checked on both sides of its target, the one-sided one where it
    acts and where it does not.
    """
    norms = penalty_gradient(critic, params, x_hat, GradientPenalty()).value.norm
    last = params[-1]
    return [*params[:-1], last._replace(W=last.W / np.median(norms))]


def _objective(system: System, index: int, shape: Shape) -> dict[str, float]:
    rng = np.random.default_rng(2)
    params = {
        name: random_params(player.network, player.in_shape, rng)
        for name, player in system.players.items()
    }
    phase = system.phases[index]
    noise = GeneratedDataset(
        "noise", lambda stream, tick, size: stream.uniform(tick, (size, *shape)), shape
    )
    draw = Draw(0, phase.name, 0, noise, np.float64)
    return {"gradient": check_phase(phase, params, draw, step=KINK_STEP)}
