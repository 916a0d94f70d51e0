"""The registry that every layer must enter: one line a case, many checks.

The cases that `scratchgan gradcheck` runs for users, and edge cases of shape that only
matter to the tests.
"""

from scratchgan import layers as nn
from scratchgan.gradcheck import Subject
from scratchgan.gradcheck.registry import LAYERS, LayerCase
from scratchgan.types import Tree

EDGES = (
    LayerCase("Conv2d one pixel", nn.Conv2d(2, 1, 3), (1, 1, 3)),
    LayerCase("Conv2d stride above kernel", nn.Conv2d(2, 2, 3), (7, 8, 2)),
    LayerCase("Conv2d mostly padding", nn.Conv2d(2, 3, 2, 3), (2, 3, 1)),
    LayerCase(
        "ConvTranspose2d stride above kernel", nn.ConvTranspose2d(2, 2, 3), (2, 2, 3)
    ),
    LayerCase("Dense one by one", nn.Dense(1), (1,)),
    LayerCase("LeakyReLU without slope change", nn.LeakyReLU(0.99), (3,)),
    LayerCase("Crop nothing", nn.Crop(3, 2), (3, 2, 1)),
    LayerCase("Sequential of nothing", nn.Sequential([]), (3,)),
    LayerCase("Residual scaled", nn.Residual(nn.Tanh(), scale=0.5), (2, 2)),
    LayerCase(
        "Residual of batch norms",
        nn.Residual(nn.Sequential([nn.BatchNorm(), nn.Tanh()]), nn.BatchNorm()),
        (3,),
    ),
)

CASES = LAYERS + EDGES
IDS = [case.name for case in CASES]

#: Bilinear in input and parameters, linear, or piecewise linear: no f″.
NO_SECOND_DERIVATIVE = (
    nn.Augment,
    nn.AvgPool,
    nn.Bias,
    nn.Concatenate,
    nn.Constant,
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
    nn.Crop,
    nn.Dense,
    nn.DepthToSpace,
    nn.Dropout,
    nn.Embedding,
    nn.Flatten,
    nn.Gain,
    nn.GlobalAvgPool,
    nn.LabelAffine,
    nn.LeakyReLU,
    nn.MaxPool,
    nn.Maxout,
    nn.NoiseInjection,
    nn.Pad,
    nn.PhaseShuffle,
    nn.ProjectionHead,
    nn.Repeat,
    nn.Reshape,
    nn.Scale,
    nn.Select,
    nn.SpaceToDepth,
    nn.UpFirDn2d,
    nn.UpsampleBilinear,
    nn.UpsampleNearest,
)


def subject(case: LayerCase) -> Subject:
    """What the public checks take."""
    return Subject(case.layer, case.in_shape, case.ctx, case.labels)


def sample(case: LayerCase, batch: int = 3, seed: int = 0) -> tuple[Tree, Tree]:
    """Parameters off their initial values, and a random input, in float64."""
    return subject(case).point(batch, seed)
