"""Functions that build networks from layers."""

from scratchgan.networks.dcgan import dcgan_discriminator, dcgan_generator
from scratchgan.networks.mlp import mlp
from scratchgan.networks.mnist import mnist_discriminator, mnist_generator
from scratchgan.networks.resnet import cifar_resnet_critic
from scratchgan.networks.small_dcgan import small_discriminator, small_generator
from scratchgan.networks.wavegan import wavegan_critic, wavegan_generator

__all__ = [
    "cifar_resnet_critic",
    "dcgan_discriminator",
    "dcgan_generator",
    "mlp",
    "mnist_discriminator",
    "mnist_generator",
    "small_discriminator",
    "small_generator",
    "wavegan_critic",
    "wavegan_generator",
]
