"""The networks of the stacked-MNIST experiments (Lin et al. 2018, section 4.2).

A DCGAN for 28 × 28 as PacGAN's authors took it over: kernels 5 × 5, strides 2, padding
"same", weights N(0, 0.02²), batch normalisation in both players but for the generator's
output and the discriminator's first layer. A gradient penalty wants none in the critic:
`batch_norm=False`, and weights have He's variance then, since nothing else would keep
five layers' outputs from shrinking.
"""

from dataclasses import replace

from scratchgan.layers import (
    BatchNorm,
    Conv2d,
    ConvTranspose2d,
    Dense,
    Flatten,
    Layer,
    LeakyReLU,
    ReLU,
    Reshape,
    Sequential,
    Tanh,
)
from scratchgan.layers.initializers import he_normal
from scratchgan.networks.dcgan import dcgan_normal

#: Paddings of the convolutions 28 → 14 → 7 → 4 → 2; 7 → 4 is the odd one.
EVEN, ODD = ((1, 2), (1, 2)), ((2, 2), (2, 2))


def stacked_generator(dim: int = 64, channels: int = 3) -> Sequential:
    """(N, latent) to (N, 28, 28, C) in (−1, 1): 2 → 4 → 7 → 14 → 28.

    Parameters
    ----------
    dim : int
        Channels of the last hidden layer; the first has eight times as many.
    channels : int
        C.
    """
    layers: list[Layer] = [
        Dense(4 * 8 * dim, bias=False, initializer=dcgan_normal),
        Reshape((2, 2, 8 * dim)),
    ]
    for width, padding in ((4 * dim, EVEN), (2 * dim, ODD), (dim, EVEN)):
        layers += [BatchNorm(), ReLU(), _up(width, padding, bias=False)]
    return Sequential([*layers, BatchNorm(), ReLU(), _up(channels, EVEN), Tanh()])


def stacked_discriminator(dim: int = 64, batch_norm: bool = True) -> Sequential:
    """(N, 28, 28, C) to one score: 28 → 14 → 7 → 4 → 2.

    Parameters
    ----------
    dim : int
        Channels of the first hidden layer; the last has eight times as many.
    batch_norm : bool
        Whether hidden layers but the first are normalised over the batch.
    """
    initializer = dcgan_normal if batch_norm else he_normal
    first = Conv2d(dim, 5, 2, "same", initializer=initializer)
    layers: list[Layer] = [first, LeakyReLU(0.2)]
    for width in (2 * dim, 4 * dim, 8 * dim):
        layers += [replace(first, features=width, bias=not batch_norm)]
        layers += [BatchNorm()] if batch_norm else []
        layers += [LeakyReLU(0.2)]
    return Sequential([*layers, Flatten(), Dense(1, initializer=initializer)])


def _up(
    features: int, padding: tuple[tuple[int, int], ...], bias: bool = True
) -> ConvTranspose2d:
    return ConvTranspose2d(features, 5, 2, padding, bias=bias, initializer=dcgan_normal)
