"""The registry that every layer must enter: one line a case.

A test fails when a public layer has no line here.
"""

from typing import NamedTuple

from scratchgan import layers as nn
from scratchgan.types import Shape


class LayerCase(NamedTuple):
    """A layer with hyper-parameters, and the shape of one sample."""

    name: str
    layer: nn.Layer
    in_shape: Shape
    ctx: nn.Context = nn.TRAINING


def _body() -> nn.Sequential:
    return nn.Sequential([nn.Dense(5), nn.Tanh(), nn.Dense(3)])


def _smooth_critic() -> nn.Sequential:
    return nn.Sequential(
        [
            nn.Conv2d(3, 3, 2, "same"),
            nn.LayerNorm(),
            nn.Softplus(),
            nn.Conv2d(4, 3, 1, 1),
            nn.Tanh(),
            nn.Flatten(),
            nn.Dense(1),
        ]
    )


LAYERS = (
    LayerCase("Dense", nn.Dense(4), (5,)),
    LayerCase("Dense without bias", nn.Dense(4, bias=False), (5,)),
    LayerCase("Conv2d 3×3 stride 1", nn.Conv2d(4, 3, 1, 1), (5, 4, 3)),
    LayerCase("Conv2d 5×5 stride 2 same", nn.Conv2d(3, 5, 2, "same"), (7, 6, 2)),
    LayerCase(
        "Conv2d 3×2 stride (2, 3)",
        nn.Conv2d(2, (3, 2), (2, 3), ((0, 1), (2, 0)), bias=False),
        (6, 5, 3),
    ),
    LayerCase("Conv2d 1×1", nn.Conv2d(4, 1), (3, 4, 5)),
    LayerCase(
        "ConvTranspose2d 4×4 stride 2", nn.ConvTranspose2d(3, 4, 2, 1), (3, 4, 2)
    ),
    LayerCase(
        "ConvTranspose2d 5×5 stride 2 same",
        nn.ConvTranspose2d(1, 5, 2, "same", bias=False),
        (3, 4, 8),
    ),
    LayerCase(
        "ConvTranspose2d output padding",
        nn.ConvTranspose2d(2, 3, (3, 2), 1, output_padding=1),
        (2, 3, 4),
    ),
    LayerCase("LayerNorm", nn.LayerNorm(), (3, 4, 2)),
    LayerCase("LayerNorm of vectors", nn.LayerNorm(), (6,)),
    LayerCase("BatchNorm", nn.BatchNorm(), (2, 3, 4)),
    LayerCase("BatchNorm of vectors", nn.BatchNorm(), (4,)),
    LayerCase("BatchNorm at inference", nn.BatchNorm(), (2, 3, 4), nn.INFERENCE),
    LayerCase("ReLU", nn.ReLU(), (4, 5)),
    LayerCase("LeakyReLU", nn.LeakyReLU(0.2), (4, 5)),
    LayerCase("Sigmoid", nn.Sigmoid(), (4, 5)),
    LayerCase("Softplus", nn.Softplus(), (4, 5)),
    LayerCase("Tanh", nn.Tanh(), (4, 5)),
    LayerCase("Crop", nn.Crop(2, 3), (4, 4, 2)),
    LayerCase("Flatten", nn.Flatten(), (2, 3, 2)),
    LayerCase("Reshape", nn.Reshape((3, 2, 1)), (6,)),
    LayerCase("Residual", nn.Residual(_body()), (3,)),
    LayerCase(
        "Residual with shortcut", nn.Residual(_body(), nn.Dense(3), scale=0.3), (4,)
    ),
    LayerCase("Sequential", _smooth_critic(), (5, 6, 2)),
)

#: Critics without a kink, for the penalties' own checks.
CRITICS = (
    (
        "smooth MLP critic",
        nn.Sequential(
            [nn.Dense(7), nn.Softplus(), nn.Dense(5), nn.Tanh(), nn.Dense(1)]
        ),
        (3,),
    ),
    ("smooth convolutional critic", _smooth_critic(), (5, 6, 2)),
)
