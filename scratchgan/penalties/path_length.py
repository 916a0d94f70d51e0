"""StyleGAN2's path length regularisation (Karras et al. 2020, eq. 4).

The gradient is that of the image in the latents, gₙ = J_wᵀ y for a random image y of
unit expected square norm, constant in a step: `backward` of the synthesis network from
dy = y. With L latents a sample, one a layer, w (N, L, W), or one for all, w (N, W),

    ℓₙ   = √(1/L Σ gₙ²)
    P(g) = λ/N Σ (ℓₙ − a)²
    vₙ   = 2λ/(N L) (ℓₙ − a) gₙ / ℓₙ

and v = 0 where g = 0. The target a is a running mean of the lengths, a constant of the
step, moved before the penalty is taken:

    a ← a + β (1/N Σ ℓₙ − a)

Its gradient in the parameters is that of `four_sweeps` with dy = y; what reaches w goes
on to the mapping network by an ordinary backward.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan.kernels.accumulate import wide
from scratchgan.kernels.cuda import penalty as on_device
from scratchgan.kernels.cuda.device import runner
from scratchgan.losses.base import mean
from scratchgan.penalties.base import PenaltyValue, by_kernels, sample_norms, units
from scratchgan.types import Array


@dataclass(frozen=True)
class PathLength:
    """Penalty that draws the lengths of all samples to one target.

    Parameters
    ----------
    target : float
        a, from `running_target`.
    pl_weight : float
        λ; 2 in StyleGAN2.
    """

    target: float
    pl_weight: float = 2.0

    def __post_init__(self) -> None:
        if self.pl_weight < 0:
            raise ValueError(f"pl_weight: expected >= 0, received {self.pl_weight}")

    def __call__(self, g: Array) -> PenaltyValue:
        """Value, gradient and lengths for latent gradients `g`, (N, W) or (N, L, W)."""
        layers = g.shape[1] if g.ndim == 3 else 1
        if runner(g):
            rule = on_device.Penalty("about", self.pl_weight, layers**-0.5)
            return by_kernels(g, rule, self.target)
        dtype, g = g.dtype, wide(g)
        norm = sample_norms(g)
        length = norm / layers**0.5
        excess = length - self.target
        loss = self.pl_weight * mean(excess * excess) if len(g) else 0.0
        factor = 2 * self.pl_weight / (max(1, len(g)) * layers**0.5)
        v = (factor * excess * units(g, norm)).astype(dtype, copy=False)
        return PenaltyValue(loss, v, length.reshape(-1))


def running_target(target: float, lengths: Array, pl_decay: float = 0.01) -> float:
    """Return a + β (mean length − a).

    Parameters
    ----------
    target : float
        a so far; 0 at the start.
    lengths : Array
        ℓ of this step's samples, (N,).
    pl_decay : float
        β.
    """
    return target + pl_decay * (mean(lengths) - target)


def random_images(shape: tuple[int, ...], noise: Array) -> Array:
    """Return y = noise / √(H W) for images `shape` (N, H, W, C), noise ~ N(0, 1)."""
    if noise.shape != shape:
        raise ValueError(f"noise: expected {shape}, received {noise.shape}")
    return noise / noise.dtype.type(np.sqrt(shape[1] * shape[2]))
