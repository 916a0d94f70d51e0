"""The networks of WGAN-GP's language model (the authors' gan_language.py).

Both are towers of residual blocks over L characters,

    block(x) = x + 0.3 · conv₅(relu(conv₅(relu(x))))

with convolutions of five characters, padding "same" and no normalisation. The factor
keeps the sum of five blocks from growing. The generator ends in a softmax over the V
characters at every place, the critic in one linear score of everything.
"""

from scratchgan.layers import (
    Conv1d,
    Dense,
    Flatten,
    Layer,
    ReLU,
    Reshape,
    Residual,
    Sequential,
    Softmax,
)
from scratchgan.layers.initializers import glorot_uniform, he_fan_average_uniform
from scratchgan.types import Shape


def text_generator(dim: int, blocks: int, shape: Shape) -> Sequential:
    """(N, latent) to (N, L, V), probabilities over V.

    Parameters
    ----------
    dim : int
        Channels of every block.
    blocks : int
        How many there are.
    shape : tuple of int
        (L, V).
    """
    length, size = shape
    return Sequential(
        [
            Dense(length * dim, initializer=glorot_uniform),
            Reshape((length, dim)),
            *_blocks(dim, blocks),
            _conv(size, 1),
            Softmax(),
        ]
    )


def text_critic(dim: int, blocks: int) -> Sequential:
    """(N, L, V) to one score.

    Parameters
    ----------
    dim : int
        Channels of every block.
    blocks : int
        How many there are.
    """
    return Sequential(
        [
            _conv(dim, 1),
            *_blocks(dim, blocks),
            Flatten(),
            Dense(1, initializer=glorot_uniform),
        ]
    )


def _blocks(dim: int, count: int) -> list[Layer]:
    body = Sequential([ReLU(), _conv(dim, 5), ReLU(), _conv(dim, 5)])
    return [Residual(body, scale=0.3)] * count


def _conv(features: int, kernel: int) -> Conv1d:
    return Conv1d(features, kernel, padding="same", initializer=he_fan_average_uniform)
