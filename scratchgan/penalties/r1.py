"""R1, the gradient penalty at real samples (Mescheder et al. 2018, eq. 9).

With gₙ = ∇ₓD(x_realₙ),

    P(g) = γ/(2N) Σ ‖gₙ‖²
    vₙ   = γ/N gₙ

It is smooth in g, at zero too. StyleGAN2 takes it every 16 steps, sixteenfold. R2 is
the same at generated samples (eq. 10).
"""

from dataclasses import dataclass

from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.cuda import penalty as on_device
from scratchgan.kernels.cuda.device import runner
from scratchgan.losses.base import mean
from scratchgan.penalties.base import PenaltyValue, by_kernels, sample_norms
from scratchgan.types import Array


@dataclass(frozen=True)
class R1:
    """Penalty that draws the discriminator's input gradient at real samples to zero.

    Parameters
    ----------
    r1_gamma : float
        γ; 10 in the paper, StyleGAN2's depends on the resolution.
    """

    r1_gamma: float = 10.0

    def __post_init__(self) -> None:
        if self.r1_gamma < 0:
            raise ValueError(f"r1_gamma: expected >= 0, received {self.r1_gamma}")

    def __call__(self, g: Array) -> PenaltyValue:
        """Value, gradient and norms for input gradients `g` (N, …)."""
        if runner(g):
            return by_kernels(g, on_device.Penalty("square", self.r1_gamma / 2))
        norm = sample_norms(wide(g))
        loss = self.r1_gamma / 2 * mean(norm * norm) if len(g) else 0.0
        v = (self.r1_gamma / max(1, len(g))) * g
        return PenaltyValue(loss, v, norm.reshape(-1))
