"""The networks of WGAN-GP's CIFAR-10 experiment (the authors' gan_cifar_resnet.py).

The critic has four residual blocks, the first two of which halve the image by a mean
over 2 × 2 pixels behind the second convolution; the first has no activation before its
first. Then the mean over all pixels and one score. Paper against code: the paper
recommends LayerNorm in the critic (section 4), the code's critic has none by default.

The generator has three blocks that double the image, repeating every pixel before the
first convolution, and is batch-normalised.
"""

from math import prod

from scratchgan.layers import (
    AvgPool,
    BatchNorm,
    Conv2d,
    Dense,
    GlobalAvgPool,
    Layer,
    LayerNorm,
    ReLU,
    Reshape,
    Residual,
    Sequential,
    Tanh,
    UpsampleNearest,
)
from scratchgan.layers.initializers import glorot_uniform, he_fan_average_uniform
from scratchgan.types import Shape


def cifar_resnet_critic(dim: int = 128, layer_norm: bool = False) -> Sequential:
    """(N, 32, 32, C) to one score: 32 → 16 → 8.

    Parameters
    ----------
    dim : int
        Channels of every block.
    layer_norm : bool
        Whether the blocks but the first are normalised.
    """
    return Sequential(
        [
            _first_block(dim),
            _block(dim, layer_norm, down=True),
            _block(dim, layer_norm),
            _block(dim, layer_norm),
            ReLU(),
            GlobalAvgPool(),
            Dense(1, initializer=glorot_uniform),
        ]
    )


def cifar_resnet_generator(dim: int = 128, shape: Shape = (32, 32, 3)) -> Sequential:
    """(N, latent) to (N, 32, 32, C) in (−1, 1): 4 → 8 → 16 → 32.

    Parameters
    ----------
    dim : int
        Channels of every block.
    shape : tuple of int
        Of an image, (H, W, C), sides multiples of 8.
    """
    height, width, channels = shape
    seed = (height // 8, width // 8, dim)
    return Sequential(
        [
            Dense(prod(seed), initializer=glorot_uniform),
            Reshape(seed),
            _doubling_block(dim),
            _doubling_block(dim),
            _doubling_block(dim),
            BatchNorm(),
            ReLU(),
            Conv2d(channels, 3, 1, 1, initializer=glorot_uniform),
            Tanh(),
        ]
    )


def _doubling_block(dim: int) -> Residual:
    body: list[Layer] = [BatchNorm(), ReLU(), UpsampleNearest(), _conv(dim)]
    body += [BatchNorm(), ReLU(), _conv(dim)]
    return Residual(Sequential(body), Sequential([UpsampleNearest(), _shortcut(dim)]))


def _first_block(dim: int) -> Residual:
    body = Sequential([_conv(dim), ReLU(), _conv(dim), AvgPool(2)])
    return Residual(body, Sequential([AvgPool(2), _shortcut(dim)]))


def _block(dim: int, layer_norm: bool, down: bool = False) -> Residual:
    norm: list[Layer] = [LayerNorm()] if layer_norm else []
    body = [*norm, ReLU(), _conv(dim), *norm, ReLU(), _conv(dim)]
    if not down:
        return Residual(Sequential(body))
    shortcut = Sequential([_shortcut(dim), AvgPool(2)])
    return Residual(Sequential([*body, AvgPool(2)]), shortcut)


def _conv(dim: int) -> Conv2d:
    return Conv2d(dim, 3, 1, 1, initializer=he_fan_average_uniform)


def _shortcut(dim: int) -> Conv2d:
    return Conv2d(dim, 1, initializer=glorot_uniform)
