"""Activations, and maps that move or drop numbers."""

from scratchgan import layers as nn
from scratchgan.gradcheck.registry.case import LayerCase

BASIC = (
    LayerCase("ELU", nn.ELU(), (4, 5)),
    LayerCase("GELU", nn.GELU(), (4, 5)),
    LayerCase("GELU by tanh", nn.GELU("tanh"), (4, 5)),
    LayerCase("Maxout", nn.Maxout(3), (4, 6)),
    LayerCase("ReLU", nn.ReLU(), (4, 5)),
    LayerCase("LeakyReLU", nn.LeakyReLU(0.2), (4, 5)),
    LayerCase("SELU", nn.SELU(), (4, 5)),
    LayerCase("SiLU", nn.SiLU(), (4, 5)),
    LayerCase("Sigmoid", nn.Sigmoid(), (4, 5)),
    LayerCase("SmoothELU", nn.SmoothELU(), (4, 5)),
    LayerCase("Softmax", nn.Softmax(), (4, 5)),
    LayerCase("Softplus", nn.Softplus(), (4, 5)),
    LayerCase("Tanh", nn.Tanh(), (4, 5)),
    LayerCase("Crop", nn.Crop(2, 3), (4, 4, 2), bilinear=True),
    LayerCase("Flatten", nn.Flatten(), (2, 3, 2), bilinear=True),
    LayerCase("Repeat", nn.Repeat(3), (2, 4), bilinear=True),
    LayerCase("Reshape", nn.Reshape((3, 2, 1)), (6,), bilinear=True),
)
