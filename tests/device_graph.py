"""Capture on the stand-in for a device: operations are noted, and can be done again.

As in a CUDA graph, every operation keeps the memory that it read and wrote when it was
noted, and what Python did between them is not done again.
"""

import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

#: What has been noted, while something is captured.
_notes: list[Callable[[], Any]] | None = None
#: All arrays of the device, by `id`; their `values` are put back after a capture.
ALIVE: weakref.WeakValueDictionary = weakref.WeakValueDictionary()


def capturing() -> bool:
    """Whether operations are noted."""
    return _notes is not None


def capture(run: Callable[[], Any]) -> tuple[Any, Callable[[], None]]:
    """As `Backend.capture`: what `run` does is noted, and has not been done.

    Without doing it nobody would know the shapes of results. So it is done, and then
    every number that was there before is put back.
    """
    global _notes
    before = [(array.values, array.values.copy()) for array in ALIVE.values()]
    notes: list[Callable[[], Any]] = []
    _notes = notes
    try:
        found = run()
    finally:
        _notes = None
        for values, old in before:
            if values.flags.writeable:
                values[...] = old

    def launch() -> None:
        for again in notes:
            again()

    return found, launch


def effect(do: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What writes into arrays that are there."""
    if _notes is not None:
        _notes.append(lambda: do(*args, **kwargs))
    return do(*args, **kwargs)


def memory(do: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What has no numbers yet: nothing to do again, but the graph keeps it.

    Zeros while it is captured, which do for labels and indices.
    """
    found = do(*args, **kwargs)
    if _notes is not None:
        found[...] = 0
        _notes.append(partial(_nothing, found))
    return found


def _nothing(kept: np.ndarray) -> None:
    """Done by nobody, to an array that stays."""


def result(do: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What makes arrays: new ones, whose numbers are made again, or views."""
    found = _arrays(do(*args, **kwargs))
    if _notes is None:
        return found
    read = list(_leaves((args, kwargs)))
    fresh = [not any(np.may_share_memory(x, y) for y in read) for x in _leaves(found)]

    def again() -> None:
        new = _leaves(_arrays(do(*args, **kwargs)))
        for x, y, own in zip(_leaves(found), new, fresh, strict=True):
            if own:
                x[...] = y

    if any(fresh):
        _notes.append(again)
    return found


def _arrays(found: Any) -> Any:
    """Numbers as arrays, which have a place."""
    if isinstance(found, np.generic):
        return np.asarray(found)
    if isinstance(found, list | tuple):
        return type(found)(_arrays(x) for x in found)
    return found


def _leaves(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        yield from _leaves(list(value.values()))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
