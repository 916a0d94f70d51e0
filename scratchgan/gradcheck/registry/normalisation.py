"""Normalising layers, and weights that are functions of others."""

from scratchgan import layers as nn
from scratchgan.gradcheck.registry.case import LayerCase

NORMALISATION = (
    LayerCase("BatchNorm", nn.BatchNorm(), (2, 3, 4)),
    LayerCase("BatchNorm of vectors", nn.BatchNorm(), (4,)),
    LayerCase("BatchNorm at inference", nn.BatchNorm(), (2, 3, 4), nn.INFERENCE),
    LayerCase("BatchNorm without gain", nn.BatchNorm(affine=False), (2, 3)),
    LayerCase(
        "ConditionalBatchNorm", nn.ConditionalBatchNorm(3), ((2, 3, 4), ()), labels=3
    ),
    LayerCase("LayerNorm", nn.LayerNorm(), (3, 4, 2)),
    LayerCase("LayerNorm of vectors", nn.LayerNorm(), (6,)),
    LayerCase("InstanceNorm", nn.InstanceNorm(), (3, 4, 2)),
    LayerCase("InstanceNorm without gain", nn.InstanceNorm(affine=False), (6, 3)),
    LayerCase("GroupNorm", nn.GroupNorm(2), (3, 2, 6)),
    LayerCase("GroupNorm of vectors", nn.GroupNorm(2), (8,)),
    LayerCase("PixelNorm", nn.PixelNorm(), (2, 3, 4)),
    LayerCase("AdaIN", nn.AdaIN(), ((3, 2, 4), (8,))),
    LayerCase("LabelAffine", nn.LabelAffine(3), ((2, 3), ()), labels=3, bilinear=True),
    LayerCase("StyleAffine", nn.StyleAffine(), ((2, 3, 2), (4,)), bilinear=True),
    LayerCase("SpectralNorm of Dense", nn.SpectralNorm(nn.Dense(4)), (5,)),
    LayerCase("SpectralNorm of Conv2d", nn.SpectralNorm(nn.Conv2d(4, 3)), (4, 5, 2)),
    LayerCase(
        "SpectralNorm of ConvTranspose2d",
        nn.SpectralNorm(nn.ConvTranspose2d(3, 3, 2)),
        (2, 3, 2),
    ),
    LayerCase(
        "SpectralNorm of Embedding",
        nn.SpectralNorm(nn.Embedding(4, 3)),
        (2,),
        labels=4,
    ),
    LayerCase("WeightNorm of Dense", nn.WeightNorm(nn.Dense(4)), (5,)),
    LayerCase(
        "WeightNorm of ConvTranspose2d",
        nn.WeightNorm(nn.ConvTranspose2d(3, 3, 2)),
        (2, 3, 2),
    ),
    LayerCase(
        "Equalized Dense",
        nn.Equalized(nn.Dense(4), lr_multiplier=0.5, bias_start=1.0),
        (5,),
        bilinear=True,
    ),
    LayerCase(
        "Equalized Conv2d",
        nn.Equalized(nn.Conv2d(3, 3, bias=False), gain=2.0),
        (4, 3, 2),
        bilinear=True,
    ),
)
