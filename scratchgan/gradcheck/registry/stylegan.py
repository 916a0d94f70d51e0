"""StyleGAN2's layers, layers over the batch, and random ones."""

from scratchgan import layers as nn
from scratchgan.gradcheck.registry.case import RANDOM, LayerCase

STYLEGAN = (
    LayerCase("ModulatedConv2d", nn.ModulatedConv2d(3), ((4, 5, 2), (2,))),
    LayerCase("ModulatedConv2d up", nn.ModulatedConv2d(3, 3, 0, 2), ((3, 2, 4), (4,))),
    LayerCase(
        "ModulatedConv2d without demodulation",
        nn.ModulatedConv2d(3, 1, 0, demodulate=False),
        ((3, 2, 4), (4,)),
    ),
    LayerCase(
        "Equalized ModulatedConv2d",
        nn.Equalized(nn.ModulatedConv2d(3)),
        ((3, 3, 2), (2,)),
    ),
    LayerCase("Constant", nn.Constant((2, 3, 2)), (4,), bilinear=True),
    LayerCase("Select", nn.Select(1), (3, 4), bilinear=True),
    LayerCase("NoiseInjection", nn.NoiseInjection(), (3, 4, 2), RANDOM, bilinear=True),
    LayerCase(
        "NoiseInjection at inference",
        nn.NoiseInjection(),
        (3, 2),
        nn.INFERENCE,
        bilinear=True,
    ),
    LayerCase("MinibatchStddev", nn.MinibatchStddev(), (2, 3, 4)),
    LayerCase("MinibatchStddev 2 features", nn.MinibatchStddev(features=2), (3, 4)),
    LayerCase("MinibatchDiscrimination", nn.MinibatchDiscrimination(4, 3), (5,)),
    LayerCase("Dropout", nn.Dropout(0.4), (4, 3), RANDOM, bilinear=True),
    LayerCase(
        "Dropout at inference", nn.Dropout(), (4, 3), nn.INFERENCE, bilinear=True
    ),
    LayerCase("PhaseShuffle", nn.PhaseShuffle(2), (6, 2), RANDOM, bilinear=True),
    LayerCase(
        "PhaseShuffle shared",
        nn.PhaseShuffle(3, shared=True),
        (4, 2),
        RANDOM,
        bilinear=True,
    ),
    LayerCase(
        "PhaseShuffle at inference",
        nn.PhaseShuffle(),
        (4, 2),
        nn.INFERENCE,
        bilinear=True,
    ),
    LayerCase("Augment", nn.Augment(0.8), (4, 5, 3), RANDOM, bilinear=True),
    LayerCase("Augment grey", nn.Augment(1.0), (4, 3, 1), RANDOM, bilinear=True),
    LayerCase(
        "Augment by whole pixels",
        nn.Augment(1.0, geometric=False, colour=False),
        (4, 4, 2),
        RANDOM,
        bilinear=True,
    ),
    LayerCase(
        "Augment colours alone",
        nn.Augment(1.0, pixel=False, geometric=False),
        (2, 3, 3),
        RANDOM,
        bilinear=True,
    ),
    LayerCase(
        "Augment at inference", nn.Augment(1.0), (4, 3, 1), nn.INFERENCE, bilinear=True
    ),
    LayerCase("Bias", nn.Bias(), (3, 2), bilinear=True),
    LayerCase("Gain", nn.Gain(), (3, 2), bilinear=True),
    LayerCase("Scale", nn.Scale(0.5**0.5), (3, 2), bilinear=True),
)
