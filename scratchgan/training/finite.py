"""A watch that numbers stay finite: at once on the host, at a step's end on a device.

The host would have to wait for a device to ask it. So what was computed there is asked
together, in one transfer, with the figures that are logged.
"""

from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.backend import Backend, contiguous, on_host
from scratchgan.kernels.cuda import tensors
from scratchgan.kernels.cuda.device import runner
from scratchgan.types import Array, Tree


class NonFiniteError(ArithmeticError):
    """A loss, gradient or parameter is not finite; names the first that was met."""


class Report(NamedTuple):
    """What a step tells the host at its end."""

    order: list[str]  #: of all values
    known: dict[str, Any]  #: values that the host has already
    names: list[str]  #: of the others
    messages: list[str]  #: for flags that are down
    numbers: Array | None  #: flags, and then the values, on the device in float64

    def read(self, backend: Backend, step: int) -> dict[str, float]:
        """The values as numbers of the host, once everything was seen to be finite.

        Raises
        ------
        NonFiniteError
            If something in this step was not.
        """
        if self.numbers is None:
            return self.known
        fetched = backend.to_host(self.numbers)
        for flag, message in zip(fetched, self.messages, strict=False):
            if not flag:
                raise NonFiniteError(f"step {step}, {message}")
        numbers = map(float, fetched[len(self.messages) :])
        values = self.known | dict(zip(self.names, numbers, strict=True))
        return {name: values[name] for name in self.order}


class Watch:
    """Of one training step.

    Parameters
    ----------
    step : int
        Its number, from 1.
    """

    def __init__(self, step: int) -> None:
        self.step = step
        self._flags: list[Array] = []  # (k,), with as many messages
        self._messages: list[str] = []

    def values(self, phase: str, values: dict[str, Any]) -> None:
        """Every value that is logged."""
        for name, value in values.items():
            if not _of_host(value):
                message = f"{phase}: {name} is not finite"
                self._later(np.isfinite(value).reshape(1), message)
            elif not np.isfinite(value):
                raise NonFiniteError(f"step {self.step}, {phase}: {name} is {value}")

    def arrays(self, arrays: Tree, message: str) -> None:
        """Every array of a tree; `message` has a place for its name."""
        away: dict[str, Array] = {}
        for name, leaf in tree.named(arrays):
            if not on_host(leaf):
                away[name] = leaf
            elif not _is_finite(leaf):
                raise NonFiniteError(f"step {self.step}, {message.format(name)}")
        if away:
            messages = map(message.format, away)
            self._later(_are_finite(list(away.values())), *messages)

    def gradient(self, arrays: Tree, message: str) -> Any:
        """Every array of a gradient, as `arrays` does, and the norm of all of it."""
        leaves = tree.leaves(arrays)
        if squares := _squares(leaves):
            names = (name for name, _ in tree.named(arrays))
            self._later(np.isfinite(squares[0]), *map(message.format, names))
            return np.sqrt(squares[0].sum())
        self.arrays(arrays, message)
        if all(on_host(leaf) for leaf in leaves):
            square = 0.0
            for leaf in leaves:  # in this order: `sum` of Python 3.12 has another
                square += float(np.vdot(leaf, leaf))
            return float(np.sqrt(square))
        each = [(leaf * leaf).sum(dtype=np.float64) for leaf in leaves]
        return np.sqrt(sum(each[1:], each[0]))

    def report(self, values: dict[str, Any]) -> Report:
        """What was seen, and the values that are logged."""
        away = {name: value for name, value in values.items() if not _of_host(value)}
        known = {name: value for name, value in values.items() if name not in away}
        found = [flag.astype(np.float64) for flag in self._flags]
        found += [value.reshape(1) for value in away.values()]
        return Report([*values], known, [*away], self._messages, _joined(found))

    def _later(self, flags: Array, *messages: str) -> None:
        self._flags.append(flags)
        self._messages += messages


def _of_host(value: Any) -> bool:
    return isinstance(value, float | int) or on_host(value)


def _is_finite(leaf: Array) -> bool:
    """Whether all numbers are; the sum of squares tells it fast, but may overflow."""
    return bool(np.isfinite(np.vdot(leaf, leaf)) or np.isfinite(leaf).all())


def _are_finite(leaves: list[Array]) -> Array:
    """Whether all numbers are, array by array, for arrays on a device."""
    if squares := _squares(leaves):
        return np.isfinite(squares[0])
    found = _joined([np.isfinite(leaf).all().reshape(1) for leaf in leaves])
    assert found is not None
    return found


def _joined(parts: list[Array]) -> Array | None:
    """One array of all, (k,); CuPy sends addresses for more than eight at a time."""
    if not parts:
        return None
    found, at = np.empty_like(parts[0], shape=sum(map(len, parts))), 0
    for part in parts:
        found[at : at + len(part)] = part
        at += len(part)
    return found


def _squares(leaves: list[Array]) -> list[Array]:
    """Of arrays on a device with kernels, the sums of squares; none of others.

    They are finite where all numbers are, but for those of float64, which may overflow.
    """
    run = runner(leaves[0]) if leaves else None
    if run is None or {leaf.dtype for leaf in leaves} != {np.dtype(np.float32)}:
        return []
    return [tensors.squares(run, [contiguous(leaf) for leaf in leaves])]
