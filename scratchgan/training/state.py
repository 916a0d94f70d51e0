"""The state of a run, and the pure function that advances it by one step.

    state, values = training_step(system, data, seed, state)

Equal arguments give equal bits: there is no other state. Random numbers and batches are
functions of the seed and of the counters below, so that a checkpoint of this tree is a
checkpoint of everything.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.backend import NUMPY, Backend
from scratchgan.data import Dataset
from scratchgan.later import Later
from scratchgan.training.finite import Report, Watch
from scratchgan.training.system import Draw, System
from scratchgan.types import Array, Tree


class PlayerState(NamedTuple):
    """What changes of one player."""

    params: Tree
    optimizer: Any
    ema: Tree  # None without an average


class TrainingState(NamedTuple):
    """What changes in a run."""

    step: Array  # training steps made, int64 ()
    counts: dict[str, Array]  # executions of each phase, int64 ()
    players: dict[str, PlayerState]
    memory: dict[str, Tree]  # what phases remember


def initial_state(system: System, seed: int, dtype: Any = np.float32) -> TrainingState:
    """State before the first step; each player draws from a generator of its own."""
    players = {}
    for name, player in system.players.items():
        rng = np.random.default_rng([seed, *name.encode()])
        params, _ = player.network.init(rng, player.in_shape)
        params = tree.astype(params, dtype)
        ema = None if player.ema is None else params
        players[name] = PlayerState(params, player.optimizer.init(params), ema)
    zero = np.asarray(0, np.int64)
    counts = {phase.name: zero for phase in system.phases}
    memory = {n: tree.floats_astype(kept, dtype) for n, kept in system.memory.items()}
    return TrainingState(zero, counts, players, memory)


def placed(state: TrainingState, move: Callable[[Array], Array]) -> TrainingState:
    """The state with its numbers moved; counters stay where the host reads them."""
    return tree.map(lambda x: x if x.dtype.kind in "iu" else move(x), state)


class Execution(NamedTuple):
    """One update of a step, and what the host decides about it from its counts."""

    phase: int
    constrain: bool  # whether the player's constraint is due


def executions(system: System, state: TrainingState) -> tuple[Execution, ...]:
    """The updates of the next step, in order."""
    found = []
    for number, phase in enumerate(system.phases):
        count, player = int(state.counts[phase.name]), system.players[phase.player]
        for more in range(phase.repeats(int(state.step))):
            due = (count + more + 1) % player.constrain_every == 0
            found.append(Execution(number, player.constrain is not None and due))
    return tuple(found)


def training_step(
    system: System,
    data: Dataset,
    seed: int,
    state: TrainingState,
    backend: Backend = NUMPY,
) -> tuple[TrainingState, dict[str, float]]:
    """Run every phase as often as it says.

    Parameters
    ----------
    system : System
        Players and phases.
    data : Dataset
        Real samples.
    seed : int
        The run's.
    state : TrainingState
        Before the step, on the backend's device.
    backend : Backend
        Where the step is computed; the host waits for a device once, at its end.

    Returns
    -------
    state : TrainingState
        After the step.
    values : dict of str to float
        What the last execution of each phase logged.

    Raises
    ------
    NonFiniteError
        If a loss, a gradient or an updated parameter is not finite; `state` is still
        the last good one.
    """
    step, planned = int(state.step) + 1, executions(system, state)
    start = Draw(seed, "", 0, data, kernels=backend.kernels)
    start = replace(start, place=partial(tree.map, backend.to_device))
    state, report = run_step(system, state, planned, start, Watch(step))
    return state, report.read(backend, step)


def run_step(
    system: System,
    state: TrainingState,
    planned: tuple[Execution, ...],
    start: Draw,
    watch: Watch,
) -> tuple[TrainingState, Report]:
    """`training_step` up to its last line: nobody waits for a device.

    Parameters
    ----------
    system, state : System, TrainingState
        As there; the counts may be `Later`.
    planned : tuple of Execution
        From `executions`.
    start : Draw
        Seed, data and device for the draws of every phase.
    watch : Watch
        Of this step.
    """
    values: dict[str, Any] = {}
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for each in planned:
            state, found = _update(system, state, each, start, watch)
            values |= found
    return state._replace(step=state.step + 1), watch.report(values)


def _update(
    system: System,
    state: TrainingState,
    planned: Execution,
    start: Draw,
    watch: Watch,
) -> tuple[TrainingState, dict[str, Any]]:
    phase = system.phases[planned.phase]
    player, before = system.players[phase.player], state.players[phase.player]
    count: Any = state.counts[phase.name]
    count = count if isinstance(count, Later) else int(count)
    draw = replace(start, phase=phase.name, count=count, memory=state.memory)
    params = {name: each.params for name, each in state.players.items()}
    outcome = phase.objective(params, draw)
    watch.values(phase.name, outcome.values)
    bad = f"{phase.name}: the gradient of {{}} is not finite"
    gradient_norm = watch.gradient(outcome.dparams, bad)
    after, optimizer = player.optimizer.update(
        outcome.params, outcome.dparams, before.optimizer
    )
    if planned.constrain and player.constrain is not None:
        after = player.constrain(after)
    updated = {phase.player: after, **outcome.memory}
    watch.arrays(updated, f"{phase.name}: {{}} is not finite after the update")
    ema = before.ema
    if player.ema is not None and phase.averages:
        ema = player.ema.update(ema, after, count)
    state = state._replace(
        counts=state.counts | {phase.name: state.counts[phase.name] + 1},
        players=state.players | {phase.player: PlayerState(after, optimizer, ema)},
        memory=state.memory | dict(outcome.memory),
    )
    return state, outcome.values | {f"{phase.player}_gradient_norm": gradient_norm}
