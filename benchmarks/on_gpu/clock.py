"""Seconds of a step, and of two steps in turn.

On a GPU between two events of the stream that the step's library launches on, around so
many repetitions that the region takes a while; JAX has no events, and is timed on the
host from an idle device to an idle device. What counts is the median over rounds, and
of two sides in turn, ours, theirs, ours, theirs, the median of neighbours' ratios.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from on_gpu import place
from on_gpu.setting import Setting

WARM, FEWEST, MOST = 0.3, 3, 10_000  # seconds, steps, steps
REGION, ROUNDS = 0.12, 5  # seconds, regions


class Timed(NamedTuple):
    """A step, and how many seconds so many of them take together."""

    step: Callable[[], Any]
    region: Callable[[Callable[[], Any], int], float]


def on_host(wait: Callable[[], Any]) -> Callable[[Callable[[], Any], int], float]:
    """By the host's clock; `wait` returns when the device is idle."""

    def region(step: Callable[[], Any], count: int) -> float:
        wait()
        start = time.perf_counter()
        for _ in range(count):
            step()
        wait()
        return time.perf_counter() - start

    return region


def between_events(
    event: Callable[[], Any], elapsed: Callable[[Any, Any], float]
) -> Callable[[Callable[[], Any], int], float]:
    """By two events of a stream."""

    def region(step: Callable[[], Any], count: int) -> float:
        start, end = event(), event()
        start.record()
        for _ in range(count):
            step()
        end.record()
        end.synchronize()
        return elapsed(start, end)

    return region


def of_cupy(setting: Setting) -> Callable[[Callable[[], Any], int], float]:
    """For steps on CuPy's arrays; on the host's clock in a rehearsal."""
    if setting.tiny:
        return on_host(lambda: None)
    return between_events(place.event, place.elapsed)


def repeats(timed: Timed, seconds: float, warm: float) -> int:
    """How many steps a region takes, after a warm-up."""
    start, count = time.perf_counter(), 0
    while count < FEWEST or time.perf_counter() - start < warm:
        timed.region(timed.step, 1)
        count += 1
    one = timed.region(timed.step, FEWEST) / FEWEST
    return max(FEWEST, min(MOST, round(seconds / max(one, 1e-9))))


def alone(timed: Timed, rounds: int, seconds: float, warm: float) -> list[float]:
    """Seconds of a step, one number a round.

    Parameters
    ----------
    timed : Timed
        The step.
    rounds : int
        How many regions.
    seconds, warm : float
        Of a region, and of the warm-up.
    """
    count = repeats(timed, seconds, warm)
    return [timed.region(timed.step, count) / count for _ in range(rounds)]


def in_turn(ours: Timed, theirs: Timed) -> dict[str, Any]:
    """Milliseconds of both sides, and theirs over ours: the median, least and most."""
    counts = [repeats(side, REGION, WARM) for side in (ours, theirs)]
    pairs = [
        [
            side.region(side.step, count) / count
            for side, count in zip((ours, theirs), counts, strict=True)
        ]
        for _ in range(ROUNDS)
    ]
    ratios = [b / a for a, b in pairs]
    return {
        "ours_ms": statistics.median(1e3 * a for a, _ in pairs),
        "theirs_ms": statistics.median(1e3 * b for _, b in pairs),
        "ratio": statistics.median(ratios),
        "ratio_least": min(ratios),
        "ratio_most": max(ratios),
        "rounds_ms": [[1e3 * a, 1e3 * b] for a, b in pairs],
        "repeats": counts,
    }
