"""Twice as large at every step up from 4 × 4, half as large at every step down.

DCGAN's form (Radford et al. 2016) for squares of 8, 16, 32, … pixels: kernels of 4,
strides of 2, and half as many channels at twice the size. The
generator is normalised sample by sample (LayerNorm), the discriminator not at all, as a
gradient penalty wants it.
"""

from scratchgan.layers import (
    Conv2d,
    ConvTranspose2d,
    Dense,
    Flatten,
    Layer,
    LayerNorm,
    LeakyReLU,
    ReLU,
    Reshape,
    Sequential,
    Tanh,
)

LOWEST = 4  # pixels


def pyramid_generator(dim: int, size: int, channels: int = 1) -> Sequential:
    """(N, latent) to (N, size, size, C) in (−1, 1): 4 → 8 → … → size.

    Parameters
    ----------
    dim : int
        Channels of the last hidden layer, at half the size.
    size : int
        4 times a power of two.
    channels : int
        C.
    """
    first, *widths = reversed(_widths(dim, size))
    layers: list[Layer] = [
        Dense(LOWEST * LOWEST * first),
        LayerNorm(),
        ReLU(),
        Reshape((LOWEST, LOWEST, first)),
    ]
    for width in widths:
        layers += [ConvTranspose2d(width, 4, 2, 1), LayerNorm(), ReLU()]
    return Sequential([*layers, ConvTranspose2d(channels, 4, 2, 1), Tanh()])


def pyramid_discriminator(dim: int, size: int) -> list[Layer]:
    """Layers from (N, size, size, C) to one score: size → … → 8 → 4 → 1.

    Parameters
    ----------
    dim : int
        Channels of the first hidden layer, at half the size.
    size : int
        4 times a power of two.
    """
    layers: list[Layer] = []
    for width in _widths(dim, size):
        layers += [Conv2d(width, 4, 2, 1), LeakyReLU(0.2)]
    return [*layers, Flatten(), Dense(1)]


def _widths(dim: int, size: int) -> list[int]:
    """Channels at size/2, size/4, …, 4."""
    steps = (size // LOWEST).bit_length() - 1
    if steps < 1 or LOWEST << steps != size:
        raise ValueError(
            f"size: expected 4 times a power of two, at least 8, received {size}"
        )
    return [dim << i for i in range(steps)]
