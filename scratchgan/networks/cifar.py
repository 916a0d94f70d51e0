"""The networks of WGAN-GP's gan_cifar.py: DCGAN's form for images of 32 × 32.

The discriminator is that of gan_mnist.py, which halves any image three times.
"""

from math import prod

from scratchgan.layers import (
    BatchNorm,
    Dense,
    ReLU,
    Reshape,
    Sequential,
    Tanh,
)
from scratchgan.layers.initializers import glorot_uniform
from scratchgan.networks.mnist import doubling, mnist_discriminator
from scratchgan.types import Shape


def cifar_generator(dim: int = 128, shape: Shape = (32, 32, 3)) -> Sequential:
    """(N, latent) to (N, 32, 32, C) in (−1, 1): 4 → 8 → 16 → 32.

    Parameters
    ----------
    dim : int
        Channels of the last hidden layer; the first has four times as many.
    shape : tuple of int
        Of an image, (H, W, C), sides multiples of 8.
    """
    height, width, channels = shape
    seed = (height // 8, width // 8, 4 * dim)
    return Sequential(
        [
            Dense(prod(seed), initializer=glorot_uniform),
            BatchNorm(),
            ReLU(),
            Reshape(seed),
            doubling(2 * dim),
            BatchNorm(),
            ReLU(),
            doubling(dim),
            BatchNorm(),
            ReLU(),
            doubling(channels),
            Tanh(),
        ]
    )


def cifar_discriminator(dim: int = 128, batch_norm: bool = False) -> Sequential:
    """(N, 32, 32, C) to one score: 32 → 16 → 8 → 4."""
    return mnist_discriminator(dim, batch_norm)
