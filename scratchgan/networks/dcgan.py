"""DCGAN for images of 64 × 64 (Radford et al. 2016, fig. 1), as in PyTorch's example.

Kernels are 4 × 4, strides 2, weights N(0, 0.02²), no biases before a batch
normalisation. Not normalised: the generator's output and the discriminator's input, and
the whole discriminator without `batch_norm`, as a gradient penalty wants it.
"""

import numpy as np

from scratchgan.layers import (
    BatchNorm,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Layer,
    LeakyReLU,
    ReLU,
    Reshape,
    Sequential,
    Tanh,
)
from scratchgan.types import Array, Shape


def dcgan_normal(
    rng: np.random.Generator, shape: Shape, fan_in: float, fan_out: float
) -> Array:
    """N(0, 0.02²), whatever the fans."""
    return rng.normal(scale=0.02, size=shape)


def dcgan_generator(
    dim: int = 64, channels: int = 3, latent_size: int = 100
) -> Sequential:
    """(N, latent) to (N, 64, 64, C) in (−1, 1): 4 → 8 → 16 → 32 → 64.

    Parameters
    ----------
    dim : int
        Channels of the last hidden layer; the first has eight times as many.
    channels : int
        C.
    latent_size : int
        Length of z.
    """
    layers: list[Layer] = [
        Reshape((1, 1, latent_size)),
        ConvTranspose2d(8 * dim, 4, 1, 0, bias=False, initializer=dcgan_normal),
    ]
    for width in (4 * dim, 2 * dim, dim):
        layers += [BatchNorm(), ReLU()]
        layers += [
            ConvTranspose2d(width, 4, 2, 1, bias=False, initializer=dcgan_normal)
        ]
    last = ConvTranspose2d(channels, 4, 2, 1, bias=False, initializer=dcgan_normal)
    return Sequential([*layers, BatchNorm(), ReLU(), last, Tanh()])


def dcgan_discriminator(dim: int = 64, batch_norm: bool = True) -> Sequential:
    """(N, 64, 64, C) to one score: 64 → 32 → 16 → 8 → 4 → 1.

    Parameters
    ----------
    dim : int
        Channels of the first hidden layer; the last has eight times as many.
    batch_norm : bool
        Whether hidden layers but the first are normalised over the batch.
    """
    layers: list[Layer] = [_down(dim), LeakyReLU(0.2)]
    for width in (2 * dim, 4 * dim, 8 * dim):
        norm = [BatchNorm()] if batch_norm else []
        layers += [_down(width, bias=not batch_norm), *norm, LeakyReLU(0.2)]
    score = Conv2d(1, 4, bias=not batch_norm, initializer=dcgan_normal)
    return Sequential([*layers, score, Flatten()])


def _down(features: int, bias: bool = True) -> Conv2d:
    return Conv2d(features, 4, 2, 1, bias=bias, initializer=dcgan_normal)
