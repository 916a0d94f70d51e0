"""What a penalty is: a function of the critic's input gradient g = ∇ₓD(x̂)."""

from typing import NamedTuple, Protocol

from scratchgan.types import Array


class PenaltyValue(NamedTuple):
    """Value of a penalty P(g), and its gradient."""

    loss: float
    v: Array  #: ∂P/∂g, shape of g: the direction in which the critic is differentiated
    norm: Array  #: ‖gₙ‖ of every sample, (N,)


class Penalty(Protocol):
    """Input gradients (N, …) to value and gradient."""

    def __call__(self, g: Array) -> PenaltyValue:
        """Return P(g) and v = ∂P/∂g."""
        ...
