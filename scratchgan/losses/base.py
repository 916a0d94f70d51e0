"""What an adversarial loss is: two values, each with its gradient, all by name.

Both players *minimise*. Scores are the discriminator's raw outputs (logits for the
binary cross-entropy): one a sample, (N, 1), or a map of them, (N, H, W, 1), where it
judges patches. Every value is a mean over all scores.
"""

from typing import NamedTuple, Protocol

from scratchgan.backend import number
from scratchgan.types import Array


class DiscriminatorLoss(NamedTuple):
    """Value and gradient of what the discriminator minimises."""

    loss: float
    d_real: Array  #: ∂loss/∂(scores of real samples), their shape
    d_fake: Array  #: ∂loss/∂(scores of generated samples), their shape


class GeneratorLoss(NamedTuple):
    """Value and gradient of what the generator minimises."""

    loss: float
    d_fake: Array  #: ∂loss/∂(scores of generated samples), their shape


class AdversarialLoss(Protocol):
    """Scores to values and gradients."""

    def discriminator(self, real: Array, fake: Array) -> DiscriminatorLoss:
        """Loss of the discriminator on scores of real and generated samples."""
        ...

    def generator(self, fake: Array) -> GeneratorLoss:
        """Loss of the generator on scores of its samples."""
        ...


def mean(values: Array) -> float:
    """Mean in float64, so that the logged value does not depend on summation order.

    Of an array on a device it is an array there: the host does not wait for it.
    """
    return number(values.mean(dtype="float64"))
