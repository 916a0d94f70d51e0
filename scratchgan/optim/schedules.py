"""Learning rates and averages that depend on the number of updates made."""

from dataclasses import dataclass

from scratchgan.optim.base import LearningRate


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


def falling(learning_rate: float, stop: int) -> LearningRate:
    """Linear from `learning_rate` to zero at update `stop`; a constant if that is 0."""
    return LinearDecay(learning_rate, stop) if stop else learning_rate


@dataclass(frozen=True)
class HalfLife:
    """The decay of an average that forgets half of what it knows in so many samples.

    An update of B samples keeps 0.5^(B / h). While the average is young, h is a share
    of the samples seen so far: an average over a constant share of the past. This is
    how StyleGAN2 (Karras et al. 2020) and its successors state their average.

    Parameters
    ----------
    samples : float
        h.
    batch_size : int
        B.
    ramp_up : float
        Share of the samples seen so far that h is bounded by; 0 for no bound.
    """

    samples: float
    batch_size: int
    ramp_up: float = 0.0

    def __post_init__(self) -> None:
        if self.samples <= 0:
            raise ValueError(f"samples: expected more than 0, received {self.samples}")
        if self.ramp_up < 0:
            raise ValueError(f"ramp_up: expected >= 0, received {self.ramp_up}")

    def __call__(self, count: int) -> float:
        """Decay of update number `count`, counted from 0: nothing is kept at first."""
        life = self.samples
        if self.ramp_up:
            life = min(life, self.ramp_up * count * self.batch_size)
        return 0.5 ** (self.batch_size / life) if life else 0.0
