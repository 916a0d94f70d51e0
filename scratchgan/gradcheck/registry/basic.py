"""Activations, and maps that move or drop numbers."""

from scratchgan import layers as nn
from scratchgan.gradcheck.registry.case import LayerCase

BASIC = (
    LayerCase("ReLU", nn.ReLU(), (4, 5)),
    LayerCase("LeakyReLU", nn.LeakyReLU(0.2), (4, 5)),
    LayerCase("Sigmoid", nn.Sigmoid(), (4, 5)),
    LayerCase("Softplus", nn.Softplus(), (4, 5)),
    LayerCase("Tanh", nn.Tanh(), (4, 5)),
    LayerCase("Crop", nn.Crop(2, 3), (4, 4, 2), bilinear=True),
    LayerCase("Flatten", nn.Flatten(), (2, 3, 2), bilinear=True),
    LayerCase("Reshape", nn.Reshape((3, 2, 1)), (6,), bilinear=True),
)
