"""The residual discriminator of StyleGAN2 (Karras et al. 2020, fig. 7)."""

from itertools import pairwise

from scratchgan.layers import Conv2d, Equalized, Layer, Sequential
from scratchgan.networks.style_generator import channels_at, resolutions
from scratchgan.networks.stylegan2 import (
    activation,
    discriminator_block,
    discriminator_epilogue,
)


def style_discriminator(
    resolution: int, channel_base: int, channel_max: int = 512, group: int = 4
) -> Sequential:
    """(N, R, R, C) to one score: R → … → 8 → 4 → 1.

    Parameters
    ----------
    resolution : int
        R, a power of two.
    channel_base, channel_max : int
        Features at r pixels are min(channel_base / r, channel_max).
    group : int
        Samples that share a standard deviation.
    """
    sizes = resolutions(resolution)[::-1]
    widths = [channels_at(r, channel_base, channel_max) for r in sizes]
    layers: list[Layer] = [Equalized(Conv2d(widths[0], 1)), *activation()]
    for width, following in pairwise(widths):
        layers.append(discriminator_block(width, following))
    return Sequential([*layers, *discriminator_epilogue(widths[-1], group).layers])
