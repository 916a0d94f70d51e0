"""What `scratchgan gradcheck` checks: every layer, loss, penalty and recipe."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

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
from scratchgan.gradcheck.noise import Noise
from scratchgan.gradcheck.numeric import STEP, random_inputs
from scratchgan.gradcheck.registry import (
    BLOCKS,
    CRITICS,
    LAYERS,
    LOSSES,
    OTHER_LOSSES,
    RANDOM,
    Block,
    LayerCase,
)
from scratchgan.losses import AdversarialLoss
from scratchgan.penalties import (
    R1,
    GradientPenalty,
    OnInput,
    PathLength,
    Penalty,
    penalty_gradient,
)
from scratchgan.training.settings import build as build_settings
from scratchgan.training.system import Draw, System
from scratchgan.types import Shape, Tree

#: Largest relative error that passes, in float64; a wrong formula is off by 1e-2.
TOLERANCE = 1e-7
#: The same where central differences are exact, and take steps of order one.
BILINEAR_TOLERANCE = 1e-9
BILINEAR_STEP = 1.0
ADJOINT_TOLERANCE = 1e-12
#: Steps for whole networks, whose thousands of ReLUs have kinks that a step may cross
#: and whose rounding grows as the step falls.
NETWORK_STEPS = (1e-5, 1e-4, 1e-6)

Kind = Literal["layer", "loss", "penalty", "network", "objective"]

PENALTIES = (
    ("GradientPenalty two-sided", GradientPenalty()),
    ("GradientPenalty one-sided", GradientPenalty(one_sided=True)),
    ("R1", R1()),
    ("PathLength", PathLength(target=0.7)),
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
    tolerance : float
        What they may be, but for the adjoint.
    """

    kind: Kind
    name: str
    run: Callable[[], dict[str, float]]
    tolerance: float = TOLERANCE

    def passes(self, errors: dict[str, float]) -> bool:
        """Whether every error is within its tolerance; NaN is not."""
        return all(
            error <= (ADJOINT_TOLERANCE if verb == "adjoint" else self.tolerance)
            for verb, error in errors.items()
        )


def cases() -> Iterator[Case]:
    """All rows, in the order of the table."""
    for each in LAYERS:
        yield Case("layer", each.name, partial(check_case, each), tolerance(each))
    for name, loss in LOSSES:
        yield Case("loss", name, partial(_loss, loss))
    for name, check in OTHER_LOSSES:
        yield Case("loss", name, partial(_gradient, check))
    for name, penalty in PENALTIES:
        yield Case("penalty", name, partial(_penalty, penalty))
        for critic_name, critic, shape in CRITICS:
            run = partial(_penalty_gradient, critic, shape, penalty)
            yield Case("penalty", f"{name}, {critic_name}", run)
    for block in BLOCKS:
        yield Case("network", block.name, partial(_network, block))
        penalty_name = "path length" if block.ctx.stream else "R1"
        yield Case("penalty", f"{block.name} {penalty_name}", partial(_block, block))
    for name in recipes.NAMES:
        yield from _recipe(name)


def _recipe(name: str) -> Iterator[Case]:
    """Networks and objectives of one recipe, at small width."""
    recipe = recipes.get(name)
    settings = build_settings(recipe.settings, recipe.small)
    system = recipe.build(settings, recipe.small_shape)
    for player, each in system.players.items():
        block = Block(player, each.network, each.in_shape, GradientPenalty(), RANDOM)
        run = partial(_network, block, recipe.labels)
        yield Case("network", f"{name} {player}", run)
        if player != system.generator:
            yield Case(
                "penalty",
                f"{name} {player} penalty",
                partial(_hat, block, recipe.labels),
            )
    for i, phase in enumerate(system.phases):
        yield Case(
            "objective",
            f"{name} {phase.name} step",
            partial(_objective, system, i, Noise(recipe.small_shape, recipe.labels)),
        )


def tolerance(case: LayerCase) -> float:
    """Largest relative error that a layer's case may have."""
    return BILINEAR_TOLERANCE if case.bilinear else TOLERANCE


def check_case(case: LayerCase) -> dict[str, float]:
    """Errors of every verb of a case of the registry."""
    step = BILINEAR_STEP if case.bilinear else STEP
    return check_layer(
        case.layer, case.in_shape, steps=(step,), ctx=case.ctx, labels=case.labels
    )._asdict()


def _network(block: Block, labels: int = 0) -> dict[str, float]:
    return check_layer(
        block.network,
        block.in_shape,
        ctx=block.ctx,
        steps=NETWORK_STEPS,
        labels=_labels(block.in_shape, labels),
    )._asdict()


def _block(block: Block) -> dict[str, float]:
    """The block's own penalty, whole parameters and inputs."""
    rng = np.random.default_rng(4)
    params = random_params(block.network, block.in_shape, rng)
    x = random_inputs(block.in_shape, 4, rng)
    y, _ = block.network.forward(params, x, block.ctx)
    error = check_penalty_gradient(
        block.network,
        params,
        x,
        block.penalty,
        dy=block.cotangent(y, rng),
        ctx=block.ctx,
        steps=NETWORK_STEPS,
    )
    return {"gradient": error}


def _loss(loss: AdversarialLoss) -> dict[str, float]:
    return {"gradient": check_loss(loss)}


def _gradient(check: Callable[[], float]) -> dict[str, float]:
    return {"gradient": check()}


def _penalty(penalty: Penalty) -> dict[str, float]:
    return {"gradient": check_penalty(penalty, (3, 2))}


def _penalty_gradient(
    critic: nn.Layer, shape: Shape, penalty: Penalty
) -> dict[str, float]:
    return _hat(Block("critic", critic, shape, penalty))


def _hat(block: Block, labels: int = 1) -> dict[str, float]:
    """The block's penalty on the gradient of each input that has one, at random x̂."""
    rng = np.random.default_rng(1)
    labels = _labels(block.in_shape, labels)
    params = random_params(block.network, block.in_shape, rng)
    x_hat = random_inputs(block.in_shape, 4, rng, labels)
    several = isinstance(x_hat, tuple)
    errors = {}
    for i in range(len(x_hat) - bool(labels) if several else 1):
        penalty = OnInput(i, block.penalty) if several else block.penalty
        dy = straddle_one(block.network, params, x_hat, penalty, block.ctx)
        errors[f"gradient {i}" if several else "gradient"] = check_penalty_gradient(
            block.network,
            params,
            x_hat,
            penalty,
            dy=dy,
            ctx=block.ctx,
            steps=NETWORK_STEPS,
        )
    return errors


def _labels(in_shape: Any, labels: int) -> int:
    """`labels` where the last input is labels, whose shape is (); otherwise none."""
    return labels if in_shape[-1:] == ((),) else 0


def straddle_one(
    critic: nn.Layer, params: Tree, x_hat: Tree, penalty: Penalty, ctx: nn.Context
) -> Tree:
    """Cotangents dy, one number for all scores, such that ‖Jᵀ dy‖ has the median one.

    A penalty is then checked on both sides of its target, the one-sided one where it
    acts and where it does not.
    """
    norms = penalty_gradient(critic, params, x_hat, penalty, ctx=ctx).value.norm
    y, _ = critic.forward(params, x_hat, ctx)
    return tree.map(lambda score: np.full_like(score, 1 / np.median(norms)), y)


def _objective(system: System, index: int, data: Noise) -> dict[str, float]:
    rng = np.random.default_rng(2)
    params = {
        name: random_params(player.network, player.in_shape, rng)
        for name, player in system.players.items()
    }
    phase = system.phases[index]
    memory = {n: tree.floats_astype(kept, float) for n, kept in system.memory.items()}
    draw = Draw(0, phase.name, 0, data, np.float64, memory)
    return {"gradient": check_phase(phase, params, draw, steps=NETWORK_STEPS)}
