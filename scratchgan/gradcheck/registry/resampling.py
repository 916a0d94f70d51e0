"""Maps that make images larger or smaller."""

from scratchgan import layers as nn
from scratchgan.gradcheck.registry.case import LayerCase

RESAMPLING = (
    LayerCase("Pad zero", nn.Pad(((1, 0), (2, 1))), (3, 4, 2), bilinear=True),
    LayerCase("Pad reflect", nn.Pad(2, "reflect"), (3, 4, 2), bilinear=True),
    LayerCase("Pad replicate", nn.Pad((3, 1), "replicate"), (2, 3, 2), bilinear=True),
    LayerCase("Pad of a sequence", nn.Pad(2, "reflect"), (4, 2), bilinear=True),
    LayerCase("UpsampleNearest", nn.UpsampleNearest(2), (3, 2, 2), bilinear=True),
    LayerCase("UpsampleNearest of a sequence", nn.UpsampleNearest(3), (3, 2)),
    LayerCase("UpsampleBilinear", nn.UpsampleBilinear(2), (3, 4, 2), bilinear=True),
    LayerCase(
        "UpsampleBilinear of a video",
        nn.UpsampleBilinear(3),
        (2, 3, 1, 2),
        bilinear=True,
    ),
    LayerCase("AvgPool", nn.AvgPool(2), (4, 5, 2), bilinear=True),
    LayerCase("AvgPool overlapping", nn.AvgPool((3, 2), 1), (4, 3, 2), bilinear=True),
    LayerCase("GlobalAvgPool", nn.GlobalAvgPool(), (3, 4, 2), bilinear=True),
    LayerCase("MaxPool", nn.MaxPool(2), (4, 5, 2)),
    LayerCase("MaxPool overlapping", nn.MaxPool(3, 2), (7, 5, 2)),
    LayerCase("SpaceToDepth", nn.SpaceToDepth(2), (4, 6, 3), bilinear=True),
    LayerCase("DepthToSpace", nn.DepthToSpace(2), (2, 3, 8), bilinear=True),
    LayerCase(
        "UpFirDn2d up",
        nn.UpFirDn2d((1, 3, 3, 1), up=2, padding=(((2, 1),) * 2), gain=4.0),
        (3, 4, 2),
        bilinear=True,
    ),
    LayerCase(
        "UpFirDn2d down",
        nn.UpFirDn2d((1, 2, 1), down=2, padding=1),
        (5, 4, 2),
        bilinear=True,
    ),
    LayerCase(
        "UpFirDn2d asymmetric",
        nn.UpFirDn2d(((1, -2, 4), (0, 3, 1)), (2, 3), (3, 2), ((-1, 2), (1, -2))),
        (4, 5, 2),
        bilinear=True,
    ),
)
