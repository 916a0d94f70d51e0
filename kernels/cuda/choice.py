"""The fastest of several ways to compute the same, found by trying each.

What is found depends on the device and on what else it does, and ways differ in how
they round. So a run on a device whose choices are made anew may give other bits.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

T = TypeVar("T")

#: Seconds that something takes where it runs.
Seconds = Callable[[Callable[[], object]], float]


class Choices:
    """What was tried so far, and which way was the fastest.

    Parameters
    ----------
    seconds : callable
        How long something takes.
    """

    def __init__(self, seconds: Seconds) -> None:
        self.seconds = seconds
        self.tried: dict[Hashable, dict[str, float]] = {}  #: problem to way to seconds

    def fastest(
        self, problem: Hashable, ways: Mapping[str, Callable[[], T]], may_try: bool
    ) -> T:
        """What the fastest way gives.

        Parameters
        ----------
        problem : hashable
            What tells this from other problems: shapes, types, and how it is computed.
        ways : mapping of str to callable
            At least one, in the order in which they are taken while nothing is known.
        may_try : bool
            Whether the ways may be timed now, if they have not been.
        """
        if len(ways) > 1 and may_try and problem not in self.tried:
            times = {name: self.seconds(way) for name, way in ways.items()}
            self.tried[problem] = times
        times = self.tried.get(problem, {})
        name = min(ways, key=lambda each: times.get(each, 0.0))
        return ways[name]()

    def table(self) -> str:
        """All problems, a line each, the fastest way first."""
        lines = []
        for problem, times in self.tried.items():
            ways = sorted(times.items(), key=lambda each: each[1])
            told = ", ".join(f"{name} {1e6 * s:.1f} µs" for name, s in ways)
            lines.append(f"{problem}: {told}")
        return "\n".join(lines)
