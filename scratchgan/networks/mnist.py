"""The networks of WGAN-GP's MNIST experiment (gan_mnist.py in the authors' code).

Kernels are 5 × 5, strides 2, padding "same", nonlinear layers initialised with variance
4 / (fan_in + fan_out). Batch normalisation appears only where `batch_norm` asks for it;
WGAN-GP does without.
"""

from scratchgan.layers import (
    BatchNorm,
    Conv2d,
    ConvTranspose2d,
    Crop,
    Dense,
    Flatten,
    Layer,
    LeakyReLU,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
)
from scratchgan.layers.initializers import glorot_uniform, he_fan_average_uniform


def mnist_generator(dim: int, batch_norm: bool = False) -> Sequential:
    """(N, latent) to (N, 28, 28, 1) in (0, 1): 4 → 8, cut to 7 → 14 → 28."""
    norm: list[Layer] = [BatchNorm()] if batch_norm else []
    return Sequential(
        [
            Dense(4 * 4 * 4 * dim, initializer=glorot_uniform),
            *norm,
            ReLU(),
            Reshape((4, 4, 4 * dim)),
            doubling(2 * dim),
            *norm,
            ReLU(),
            Crop(7, 7),
            doubling(dim),
            *norm,
            ReLU(),
            doubling(1),
            Sigmoid(),
        ]
    )


def mnist_discriminator(dim: int, batch_norm: bool = False) -> Sequential:
    """(N, 28, 28, 1) to one score: 28 → 14 → 7 → 4."""
    norm: list[Layer] = [BatchNorm()] if batch_norm else []
    return Sequential(
        [
            _down(dim),
            LeakyReLU(0.2),
            _down(2 * dim),
            *norm,
            LeakyReLU(0.2),
            _down(4 * dim),
            *norm,
            LeakyReLU(0.2),
            Flatten(),
            Dense(1, initializer=glorot_uniform),
        ]
    )


def doubling(features: int) -> ConvTranspose2d:
    """A transposed convolution to twice the size."""
    return ConvTranspose2d(features, 5, 2, "same", initializer=he_fan_average_uniform)


def _down(features: int) -> Conv2d:
    return Conv2d(features, 5, 2, "same", initializer=he_fan_average_uniform)
