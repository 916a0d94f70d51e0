"""Our step, on the arrays of a backend: the one place that says how it is made."""

from typing import Any

import numpy as np
from cases import adam, no_draw, parameters

from on_gpu.step_cases import StepCase
from scratchgan import tree
from scratchgan.backend import Backend
from scratchgan.kernels.cuda.device import computing_in
from scratchgan.training.graph import GraphStep
from scratchgan.training.state import PlayerState, TrainingState
from scratchgan.training.system import Phase, Player, System


class Step:
    """A step that can be repeated: gradient, penalty included, and Adam's update.

    Parameters
    ----------
    case : StepCase
        Which.
    backend : Backend
        Where the arrays live.
    precision : str
        Of the arrays, "float64" or "float32", or of their products, "tf32".
    """

    kind = "eager"  #: as the records call it

    def __init__(self, case: StepCase, backend: Backend, precision: str) -> None:
        self.backend, network = backend, case.case.critic
        double = precision == "float64"
        dtype = np.float64 if double else np.float32
        self.compute = "float32" if double else precision
        params = parameters(network, case.case.shape, dtype)
        self.params = tree.map(backend.to_device, params)
        given = [backend.to_device(a) for a in case.given(dtype)]
        self.objective = case.objective(given)
        self.optimizer = adam()
        self.state = self.optimizer.init(self.params)

    def __call__(self) -> None:
        """Make it."""
        self.params, self.state = self.optimizer.update(
            self.params, self.backward(), self.state
        )

    def backward(self) -> Any:
        """The gradient, as a tree."""
        with computing_in(self.compute):
            return self.objective({"player": self.params}, no_draw()).dparams

    def gradient(self) -> list[np.ndarray]:
        """By parameter, in the order of their names; zeros where none flows."""
        dparams = self.backward()
        # the parameters' tree, so that what has no gradient is an absent leaf
        found = dict(tree.named(tree.map(lambda p, g: g, self.params, dparams)))
        return [
            self.backend.to_host(found[name]) if name in found else np.zeros(p.shape)
            for name, p in tree.named(self.params)
        ]


class Captured(Step):
    """The same, captured as a graph: a call replays it, and waits for nothing.

    With what a training step has besides: gradient and parameters are tested for being
    finite, and the new state is copied over the old one.
    """

    kind = "captured"

    def __init__(self, case: StepCase, backend: Backend, precision: str) -> None:
        super().__init__(case, backend, precision)
        objective, zero = self.objective, np.asarray(0, np.int64)
        player = Player(case.case.critic, case.case.shape, self.optimizer)
        system = System(
            {"player": player}, (Phase("step", "player", objective),), "", _none
        )
        owned = {"player": PlayerState(self.params, self.state, None)}
        state = TrainingState(zero, {"step": zero}, owned, {})
        step = GraphStep(system, no_draw().data, 0, backend)
        with computing_in(self.compute):
            for _ in range(2):  # the first is not captured
                state, _ = step(state)
        if step.refused:
            raise ValueError(f"graph: {step.refused}")
        (self.graph,) = step.graphs.values()
        self.lasting = state  #: which every call moves on

    def __call__(self) -> None:
        """Replay it."""
        self.graph.launch()


def prepare(
    case: StepCase, backend: Backend, precision: str, graph: bool = True
) -> Step:
    """Our step, ready to be repeated.

    Parameters
    ----------
    case : StepCase
        Which.
    backend : Backend
        Where: CuPy, or NumPy.
    precision : str
        "float32", "tf32", or "float64" for what the others are compared with.
    graph : bool
        Whether the step is captured and replayed, where that can be done.

    Raises
    ------
    ValueError
        If a step cannot be captured; says why.
    """
    captured = graph and backend.capture is not None
    return (Captured if captured else Step)(case, backend, precision)


def _none(stream: Any, tick: Any, n: int) -> Any:
    """No latents: nothing is sampled here."""
    raise NotImplementedError
