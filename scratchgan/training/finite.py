"""A watch that numbers stay finite: at once on the host, at a step's end on a device.

The host would have to wait for a device to ask it. So what was computed there is asked
together, in one transfer, with the figures that are logged.
"""

from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.backend import Backend, on_host
from scratchgan.types import Array, Tree


class NonFiniteError(ArithmeticError):
    """A loss, gradient or parameter is not finite; names the first that was met."""


class Watch:
    """Of one training step.

    Parameters
    ----------
    backend : Backend
        Where the step is computed.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._flags: list[tuple[Any, str]] = []

    def values(self, where: str, values: dict[str, Any]) -> None:
        """Every value that is logged."""
        for name, value in values.items():
            if not _of_host(value):
                self._later(value, f"{where}: {name} is not finite")
            elif not np.isfinite(value):
                raise NonFiniteError(f"{where}: {name} is {value}")

    def arrays(self, arrays: Tree, message: str) -> None:
        """Every array of a tree; `message` has a place for its name."""
        for name, leaf in tree.named(arrays):
            if not on_host(leaf):
                self._later(leaf, message.format(name))
            elif not _is_finite(leaf):
                raise NonFiniteError(message.format(name))

    def norm(self, arrays: Tree) -> Any:
        """The norm of all numbers of a tree."""
        leaves = tree.leaves(arrays)
        if all(on_host(leaf) for leaf in leaves):
            square = 0.0
            for leaf in leaves:  # in this order: `sum` of Python 3.12 has another
                square += float(np.vdot(leaf, leaf))
            return float(np.sqrt(square))
        squares = [(leaf * leaf).sum(dtype=np.float64) for leaf in leaves]
        return np.sqrt(sum(squares[1:], squares[0]))

    def settle(self, values: dict[str, Any]) -> dict[str, float]:
        """The values as numbers of the host, once everything was seen to be finite.

        Raises
        ------
        NonFiniteError
            If something was not.
        """
        away = {name: value for name, value in values.items() if not _of_host(value)}
        flags = [flag.astype(np.float64) for flag, _ in self._flags]
        if not away and not flags:
            return values
        fetched = self.backend.to_host(np.stack([*flags, *away.values()]))
        for flag, (_, message) in zip(fetched, self._flags, strict=False):
            if not flag:
                raise NonFiniteError(message)
        numbers = map(float, fetched[len(flags) :])
        return values | dict(zip(away, numbers, strict=True))

    def _later(self, x: Array, message: str) -> None:
        self._flags.append((np.isfinite(x).all(), message))


def _of_host(value: Any) -> bool:
    return isinstance(value, float | int) or on_host(value)


def _is_finite(leaf: Array) -> bool:
    """Whether all numbers are; the sum of squares tells it fast, but may overflow."""
    return bool(np.isfinite(np.vdot(leaf, leaf)) or np.isfinite(leaf).all())
