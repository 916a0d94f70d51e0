"""Bad input gets one clear line: the argument, what was expected, what came."""

from typing import Any

import numpy as np
import pytest

from scratchgan import layers as nn
from scratchgan.layers.graph import Node

RNG = np.random.default_rng(0)
BAD: Any = "average"  # what the types forbid and a user may write all the same
THREE: Any = ((1, 2, 3), (1, 1))
LIST: Any = [1, 2]
FLOAT: Any = 2.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Dropout(1.0), "rate: expected 0 <= rate < 1, received 1.0"),
        (lambda: nn.Augment(-0.1), r"p: expected a number >= 0, received -0\.1"),
        (lambda: nn.PhaseShuffle(-1), "shift: expected an integer >= 0, received -1"),
        (lambda: nn.ELU(0.0), "alpha: expected > 0, received 0.0"),
        (lambda: nn.GELU(BAD), "approximate: expected 'none' or 'tanh', received 'av"),
        (lambda: nn.Pad(1, BAD), "mode: expected 'zero', 'reflect' or 'replicate'"),
        (lambda: nn.UpsampleNearest(0), "factor: expected an integer >= 1, received 0"),
        (lambda: nn.SpaceToDepth(0), "block: expected an integer >= 1, received 0"),
        (lambda: nn.DepthToSpace(0), "block: expected an integer >= 1, received 0"),
        (lambda: nn.UpFirDn2d((1, -1)), "filter: expected .* sum other than zero"),
        (lambda: nn.UpFirDn2d(()), "filter: expected a tuple of numbers"),
        (lambda: nn.UpFirDn2d(LIST), r"of rows of them.*received \[1, 2\]"),
        (lambda: nn.UpFirDn2d(((1, 2), (3,))), "filter: expected a tuple"),
        (lambda: nn.UpFirDn2d((1, np.nan)), "filter: expected a tuple"),
        (lambda: nn.ELU(np.nan), "alpha: expected > 0, received nan"),
        (lambda: nn.Dense(0), "features: expected an integer >= 1, received 0"),
        (lambda: nn.Dense(FLOAT), r"features: expected an integer >= 1, received 2\.0"),
        (lambda: nn.Conv2d(-1, 3), "features: expected an integer >= 1, received -1"),
        (lambda: nn.Conv2d(2, 3, groups=0), "groups: expected an integer >= 1"),
        (lambda: nn.ConvTranspose2d(0, 3), "features: expected an integer >= 1"),
        (lambda: nn.ModulatedConv2d(3, 0), "kernel: expected an integer >= 1"),
        (lambda: nn.ModulatedConv2d(3, 3, -1), "padding: expected a number >= 0"),
        (lambda: nn.Embedding(0, 3), "count: expected an integer >= 1, received 0"),
        (lambda: nn.ProjectionHead(0), "classes: expected an integer >= 1"),
        (
            lambda: nn.LabelAffine(True),
            "classes: expected an integer >= 1",
        ),
        (lambda: nn.ConditionalBatchNorm(0), "classes: expected an integer >= 1"),
        (lambda: nn.MinibatchStddev(0), "group: expected an integer >= 1, received 0"),
        (lambda: nn.MinibatchDiscrimination(1, 0), "dims: expected an integer >= 1"),
        (lambda: nn.BatchNorm(1.5), "momentum: expected 0 to 1, received 1.5"),
        (lambda: nn.BatchNorm(eps=-1), "eps: expected a number >= 0, received -1"),
        (lambda: nn.LayerNorm(np.nan), "eps: expected a number >= 0, received nan"),
        (lambda: nn.InstanceNorm(-1), "eps: expected a number >= 0"),
        (lambda: nn.GroupNorm(0), "groups: expected an integer >= 1, received 0"),
        (lambda: nn.PixelNorm(-1), "eps: expected a number >= 0"),
        (lambda: nn.Maxout(0), "pieces: expected an integer >= 1"),
        (lambda: nn.Repeat(0), "frames: expected an integer >= 1, received 0"),
        (lambda: nn.Crop(0, 3), "height: expected an integer >= 1"),
        (lambda: nn.Parallel([nn.Tanh()]), "branches: expected at least two layers"),
    ],
)
def test_hyper_parameters(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (nn.Augment(), (4, 4, 2), "Augment: in_shape: expected 1 or 3 channels"),
        (nn.Augment(), (4, 3), r"Augment: in_shape: expected positive \(H, W, C\)"),
        (nn.Conv1d(3, 3), (4, 4, 2), r"Conv1d: in_shape: expected positive \(L, C\)"),
        (nn.Conv3d(3, 3), (4, 4, 2), r"Conv3d: in_shape: expected positive \(D, H, W"),
        (nn.Conv2d(3, 3, dilation=3), (4, 9, 1), r"at least the kernel \(7, 7"),
        (nn.Conv2d(4, 3, groups=2), (4, 4, 3), "groups: expected a divisor of 3 chan"),
        (nn.Conv2d(3, 3, groups=2), (4, 4, 2), "2 channels in and 3 out, received 2"),
        (nn.ConvTranspose2d(3, 3, groups=2), (4, 4, 2), "groups: expected a divisor"),
        (nn.ConvTranspose1d(1, 3, 2, output_padding=2), (4, 2),
         "output_padding: expected 0 <= output_padding < stride"),
        (nn.ConvTranspose1d(1, 3, 2, output_padding=-1), (4, 2), "output_padding: exp"),
        (nn.Conv2d(1, 3, padding=THREE), (4, 4, 1), "padding: expected"),
        (nn.GroupNorm(4), (3, 6), "groups: expected a divisor of 6 channels"),
        (nn.InstanceNorm(), (6,), "expected spatial axes and channels"),
        (nn.Maxout(4), (6,), "Maxout: pieces: expected a divisor of 6 channels"),
        (nn.MinibatchStddev(4, 5), (3, 6), "features: expected a divisor of 6"),
        (nn.MinibatchDiscrimination(4, 3), (3, 6), r"expected positive \(A\)"),
        (nn.PhaseShuffle(3), (3, 2), "expected a length above the shift 3"),
        (nn.Pad(3, "reflect"), (3, 4, 1), "amount: expected less than 3 pixels"),
        (nn.Pad(-1), (3, 4, 1), "amount: expected an integer >= 0"),
        (nn.Pad((1, 2, 3)), (3, 4, 1), r"received \(1, 2, 3\)"),
        (nn.AvgPool(3), (2, 4, 1), r"at least the kernel \(3, 3\), received \(2, 4, 1"),
        (nn.MaxPool(3), (3,), "expected one to three spatial axes and channels"),
        (nn.AvgPool(2, 0), (3, 4, 1), "stride: expected an integer >= 1"),
        (nn.SpaceToDepth(2), (3, 4, 1), "expected a height and width that 2 divides"),
        (nn.DepthToSpace(2), (3, 4, 6), "expected a number of channels that 4 divides"),
        (nn.UpsampleBilinear(2), (4,), "expected one to three spatial axes"),
        (nn.UpFirDn2d((1, 2, 1)), (2, 5, 1), "at least as large as the filter"),
        (nn.UpFirDn2d((1, 2, 1), padding=(1, 2, 3)), (4, 4, 1), "padding: expected"),
        (nn.UpFirDn2d((1, 2, 1), up=0), (4, 4, 1), "up: expected an integer >= 1"),
        (nn.ModulatedConv2d(3), ((4, 4, 2), (3,)), r"expected a style \(2,\) for 2"),
        (nn.ModulatedConv2d(3, 5, 0), ((4, 4, 2), (2,)), "at least one pixel"),
        (nn.ModulatedConv2d(3), (4, 4, 2), r"a tuple \(x, style\), received 3"),
        (nn.StyleAffine(), ((4, 2), (2,)), r"expected a style \(4,\) for 2 channels"),
        (nn.AdaIN(), ((4, 4, 2), (3,)), "StyleAffine: in_shape"),
        (nn.ProjectionHead(3), ((4, 2), ()), r"expected positive \(C\)"),
        (nn.Attention(), ((4, 2), (4, 3), (4, 3)), "q and k of one width"),
        (nn.Attention(), ((4, 2), (3, 2), (4, 3)), "k and v of one size"),
        (nn.SelfAttention(4), (4, 4, 3), "Add: in_shape: expected inputs of one shape"),
        (nn.Add(), ((4, 2), (4, 3)), "Add: in_shape: expected inputs of one shape"),
        (nn.Add(), (4, 2), "expected a tuple of shapes"),
        (nn.Concatenate(), ((4, 2), (3, 2)), "expected inputs of one shape"),
        (nn.EachFrame(nn.Tanh()), (3,), r"expected \(T, …, C\), received \(3,\)"),
        (nn.EachFrame(nn.Tanh()), ((4, 2), (3, 2)), "EachFrame: in_shape: expected"),
        (nn.EachFrame(nn.Dense(2)), (3, 4, 2), r"Dense: in_shape: expected positive"),
        (nn.Softmax(), (), r"expected at least one axis, received \(\)"),
        (nn.SpectralNorm(nn.Tanh()), (3,), "layer: expected one with weights W, rec"),
        (nn.WeightNorm(nn.Tanh()), (3,), "received Tanh"),
    ],
)  # fmt: skip
def test_shapes(layer, shape, message):
    with pytest.raises(ValueError, match=message):
        layer.init(RNG, shape)


@pytest.mark.parametrize(
    ("layer", "shape", "x", "error", "message"),
    [
        (nn.Conv1d(2, 3), (4, 2), np.zeros((1, 4, 3)), ValueError,
         r"Conv1d: x: expected shape \(N, L, 2\), received \(1, 4, 3\)"),
        (nn.Conv2d(2, 3, groups=2), (4, 4, 2), np.zeros((1, 4, 4, 1)), ValueError,
         r"Conv2d: x: expected shape \(N, H, W, 2\)"),
        (nn.EachFrame(nn.Tanh()), (2, 3), np.zeros((4, 3)), ValueError,
         r"EachFrame: x: expected shape \(N, T, …, C\), received \(4, 3\)"),
        (nn.GELU(), (3,), np.zeros((1, 3), int), TypeError, "expected floating point"),
        (nn.Embedding(3, 2), (), np.zeros(4), TypeError, "labels: expected integers"),
        (nn.Embedding(3, 2), (), np.array([3]), ValueError, "expected 0 to 2"),
        (nn.Embedding(3, 2), (), np.array([-1]), ValueError, "received -1 to -1"),
        (nn.ProjectionHead(3), ((2,), ()), np.zeros((4, 2)), ValueError,
         r"expected a tuple \(features, labels\), received ndarray"),
        (nn.LabelAffine(3), ((2,), ()), (np.zeros((1, 2)), np.array([5])), ValueError,
         "LabelAffine: labels: expected 0 to 2, received 5 to 5"),
        (nn.MinibatchStddev(4), (3,), np.zeros((6, 3)), ValueError,
         "x: expected a batch that 4 divides, received 6 samples"),
        (nn.MinibatchStddev(4), (3,), np.zeros((0, 3)), ValueError, "received 0"),
        (nn.Dropout(), (3,), np.zeros((2, 3)), ValueError,
         "Dropout: ctx: expected a Context with a random stream, received one without"),
        (nn.NoiseInjection(), (3,), np.zeros((2, 3)), ValueError, "Noise.*: ctx"),
        (nn.PhaseShuffle(), (3, 1), np.zeros((2, 3, 1)), ValueError, "Phase.*: ctx"),
        (nn.ModulatedConv2d(3), ((4, 4, 2), (2,)),
         (np.zeros((1, 4, 4, 2)), np.zeros((1, 3))), ValueError, "ModulatedConv2d: x"),
        (nn.Bias(), (3,), np.zeros((2, 4)), ValueError, r"expected shape \(N, 3\)"),
        (nn.AvgPool(2), (4, 4, 1), np.zeros((1, 4, 4, 1), np.uint8), TypeError,
         "AvgPool: x: expected floating point, received uint8"),
        (nn.Flatten(), (4,), np.zeros((1, 4), np.uint8), TypeError, "Flatten: x: ex"),
    ],
)  # fmt: skip
def test_inputs(layer, shape, x, error, message):
    params, _ = layer.init(RNG, shape)
    with pytest.raises(error, match=message):
        layer.forward(params, x)


@pytest.mark.parametrize(
    ("inputs", "nodes", "outputs", "message"),
    [
        (("x",), (Node("a", nn.Tanh(), ("y",)),), ("a",), "'a' reads 'y', which is no"),
        (("x",), (Node("x", nn.Tanh(), ("x",)),), ("x",), "'x' is defined twice"),
        (("x",), (), ("b",), "outputs: 'b' is defined by no node"),
    ],
)
def test_graphs(inputs, nodes, outputs, message):
    with pytest.raises(ValueError, match=message):
        nn.Graph(inputs, nodes, outputs)


def test_a_graph_of_two_inputs_wants_both():
    net = nn.Graph(("a", "b"), (Node("y", nn.Add(), ("a", "b")),), ("y",))
    params, _ = net.init(RNG, ((3,), (3,)))
    with pytest.raises(ValueError, match=r"a tuple \(a, b\), received ndarray"):
        net.forward(params, np.zeros((2, 3)))
