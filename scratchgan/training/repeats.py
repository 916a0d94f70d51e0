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
    """

    interval: int

    def __call__(self, step: int) -> int:
        """One at multiples of `interval`, otherwise none."""
        return int(step % self.interval == 0)
