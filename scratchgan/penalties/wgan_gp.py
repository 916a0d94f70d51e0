"""The gradient penalty of WGAN-GP (Gulrajani et al. 2017, eq. 3).

With gₙ = ∇ₓD(x̂ₙ) and the norm of each sample over all its axes,

    two-sided    P(g) = λ/N Σₙ (‖gₙ‖ − 1)²
    one-sided    P(g) = λ/N Σₙ max(0, ‖gₙ‖ − 1)²                          (appendix C)

    vₙ = ∂P/∂gₙ = 2λ/N (‖gₙ‖ − 1) gₙ / ‖gₙ‖        (0 where one-sided and ‖gₙ‖ < 1)

At gₙ = 0 the norm has no gradient. We take 0, a subgradient of the norm: the sample
then pulls in no direction, where a formula 0/0 would spoil the whole batch.

    x̂ = ε x_real + (1 − ε) x_fake,     ε ~ U[0, 1), one for each sample

x̂ is a constant of the critic's loss; nothing flows back to the generator through it.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.backend import contiguous
from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.cuda import penalty as on_device
from scratchgan.kernels.cuda.device import runner
from scratchgan.losses.base import mean
from scratchgan.penalties.base import PenaltyValue, by_kernels, sample_norms, units
from scratchgan.types import Array


@dataclass(frozen=True)
class GradientPenalty:
    """Penalty that draws the norm of the critic's input gradient to one.

    Parameters
    ----------
    gp_weight : float
        λ; 10 in all experiments of the paper, 0.1 in its toy code.
    one_sided : bool
        Whether norms below one go unpunished.
    """

    gp_weight: float = 10.0
    one_sided: bool = False

    def __post_init__(self) -> None:
        if self.gp_weight < 0:
            raise ValueError(f"gp_weight: expected >= 0, received {self.gp_weight}")

    def __call__(self, g: Array) -> PenaltyValue:
        """Value, gradient and norms for input gradients `g` (N, …)."""
        if runner(g):
            kind = "one-sided" if self.one_sided else "about"
            return by_kernels(g, on_device.Penalty(kind, self.gp_weight))
        dtype, g = g.dtype, wide(g)
        norm = sample_norms(g)
        excess = np.maximum(norm - 1, 0) if self.one_sided else norm - 1
        loss = self.gp_weight * mean(excess * excess) if len(g) else 0.0
        v = (2 * self.gp_weight / max(1, len(g))) * excess * units(g, norm)
        return PenaltyValue(loss, v.astype(dtype, copy=False), norm.reshape(-1))


def interpolate(x_real: Array, x_fake: Array, eps: Array) -> Array:
    """x̂ = ε x_real + (1 − ε) x_fake, one ε for each sample.

    Parameters
    ----------
    x_real, x_fake : Array
        ``(N, …)`` of one shape.
    eps : Array
        ``(N,)``, in [0, 1].

    Raises
    ------
    ValueError
        If `eps` is not one number for each sample, or the shapes differ.
    """
    if x_real.shape != x_fake.shape:
        raise ValueError(
            f"x_fake: expected the shape of x_real {x_real.shape}, "
            f"received {x_fake.shape}"
        )
    if eps.shape != x_real.shape[:1]:
        raise ValueError(
            f"eps: expected one number a sample {x_real.shape[:1]}, "
            f"received {eps.shape}"
        )
    if run := runner(x_real):
        args = (contiguous(x_real), contiguous(x_fake), contiguous(eps))
        return on_device.interpolate(run, *args)
    each = eps.reshape(-1, *(1,) * (x_real.ndim - 1))
    return each * x_real + (1 - each) * x_fake
