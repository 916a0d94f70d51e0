"""Where a penalty looks: real samples, generated ones and random numbers to x̂.

    between       x̂ = ε x_real + (1 − ε) x_fake      WGAN-GP (Gulrajani et al. 2017)
    at_real       x̂ = x_real                         R1 (Mescheder et al. 2018, eq. 9)
    at_fake       x̂ = x_fake                         R2 (Mescheder et al. 2018, eq. 10)
    Around(c)     x̂ = x_real + α c u                 DRAGAN (Kodali et al. 2017)

with ε and α uniform in [0, 1), one for each sample, and u uniform in [0, 1), one for
each number of a sample. What the penalty makes of the gradient at x̂ is another choice:
DRAGAN takes WGAN-GP's (‖g‖ − 1)², R1 and R2 take ‖g‖².

x̂ is a constant of the discriminator's loss. Where it is x_real or x_fake itself, these
go up through the network once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scratchgan.penalties import interpolate
from scratchgan.training.system import Draw
from scratchgan.types import Array, Tree

#: Real and generated samples, a draw, and the size of the whole batch, of which they
#: may be a part, to x̂ of their shape.
Where = Callable[[Any, Any, Draw, int], Any]


def between(x_real: Array, x_fake: Array, draw: Draw, size: int) -> Array:
    """On the line from a generated sample to a real one."""
    return interpolate(x_real, x_fake, draw.uniform("eps", (size,)))


def at_real(x_real: Tree, x_fake: Tree, draw: Draw, size: int) -> Tree:
    """At the real samples themselves."""
    return x_real


def at_fake(x_real: Tree, x_fake: Tree, draw: Draw, size: int) -> Tree:
    """At the generated samples themselves."""
    return x_fake


@dataclass(frozen=True)
class Around:
    """Near real samples.

    The paper has x_real + δ with δ ~ N(0, c I); its code has the product of two uniform
    numbers that is above, never negative, with c half the standard deviation of the
    batch's numbers. Here c is a constant, so that a sample's x̂ does not depend on the
    samples beside it.

    Parameters
    ----------
    reach : float
        c, in the units of the data.
    """

    reach: float

    def __post_init__(self) -> None:
        if self.reach < 0:
            raise ValueError(f"reach: expected >= 0, received {self.reach}")

    def __call__(self, x_real: Array, x_fake: Array, draw: Draw, size: int) -> Array:
        """`x_real`, every coordinate moved up by less than `reach`."""
        alpha = draw.uniform("alpha", (size, *(1,) * (x_real.ndim - 1)))
        u = draw.uniform("u", (size, *x_real.shape[1:]))
        return x_real + self.reach * (alpha * u)
