"""How often a phase runs in a step: functions of the number of steps made."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """Run a phase a fixed number of times in every step (n_critic).

    Parameters
    ----------
    count : int
        How often.
    """

    count: int

    def __call__(self, step: int) -> int:
        """`count`, at every step."""
        return self.count


@dataclass(frozen=True)
class Every:
    """Run a phase once in so many steps, the first among them (lazy regularisation).

    Parameters
    ----------
    interval : int
        How many steps lie between two runs, plus one.
    last : bool
        Whether it is the last of every so many steps instead: one whose values are
        logged, where lines are written after multiples of `interval`.
    """

    interval: int
    last: bool = False

    def __call__(self, step: int) -> int:
        """One at multiples of `interval`, or just before them; otherwise none."""
        return int((step + self.last) % self.interval == 0)


@dataclass(frozen=True)
class WganTimes:
    """Run a phase many times in early steps and now and then, `count` times otherwise.

    The WGAN authors' code trains its critic 100 times in each of the first 25 steps and
    in every 500th, and 5 times in the others: the generator's gradient is that of the
    Wasserstein distance only as far as the critic has reached its supremum.

    Parameters
    ----------
    count : int
        How often in a usual step.
    many : int
        How often in the others.
    first : int
        How many steps at the start have `many`.
    interval : int
        And one step in so many after that.
    """

    count: int
    many: int = 100
    first: int = 25
    interval: int = 500

    def __call__(self, step: int) -> int:
        """`many` in the first steps and at multiples of the interval, or `count`."""
        often = step < self.first or step % self.interval == 0
        return self.many if often else self.count
