"""Training steps with every layer timed, beside the same steps untouched.

The networks are rebuilt around timed layers (`timed.instrument`) and the phases of the
system are made from them; nothing else differs, so that the steps compute the same
bits. They run in one part: times of parts that share the cores do not add up. A first
step is left out of the record, since it finds caches and memory cold.
"""

import resource
import sys
import time
from dataclasses import replace
from typing import NamedTuple

from scratchgan.data import Dataset
from scratchgan.profiling.record import Record
from scratchgan.profiling.timed import instrument
from scratchgan.training.state import TrainingState, initial_state, training_step
from scratchgan.training.system import System


class Profile(NamedTuple):
    """What was found."""

    record: Record
    seconds: float  #: of all steps in the record
    steps: int
    peak: float  #: largest resident size of the process so far, MiB
    state: TrainingState  #: after the steps


def profile_system(
    system: System, data: Dataset, seed: int, steps: int, phase: str | None = None
) -> Profile:
    """Run `steps` training steps of `system`, or of one of its phases alone.

    Raises
    ------
    ValueError
        If `steps` is below one, or there is no such phase.
    """
    if steps < 1:
        raise ValueError(f"--steps: expected at least 1, received {steps}")
    record = Record()
    timed = instrumented(_only(system, phase), record)
    state = initial_state(system, seed)
    state, _ = training_step(timed, data, seed, state)
    record.rows.clear()
    start = time.perf_counter()
    for _ in range(steps):
        state, _ = training_step(timed, data, seed, state)
    return Profile(record, time.perf_counter() - start, steps, peak_mebibytes(), state)


def instrumented(system: System, record: Record) -> System:
    """`system` with every layer of its players timed.

    Raises
    ------
    ValueError
        If it does not tell how its phases are made from networks.
    """
    networks = {
        name: instrument(player.network, name, record)
        for name, player in system.players.items()
    }
    players = {
        name: replace(player, network=networks[name])
        for name, player in system.players.items()
    }
    return replace(system.trained_by(networks), players=players)


def peak_mebibytes() -> float:
    """Largest resident size of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _only(system: System, phase: str | None) -> System:
    names = [each.name for each in system.phases]
    if phase is None:
        return system
    if phase not in names:
        raise ValueError(f"--phase: expected one of {names}, received {phase!r}")
    kept = tuple(each for each in system.phases if each.name == phase)
    return replace(system, phases=kept)
