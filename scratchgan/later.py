"""Numbers that the host makes from a count: of this step, or of one yet to come.

A learning rate, a batch of real samples and the tick of a random stream are functions
of a count of updates. Where a step is computed at once, the count is an integer, and
they are computed at once. A step that was captured as a graph runs again without these
lines of Python. While it is captured its counts are `Later`: instead of a number they
give the place in the device's memory where the number will lie, and remember the
function that makes it (`training.graph`). What depends on the count in any other way
asks it for an integer, which is an error that says so.
"""

from collections.abc import Callable
from typing import Any

from scratchgan.backend import CaptureError, like
from scratchgan.types import Array, Tree


class Later:
    """A count that each run of a captured step has anew."""

    def made(self, make: Callable[[int], Tree]) -> Tree:
        """Arrays on the device that hold ``make(count)`` in every run."""
        raise NotImplementedError

    def __add__(self, more: int) -> "Later":
        raise NotImplementedError

    def __int__(self) -> int:
        raise CountError(
            "a captured step: expected to depend on its counts by what is made of "
            "them for the device, received a request for the number itself"
        )

    def __lt__(self, other: object) -> bool:
        return int(self) < 0

    def __mod__(self, other: object) -> int:
        return int(self)

    __radd__ = __sub__ = __mul__ = __floordiv__ = __and__ = __rshift__ = __mod__
    __gt__ = __le__ = __ge__ = __lt__
    __index__ = __bool__ = __int__


class CountError(CaptureError):
    """A step that cannot be captured: its Python depends on a count."""


def made(count: Any, make: Callable[[int], Array], x: Array) -> Array:
    """``make(count)`` where `x` is, now or later.

    Parameters
    ----------
    count : int, Array or Later
        A number of updates.
    make : callable
        The count to an array in host memory.
    x : Array
        Of the device in question.
    """
    return count.made(make) if isinstance(count, Later) else like(make(int(count)), x)
