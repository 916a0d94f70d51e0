"""Functions that build networks from layers."""

from scratchgan.networks.cifar import cifar_discriminator, cifar_generator
from scratchgan.networks.cyclegan import (
    both_ways,
    cyclegan_generator,
    patch_discriminator,
    side_by_side,
)
from scratchgan.networks.dcgan import dcgan_discriminator, dcgan_generator
from scratchgan.networks.mlp import mlp
from scratchgan.networks.mnist import mnist_discriminator, mnist_generator
from scratchgan.networks.pacgan import pacgan_discriminator, pacgan_generator
from scratchgan.networks.pyramid import pyramid_discriminator, pyramid_generator
from scratchgan.networks.resnet import cifar_resnet_critic, cifar_resnet_generator
from scratchgan.networks.small_conditional import (
    small_conditional_generator,
    small_projection_discriminator,
)
from scratchgan.networks.small_dcgan import small_discriminator, small_generator
from scratchgan.networks.stacked import stacked_discriminator, stacked_generator
from scratchgan.networks.text import text_critic, text_generator
from scratchgan.networks.tgan import tgan_critic, tgan_generator
from scratchgan.networks.wavegan import wavegan_critic, wavegan_generator

__all__ = [
    "both_ways",
    "cifar_discriminator",
    "cifar_generator",
    "cifar_resnet_critic",
    "cifar_resnet_generator",
    "cyclegan_generator",
    "dcgan_discriminator",
    "dcgan_generator",
    "mlp",
    "mnist_discriminator",
    "mnist_generator",
    "pacgan_discriminator",
    "pacgan_generator",
    "patch_discriminator",
    "pyramid_discriminator",
    "pyramid_generator",
    "side_by_side",
    "small_conditional_generator",
    "small_discriminator",
    "small_generator",
    "small_projection_discriminator",
    "stacked_discriminator",
    "stacked_generator",
    "text_critic",
    "text_generator",
    "tgan_critic",
    "tgan_generator",
    "wavegan_critic",
    "wavegan_generator",
]
