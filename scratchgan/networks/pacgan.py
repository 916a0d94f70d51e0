"""The networks of PacGAN's experiments on points (Lin et al. 2018, the authors' code).

Weights N(0, 0.02²), biases zero; the generator has none before a batch normalisation.
"""

from scratchgan.layers import BatchNorm, Dense, Layer, Maxout, ReLU, Sequential
from scratchgan.networks.dcgan import dcgan_normal


def pacgan_generator(width: int = 400, depth: int = 4, features: int = 2) -> Sequential:
    """`depth` ReLU layers of `width`, batch-normalised, then a linear one."""
    layers: list[Layer] = []
    for _ in range(depth):
        linear = Dense(width, bias=False, initializer=dcgan_normal)
        layers += [linear, BatchNorm(), ReLU()]
    return Sequential([*layers, Dense(features, initializer=dcgan_normal)])


def pacgan_discriminator(
    width: int = 200, depth: int = 3, pieces: int = 5
) -> Sequential:
    """`depth` maxout layers of `width`, then a score."""
    layers: list[Layer] = []
    for _ in range(depth):
        layers += [Dense(width * pieces, initializer=dcgan_normal), Maxout(pieces)]
    return Sequential([*layers, Dense(1, initializer=dcgan_normal)])
