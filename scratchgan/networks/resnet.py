"""The critic of WGAN-GP's CIFAR-10 experiment (the authors' gan_cifar_resnet.py).

Four residual blocks, the first two of which halve the image by a mean over 2 × 2 pixels
behind the second convolution; the first has no activation before its first. Then the
mean over all pixels and one score. Paper against code: the paper recommends LayerNorm
in the critic (section 4), the code's critic has none by default.
"""

from scratchgan.layers import (
    AvgPool,
    Conv2d,
    Dense,
    GlobalAvgPool,
    Layer,
    LayerNorm,
    ReLU,
    Residual,
    Sequential,
)
from scratchgan.layers.initializers import glorot_uniform, he_fan_average_uniform


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
