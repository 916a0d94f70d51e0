"""What a penalty is: a function of a network's input gradient g = Jᵀ dy."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from scratchgan.kernels.cuda import penalty as on_device
from scratchgan.kernels.cuda.channels_last import wide
from scratchgan.kernels.cuda.device import runner
from scratchgan.losses.base import mean
from scratchgan.types import Array, Tree


class PenaltyValue(NamedTuple):
    """Value of a penalty P(g), and its gradient."""

    loss: float
    v: Tree  #: ∂P/∂g, like g: the direction in which the network is differentiated
    norm: Array  #: of every sample's g, (N,)


class Penalty(Protocol):
    """Input gradients (N, …) to value and gradient."""

    def __call__(self, g: Any) -> PenaltyValue:
        """Return P(g) and v = ∂P/∂g."""
        ...


@dataclass(frozen=True)
class OnInput:
    """A penalty on the gradient of one of several inputs, the others held.

    Parameters
    ----------
    index : int
        Which input; a synthesis network's w is the last of its inputs.
    penalty : Penalty
        Of that input's gradient.
    """

    index: int
    penalty: Penalty

    def __call__(self, g: tuple) -> PenaltyValue:
        """P(g[index]), with v zero for the other inputs."""
        value = self.penalty(g[self.index])
        v = [None] * len(g)
        v[self.index] = value.v
        return value._replace(v=tuple(v))


def by_kernels(g: Array, penalty: on_device.Penalty, target: Any = 1.0) -> PenaltyValue:
    """A penalty of lengths around a target, on a device with kernels.

    Parameters
    ----------
    g : Array
        Input gradients ``(N, …)``, on the device.
    penalty : kernels.cuda.penalty.Penalty
        Which.
    target : float or Array
        What lengths are drawn to; an array () where it lies on the device.
    """
    run, dtype = runner(g), wide(g.dtype)
    assert run is not None
    found = on_device.value(run, g, penalty, np.full_like(g, target, dtype, shape=1))
    loss = mean(found.terms) if len(g) else 0.0
    return PenaltyValue(loss, found.v, found.lengths)


def sample_norms(g: Array) -> Array:
    """‖gₙ‖ of every sample over all its axes, shaped to scale g, (N, 1, …).

    The caller widens float16 gradients first: their squares would overflow.
    """
    squares = (g * g).reshape(len(g), -1).sum(axis=1)
    return np.sqrt(squares).reshape(-1, *(1,) * (g.ndim - 1))


def units(g: Array, norm: Array) -> Array:
    """gₙ / ‖gₙ‖; 0 where gₙ = 0, a subgradient of the norm, and NaN only where g is."""
    length = np.where(norm > 0, norm, 1)  # what is divided by one is 0, or underflows
    return g / length.astype(g.dtype, copy=False)
