"""Learning rates that depend on the number of updates made."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LinearDecay:
    """Constant up to `start`, then linear to zero at `stop`, and zero after it.

    Parameters
    ----------
    initial : float
        Learning rate at the start.
    stop : int
        Update at which it reaches zero.
    start : int
        Update at which it begins to fall.
    """

    initial: float
    stop: int
    start: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise ValueError(
                f"stop: expected more than start = {self.start} >= 0, "
                f"received {self.stop}"
            )

    def __call__(self, count: int) -> float:
        """Learning rate of update number `count`, counted from 0."""
        left = (self.stop - count) / (self.stop - self.start)
        return self.initial * min(1.0, max(0.0, left))
