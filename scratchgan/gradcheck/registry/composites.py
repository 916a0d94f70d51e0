"""Layers made of layers, and what joins branches."""

from scratchgan import layers as nn
from scratchgan.gradcheck.registry.case import RANDOM, LayerCase


def smooth_critic() -> nn.Sequential:
    """A convolutional critic without a kink."""
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


def _body() -> nn.Sequential:
    return nn.Sequential([nn.Dense(5), nn.Tanh(), nn.Dense(3)])


def _per_frame() -> nn.Sequential:
    """Keeps arrays, tuples of arrays, shapes and convolutions."""
    return nn.Sequential(
        [nn.Conv1d(3, 3, 1, 1), nn.LayerNorm(), nn.Tanh(), nn.Flatten(), nn.Dense(2)]
    )


def _two_inputs() -> nn.Graph:
    """H is read twice, by the sum and by the layer above; w meets it on the way."""
    return nn.Graph(
        inputs=("x", "w"),
        nodes=(
            nn.Node("h", nn.Dense(4), ("x",)),
            nn.Node("a", nn.Tanh(), ("h",)),
            nn.Node("style", nn.Dense(8), ("w",)),
            nn.Node("b", nn.StyleAffine(), ("a", "style")),
            nn.Node("y", nn.Add(), ("b", "h")),
        ),
        outputs=("y", "a"),
    )


COMPOSITES = (
    LayerCase("Concatenate", nn.Concatenate(), ((2, 3), (2, 1), (2, 2)), bilinear=True),
    LayerCase("Add", nn.Add(), ((2, 3), (2, 3)), bilinear=True),
    LayerCase("Parallel", nn.Parallel([nn.Tanh(), nn.Dense(3)]), (4,)),
    LayerCase(
        "Parallel and Concatenate",
        nn.Sequential([nn.Parallel([nn.Tanh(), nn.Dense(3)]), nn.Concatenate()]),
        (4,),
    ),
    LayerCase("EachFrame", nn.EachFrame(_per_frame()), (3, 4, 2)),
    LayerCase(
        "EachFrame with BatchNorm",
        nn.EachFrame(nn.Sequential([nn.Dense(3), nn.BatchNorm(), nn.Tanh()])),
        (4, 2),
    ),
    LayerCase("EachFrame of noise", nn.EachFrame(nn.Dropout(0.4)), (3, 4), RANDOM),
    LayerCase("Graph", _two_inputs(), ((3,), (2,))),
    LayerCase(
        "MixedPrecision", nn.MixedPrecision(smooth_critic(), "float64"), (5, 6, 2)
    ),
    LayerCase(
        "MixedPrecision of a graph",
        nn.MixedPrecision(_two_inputs(), "float64"),
        ((3,), (2,)),
    ),
    LayerCase(
        "MixedPrecision with BatchNorm",
        nn.MixedPrecision(nn.Sequential([nn.Dense(3), nn.BatchNorm()]), "float64"),
        (4,),
    ),
    LayerCase("Residual", nn.Residual(_body()), (3,)),
    LayerCase(
        "Residual with shortcut", nn.Residual(_body(), nn.Dense(3), scale=0.3), (4,)
    ),
    LayerCase("Sequential", smooth_critic(), (5, 6, 2)),
)
