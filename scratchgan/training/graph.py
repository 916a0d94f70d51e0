"""A training step captured once and replayed: no Python between its kernels.

    step = GraphStep(system, data, seed, backend)
    state, values = step(state)                      # as training_step, and equal bits

**What a step is made of.** Its state lies in arrays that stay where they are. While it
is captured, the pure functions of `state` run as ever, and every result is an array of
its own, in memory that belongs to the graph. At the end the new state is copied over
the old one: two passes over parameters and moments, little beside a step.

**What the host knows anew in every step** are functions of its counts (`later`): ticks,
real samples, learning rates. While a step is captured they are noted, each with a place
in one block of memory. Before every replay the host computes them and copies the block.

**What the host decides** from its counts is which phases run, how often, and whether a
constraint is due (`executions`). There is one graph for every answer; the first step
with a new one runs as it is, so that everything is compiled and in place, and the
second is captured. A step whose Python depends on a count or on a number on the device
cannot be: `GraphStep.refused` then says why, and all steps run as they are.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.backend import Backend, CaptureError, contiguous, on_host
from scratchgan.data import Dataset
from scratchgan.kernels.cuda import tensors
from scratchgan.kernels.cuda.device import runner_of
from scratchgan.kernels.cuda.launch import address
from scratchgan.training.finite import Report, Watch
from scratchgan.training.inputs import Inputs
from scratchgan.training.state import (
    Execution,
    TrainingState,
    executions,
    run_step,
    training_step,
)
from scratchgan.training.system import Draw, System
from scratchgan.types import Array, Tree

#: What a graph is for.
Planned = tuple[Execution, ...]


class Captured(NamedTuple):
    """One graph, and what goes in and comes out."""

    inputs: Inputs
    report: Report
    moves: Tree  # how far the counters go; of other leaves, nothing
    launch: Callable[[], None]


class GraphStep:
    """`training_step` on a device, captured.

    The state that a call returns is overwritten by the next call, and lost if that
    raises `NonFiniteError`.

    Parameters
    ----------
    system : System
        Players and phases.
    data : Dataset
        Real samples.
    seed : int
        The run's.
    backend : Backend
        One that can capture.
    tell : callable, optional
        Told why steps are not captured, if that is so.
    """

    def __init__(
        self,
        system: System,
        data: Dataset,
        seed: int,
        backend: Backend,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.tell = tell or (lambda remark: None)
        self.system, self.data, self.seed, self.backend = system, data, seed, backend
        self.refused = ""  #: why steps are not captured, if that is so
        self._seen: set[Planned] = set()
        self.graphs: dict[Planned, Captured] = {}  #: by what they are for
        self._state: Any = None  # where it stays

    def __call__(self, state: TrainingState) -> tuple[TrainingState, dict[str, float]]:
        """The state after a step, and what is logged; errors as of `training_step`."""
        planned = executions(self.system, state)
        if planned not in self._seen or self.refused:
            self._seen.add(planned)
            return training_step(self.system, self.data, self.seed, state, self.backend)
        state = self._stays(state)
        if planned not in self.graphs:
            try:
                self.graphs[planned] = self._captured(state, planned)
            except CaptureError as error:
                self.refused = str(error)
                self.graphs.clear()
                self.tell(f"{error}; steps run as they are")
                return self(state)
        graph, step = self.graphs[planned], int(state.step) + 1
        graph.inputs.upload(state)
        graph.launch()
        values = graph.report.read(self.backend, step)
        return tree.map(_moved, state, graph.moves), values

    def _stays(self, state: TrainingState) -> TrainingState:
        """The state in arrays that stay where they are; its counters as they are."""
        if self._state is None:
            self._state = tree.map(np.empty_like, state)
        copy_over(self._state, state)
        return tree.map(
            lambda kept, given: given if on_host(given) else kept, self._state, state
        )

    def _captured(self, state: TrainingState, planned: Planned) -> Captured:
        inputs = Inputs(state, self.backend)
        draw = Draw(
            self.seed, "", 0, self.data, place=_refuse, kernels=self.backend.kernels
        )

        def run() -> tuple[Report, Tree]:
            system, counted = self.system, inputs.later(state)
            after, report = run_step(system, counted, planned, draw, Watch(0))
            copy_over(state, after)
            return report, tree.map(_move, state, after)

        assert self.backend.capture is not None
        (report, moves), launch = self.backend.capture(run)
        return Captured(inputs, report, moves, launch)


def copy_over(old: Tree, new: Tree) -> None:
    """Copy the arrays of one tree on the device over those of another."""
    pairs = zip(tree.leaves(old), tree.leaves(new), strict=True)
    there = [(a, b) for a, b in pairs if not on_host(a)]
    lasting = {address(a) for a, _ in there}
    moved = [(a, b) for a, b in there if address(a) != address(b)]
    # an array that is itself copied over, for another name, is put aside first
    apart = [
        (b.copy() if address(b) in lasting else contiguous(b), a) for a, b in moved
    ]
    run = runner_of(apart[0][1]) if apart else None
    if run:
        tensors.copy(run, apart)
    else:
        for b, a in apart:
            a[...] = b


def _move(before: Any, after: Any) -> Array:
    """How far a counter has gone; 0 of what is none."""
    return np.asarray(after.more if on_host(before) else 0)


def _moved(before: Any, move: Array) -> Any:
    return before + move if on_host(before) else before


def _refuse(drawn: Tree) -> Tree:
    raise CaptureError("a captured step: expected no numbers from the host, got some")
