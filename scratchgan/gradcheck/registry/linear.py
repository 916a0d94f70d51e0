"""Dense, convolutions and their adjoints, embeddings, attention."""

from scratchgan import layers as nn
from scratchgan.gradcheck.registry.case import LayerCase

LINEAR = (
    LayerCase("Dense", nn.Dense(4), (5,), bilinear=True),
    LayerCase("Dense without bias", nn.Dense(4, bias=False), (5,), bilinear=True),
    LayerCase("Conv1d kernel 5", nn.Conv1d(3, 5, 1, 2), (7, 2), bilinear=True),
    LayerCase(
        "Conv1d kernel 25 stride 4 same",
        nn.Conv1d(3, 25, 4, "same"),
        (32, 2),
        bilinear=True,
    ),
    LayerCase("Conv2d 3×3 stride 1", nn.Conv2d(4, 3, 1, 1), (5, 4, 3), bilinear=True),
    LayerCase(
        "Conv2d 5×5 stride 2 same", nn.Conv2d(3, 5, 2, "same"), (7, 6, 2), bilinear=True
    ),
    LayerCase(
        "Conv2d 3×2 stride (2, 3)",
        nn.Conv2d(2, (3, 2), (2, 3), ((0, 1), (2, 0)), bias=False),
        (6, 5, 3),
        bilinear=True,
    ),
    LayerCase("Conv2d 1×1", nn.Conv2d(4, 1), (3, 4, 5), bilinear=True),
    LayerCase(
        "Conv2d dilation 2 groups 2",
        nn.Conv2d(4, 3, 2, 2, dilation=2, groups=2),
        (6, 7, 6),
        bilinear=True,
    ),
    LayerCase(
        "Conv2d depthwise", nn.Conv2d(3, 3, 1, 1, groups=3), (4, 4, 3), bilinear=True
    ),
    LayerCase(
        "Conv3d 3×3×3 stride 2", nn.Conv3d(3, 3, 2, 1), (4, 5, 3, 2), bilinear=True
    ),
    LayerCase(
        "ConvTranspose1d kernel 25 stride 4 same",
        nn.ConvTranspose1d(2, 25, 4, "same"),
        (5, 3),
        bilinear=True,
    ),
    LayerCase(
        "ConvTranspose2d 4×4 stride 2",
        nn.ConvTranspose2d(3, 4, 2, 1),
        (3, 4, 2),
        bilinear=True,
    ),
    LayerCase(
        "ConvTranspose2d 5×5 stride 2 same",
        nn.ConvTranspose2d(1, 5, 2, "same", bias=False),
        (3, 4, 8),
        bilinear=True,
    ),
    LayerCase(
        "ConvTranspose2d output padding",
        nn.ConvTranspose2d(2, 3, (3, 2), 1, output_padding=1),
        (2, 3, 4),
        bilinear=True,
    ),
    LayerCase(
        "ConvTranspose2d dilation 3 groups 2",
        nn.ConvTranspose2d(4, 2, 2, dilation=3, groups=2),
        (3, 2, 6),
        bilinear=True,
    ),
    LayerCase(
        "ConvTranspose3d 4×4×4 stride 2",
        nn.ConvTranspose3d(2, 4, 2, 1),
        (2, 3, 2, 3),
        bilinear=True,
    ),
    LayerCase("Embedding", nn.Embedding(5, 3), (4,), labels=5, bilinear=True),
    LayerCase(
        "Embedding of one label", nn.Embedding(5, 3), (), labels=5, bilinear=True
    ),
    LayerCase(
        "ProjectionHead", nn.ProjectionHead(3), ((4,), ()), labels=3, bilinear=True
    ),
    LayerCase("Attention", nn.Attention(0.5), ((2, 3, 4), (5, 4), (5, 3))),
    LayerCase("SelfAttention", nn.SelfAttention(6, inner=2), (3, 2, 6)),
)
