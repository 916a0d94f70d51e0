"""Confidence intervals of any measure of samples, by drawing from them again.

**Bootstrap** (Efron 1979; the percentile interval). Draw as many samples as there are,
with replacement, and compute the statistic θ* of the draw, B times. The interval of
level 1 − α lies between the α / 2 and 1 − α / 2 quantiles of θ*. Several sets are drawn
from independently.

**Subsampling** (Politis and Romano 1994), for statistics that repeated samples break.
Draw b of n samples without replacement. θ_b varies as the statistic of b samples out of
n does, with (Shao and Wu 1989, the delete-d jackknife, d = n − b)

    Var θ_b ≈ σ² (1/b − 1/n) = σ²/n · (n − b)/b

for statistics with variance σ²/n, so that with q the quantiles of θ_b − mean θ_b

    [θ − c q(1 − α/2), θ − c q(α/2)],        c = √(b / (n − b))

Half samples have c = 1. Deviations are taken from the mean of θ_b, not from θ: where
the statistic's bias depends on n, that of b samples must not shift the interval.

TRAPS. A bootstrap draw holds only 63 % of the samples, the rest are repeats. A repeat
is its own nearest neighbour at distance zero, so that precision, recall, density,
coverage and memorisation of a draw mean something else. It adds bias to a Fréchet
distance; and the unbiased MMD² of a draw has the *biased* one of the samples as its
expectation. Their percentile intervals lie too high, and may not hold the value itself.
Use `subsample_interval` for all of these. It removes no bias: the interval says how the
value *at this number of samples* varies, not where the value of infinitely many lies.
Where two distributions agree, such distances vary as 1/n and not as 1/√n, and it is too
wide. Neither interval knows of the training's seed, which is often the larger part; an
error bar over seeds needs several runs. Quantiles of α / 2 need many draws: about 1,000
for 95 %.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from scratchgan.rng import Stream
from scratchgan.types import Array

#: Sets of samples, cut along their first axis, to a number.
Statistic: TypeAlias = Callable[..., float]


@dataclass(frozen=True)
class Interval:
    """A value of all samples, and the ends of its confidence interval."""

    value: float
    low: float
    high: float


def bootstrap_interval(
    statistic: Statistic,
    *sets: Array,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Percentile interval of ``statistic(*sets)``.

    Parameters
    ----------
    statistic : callable
        From arrays like `sets` to a number. Repeats must not matter: see the traps.
    *sets : Array
        Samples along the first axis.
    draws : int
        B.
    level : float
        1 − α, between 0 and 1.
    seed : int
        Of the draws.

    Raises
    ------
    ValueError
        If a set is empty, there is none, the statistic of a draw is not finite, or
        `draws` or `level` is out of range.
    """
    value = _checked(statistic, sets, 1, draws, level)
    stream = Stream(seed, "bootstrap")

    def again(tick: int, n: int) -> Array:
        return stream.integers(tick, n, (n,))

    found = list(_values(statistic, sets, again, draws))
    return Interval(value, *_quantiles(found, level))


def subsample_interval(
    statistic: Statistic,
    *sets: Array,
    share: float = 0.5,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Interval of ``statistic(*sets)`` from draws that repeat no sample.

    Parameters
    ----------
    statistic : callable
        From arrays like `sets` to a number, with a variance that falls as 1/n.
    *sets : Array
        Samples along the first axis, at least two each.
    share : float
        b / n, between 0 and 1; of every set, rounded down.
    draws : int
        How many.
    level : float
        1 − α, between 0 and 1.
    seed : int
        Of the draws.

    Raises
    ------
    ValueError
        As for `bootstrap_interval`, and if `share` leaves a set nothing to draw or
        nothing to leave out.
    """
    value = _checked(statistic, sets, 2, draws, level)
    taken = [math.floor(share * len(each)) for each in sets]
    if not all(0 < b < len(each) for b, each in zip(taken, sets, strict=True)):
        raise ValueError(
            f"share: expected to draw some and leave some of every set, received "
            f"{share} of {', '.join(str(len(each)) for each in sets)} samples"
        )
    stream = Stream(seed, "subsample")

    def some(tick: int, n: int) -> Array:
        return np.sort(stream.permutation(tick, n)[: math.floor(share * n)])

    found = np.array(list(_values(statistic, sets, some, draws)))
    width = math.sqrt(sum(taken) / (sum(map(len, sets)) - sum(taken)))
    low, high = _quantiles(width * (found - found.mean()), level)
    return Interval(value, value - high, value - low)


def _values(
    statistic: Statistic,
    sets: tuple[Array, ...],
    rows: Callable[[int, int], Array],
    draws: int,
) -> Iterator[float]:
    for draw in range(draws):
        yield _finite(
            statistic(
                *(
                    each[rows(draw * len(sets) + i, len(each))]
                    for i, each in enumerate(sets)
                )
            )
        )


def _checked(
    statistic: Statistic,
    sets: tuple[Array, ...],
    at_least: int,
    draws: int,
    level: float,
) -> float:
    """The statistic of all samples, once the arguments are in range."""
    if not sets or min(map(len, sets)) < at_least:
        raise ValueError(
            f"sets: expected at least one, of at least {at_least} samples each, "
            f"received {[len(each) for each in sets]}"
        )
    if draws < 1:
        raise ValueError(f"draws: expected 1 or more, received {draws}")
    if not 0 < level < 1:
        raise ValueError(f"level: expected between 0 and 1, received {level}")
    return _finite(statistic(*sets))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"statistic: expected a finite number, received {value}")
    return float(value)


def _quantiles(values: Array | list[float], level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
