"""Layers: one idea a file, five verbs each (see `base`)."""

from scratchgan.layers.activations import Sigmoid, Softplus, Tanh
from scratchgan.layers.base import INFERENCE, TRAINING, Context, DoubleBackward, Layer
from scratchgan.layers.batch_norm import BatchNorm
from scratchgan.layers.conv2d import Conv2d
from scratchgan.layers.conv_transpose2d import ConvTranspose2d
from scratchgan.layers.dense import Dense
from scratchgan.layers.layer_norm import LayerNorm
from scratchgan.layers.leaky_relu import LeakyReLU, ReLU
from scratchgan.layers.residual import Residual
from scratchgan.layers.sequential import Sequential
from scratchgan.layers.shaping import Crop, Flatten, Reshape

__all__ = [
    "INFERENCE",
    "TRAINING",
    "BatchNorm",
    "Context",
    "Conv2d",
    "ConvTranspose2d",
    "Crop",
    "Dense",
    "DoubleBackward",
    "Flatten",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "ReLU",
    "Reshape",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Softplus",
    "Tanh",
]
