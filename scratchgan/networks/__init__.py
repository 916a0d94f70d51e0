"""Functions that build networks from layers."""

from scratchgan.networks.mlp import mlp
from scratchgan.networks.mnist import mnist_discriminator, mnist_generator
from scratchgan.networks.small_dcgan import small_discriminator, small_generator

__all__ = [
    "mlp",
    "mnist_discriminator",
    "mnist_generator",
    "small_discriminator",
    "small_generator",
]
