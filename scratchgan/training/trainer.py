"""The loop: steps, logs, sheets, checkpoints, and a clean stop.

What a run leaves behind depends on its configuration alone. A step that was finished is
never half written: between steps the loop looks whether it was asked to stop, and saves
before it does.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.backend import NUMPY, Backend
from scratchgan.data import Dataset
from scratchgan.data.resident import resident
from scratchgan.training.animation import animate
from scratchgan.training.checkpoint import (
    CheckpointError,
    newest_checkpoint,
    save_checkpoint,
)
from scratchgan.training.folder import Folder, RunConfig
from scratchgan.training.graph import GraphStep
from scratchgan.training.pictures import save_losses
from scratchgan.training.shows import show_of
from scratchgan.training.state import (
    TrainingState,
    initial_state,
    placed,
    training_step,
)
from scratchgan.training.system import System


class Progress(NamedTuple):
    """What a display is told after every step."""

    step: int
    steps: int
    values: dict[str, float]
    seconds: float  #: since this process began to train


def _nobody(remark: str) -> None:
    """Tell nobody."""


@dataclass
class StopRequest:
    """Set by a signal; read between steps."""

    signal: int | None = None


@dataclass(frozen=True)
class Trainer:
    """One run, from a state to the end of its steps.

    Parameters
    ----------
    config : RunConfig
        What to do.
    system : System
        Players and phases.
    data : Dataset
        Real samples.
    folder : Folder
        Where to write.
    evaluate : callable, optional
        State to figures that are logged every `evaluate_every` steps.
    backend : Backend
        Where steps are computed. Everything else is done on the host.
    graph : bool
        Whether steps are captured, where the backend can.
    tell : callable
        Told what the user might want to know: why steps are not captured.
    """

    config: RunConfig
    system: System
    data: Dataset
    folder: Folder
    evaluate: Callable[[TrainingState], dict[str, float]] | None = None
    backend: Backend = NUMPY
    graph: bool = True
    tell: Callable[[str], None] = _nobody

    def start(self) -> TrainingState:
        """State before the first step."""
        return initial_state(self.system, self.config.seed)

    def resume(self) -> tuple[TrainingState, list[CheckpointError]]:
        """State of the newest whole checkpoint, and what was wrong with newer ones.

        Where steps are left to make, logs and sheets that are later than it, or that
        only a stop had left, are removed. Without any checkpoint the run starts again,
        which gives the same bits.

        Raises
        ------
        CheckpointError
            If the checkpoint belongs to another run, or there are only damaged ones.
        ValueError
            If more steps are made than were asked for.
        """
        found, errors = newest_checkpoint(self.folder.checkpoints)
        if found is None and errors:
            raise errors[0]
        state = self.start()
        if found is not None:
            if found.identity != self.config.identity:
                raise CheckpointError(
                    f"{found.path}: expected a checkpoint of {self.config.identity}, "
                    f"received one of {found.identity}"
                )
            try:
                state = tree.rebuild(state, found.arrays)
            except ValueError as error:
                raise CheckpointError(f"{found.path}: {error}") from None
        step, settings = int(state.step), self.config.settings
        if step > settings.steps:
            raise ValueError(
                f"steps: expected at least {step}, which are made already, "
                f"received {settings.steps}"
            )
        if step < settings.steps:
            self.folder.rewind(step, settings)
        return state, errors

    def run(
        self,
        state: TrainingState,
        report: Callable[[Progress], None],
        stop: StopRequest,
    ) -> TrainingState:
        """Train until the last step, or until `stop` is set, and save.

        Raises
        ------
        NonFiniteError
            If a loss or gradient is not finite; the last checkpoint stays as it is.
        """
        began, settings = time.perf_counter(), self.config.settings
        if int(state.step) == 0 and (start := self.measure(state)):
            self.folder.log(0, start, 0.0)
        state, make = placed(state, self.backend.to_device), self.stepper()
        while int(state.step) < settings.steps and stop.signal is None:
            state, values = make(state)
            step, seconds = int(state.step), time.perf_counter() - began
            last = step == settings.steps
            if settings.logs(step) or last:
                values = values | self.measure(self.here(state))
                self.folder.log(step, values, seconds)
            if step % settings.sample_every == 0:
                self.draw(self.here(state))
            if step % settings.checkpoint_every == 0:
                self.save(self.here(state))
            report(Progress(step, settings.steps, values, seconds))
        state = self.here(state)
        self.finish(state)
        return state

    def stepper(self) -> Callable[[TrainingState], Any]:
        """What makes a step: the state to the next one, and values."""
        here = self.backend.kernels
        data = resident(self.data, self.backend) if here else self.data
        of_run = self.system, data, self.config.seed
        if self.graph and self.backend.capture is not None:
            return GraphStep(*of_run, self.backend, self.tell)
        return lambda state: training_step(*of_run, state, self.backend)

    def here(self, state: TrainingState) -> TrainingState:
        """The state in host memory."""
        return placed(state, self.backend.to_host)

    def finish(self, state: TrainingState) -> None:
        """Leave a checkpoint, a sheet, the curves, and all sheets as one GIF."""
        self.save(state)
        self.draw(state)
        title = f"{self.config.recipe}, seed {self.config.seed}"
        save_losses(self.folder.losses, self.folder.read_metrics(), title)
        animate(self.folder, show_of(self.system, self.config).suffix)

    def save(self, state: TrainingState) -> None:
        """Write a checkpoint."""
        arrays = {name: np.asarray(leaf) for name, leaf in tree.named(state)}
        save_checkpoint(
            self.folder.checkpoints,
            int(state.step),
            arrays,
            self.config.identity,
            self.config.settings.checkpoint_every,
        )

    def measure(self, state: TrainingState) -> dict[str, float]:
        """What is known of the generator besides its losses, on steps that ask for it.

        The system's own measures come with a sheet and after the last step, evaluations
        when they are due; both before the first step.
        """
        settings, step = self.config.settings, int(state.step)
        values: dict[str, float] = {}
        last = step == settings.steps
        if self.system.measure is not None and (
            step % settings.sample_every == 0 or last
        ):
            values |= self.system.measure(state, self.data, self.config.seed)
        if self.evaluate is not None and settings.evaluates(step):
            values |= self.evaluate(state)
        return values

    def draw(self, state: TrainingState) -> None:
        """Write a sheet of samples."""
        show = show_of(self.system, self.config)
        path = self.folder.sheet(int(state.step), show.suffix)
        show.draw(path, self.config, self.system, state, self.data)


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Within the block, Ctrl-C and SIGTERM ask for a stop; a second one insists."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if request.signal is not None:
            raise KeyboardInterrupt
        request.signal = number

    watched = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, ask) for number in watched]
    try:
        yield request
    finally:
        for number, handler in zip(watched, before, strict=True):
            signal.signal(number, handler)
