"""What a backend is, and what can be wrong with one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchgan.types import Array


@dataclass(frozen=True)
class Backend:
    """A library of arrays, and the way to its memory and back.

    Parameters
    ----------
    name : str
        "numpy" or "cupy".
    to_device : callable
        An array of the host's memory to one of the library.
    to_host : callable
        An array of the library to one of the host's memory.
    kernels : bool
        Whether our kernels run on its arrays.
    capture : callable, optional
        Notes everything that a function asks of the device, which does nothing yet.
        Returns what the function returned, and a function that has it done, every time.
    memory : callable, optional
        So many bytes on the device, uint8, that a captured function does not use for
        results of its own.
    """

    name: str
    to_device: Callable[[Array], Array]
    to_host: Callable[[Array], Array]
    kernels: bool = False
    capture: Callable[[Callable[[], Any]], tuple[Any, Callable[[], None]]] | None = None
    memory: Callable[[int], Array] | None = None


class CaptureError(RuntimeError):
    """Something cannot be part of a captured step; says what."""


class UnusableError(ValueError):
    """CuPy was asked for and cannot be used; says why."""


def on_host(x: Any) -> bool:
    """Whether the numbers of `x` can be looked at without waiting for a device."""
    return isinstance(x, np.ndarray | np.generic)
