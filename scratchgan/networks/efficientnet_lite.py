"""EfficientNet-Lite0 at inference: images to 1,280 features and 1,000 logits.

Tan and Le 2019 (table 1: EfficientNet-B0), in the Lite variant of TensorFlow's authors:
no squeeze-and-excitation, ReLU6 in place of Swish. After a convolution of stride 2 come
sixteen inverted residual blocks (Sandler et al. 2018),

    y = P(r(D(r(E(x)))))          and  x + y where input and output have one shape

with r(x) = min(max(x, 0), 6), E a 1 × 1 convolution to `expand` times the channels
(none where that is one), D a convolution of every channel by itself and P a 1 × 1
convolution that nothing follows. Then a 1 × 1 convolution to 1,280 channels, r, the
mean over all pixels (the features) and a dense layer (the logits).

Every convolution is followed by a batch normalisation. With its running statistics it
is affine, and is folded into the weights, in float64:

    s (W ∗ x − μ) + β = (s W) ∗ x + (β − s μ)          s = γ / √(σ² + ε)

Nothing here is trained, and half of the passes over the activations are saved. For the
same reason r is a function on arrays and no layer with five verbs.

Two traps. The padding is TensorFlow's "same": where the stride is 2 the odd zero comes
*after* the image, and a symmetric padding reads every other pixel. And ε is 1e-3, not
PyTorch's 1e-5: some of the running variances are far below it.

Weights come under the names of a PyTorch state dict (`_blocks.0._bn1.running_mean`, …).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scratchgan.layers import INFERENCE, Conv2d
from scratchgan.layers.conv import ConvParams
from scratchgan.types import Array

#: Blocks, kernel, stride of the first, expand, channels out.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, FEATURES = 32, 1280
EPS = 1e-3


@dataclass(frozen=True, eq=False)
class Convolved:
    """A convolution, with the batch normalisation behind it folded in."""

    layer: Conv2d
    params: ConvParams

    def __call__(self, x: Array) -> Array:
        """Y of images x (N, H, W, C)."""
        return self.layer.forward(self.params, x, INFERENCE)[0]


@dataclass(frozen=True, eq=False)
class Block:
    """One inverted residual block."""

    expand: Convolved | None
    depthwise: Convolved
    project: Convolved
    skip: bool  # whether the input is added

    def __call__(self, x: Array) -> Array:
        """Y of images x (N, H, W, C)."""
        y = x if self.expand is None else relu6(self.expand(x))
        y = self.project(relu6(self.depthwise(y)))
        return x + y if self.skip else y


@dataclass(frozen=True, eq=False)
class EfficientNetLite0:
    """The network with its weights."""

    stem: Convolved
    blocks: list[Block]
    head: Convolved
    dense: tuple[Array, Array]  # (1280, K), (K,)

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """Features (N, 1280) and logits (N, K) of images (N, H, W, 3), standardised."""
        x = relu6(self.stem(x))
        for block in self.blocks:
            x = block(x)
        features = relu6(self.head(x)).mean(axis=(1, 2))
        W, b = self.dense
        return features, features @ W + b


def efficientnet_lite0(
    arrays: Mapping[str, Array], dtype: Any = np.float32
) -> EfficientNetLite0:
    """The network with the weights of a PyTorch state dict.

    Parameters
    ----------
    arrays : mapping
        Arrays by name.
    dtype : dtype
        Of weights and passes. Folding is done in float64.

    Raises
    ------
    ValueError
        If an array is missing, or has another shape.
    """
    source = _Source(arrays, dtype)
    stem = source.convolved("_conv_stem", "_bn0", 3, Conv2d(STEM, 3, 2, "same"))
    blocks: list[Block] = []
    channels = STEM
    for repeats, kernel, stride, expand, out in STAGES:
        for i in range(repeats):
            shape = kernel, stride if i == 0 else 1, expand, out
            blocks.append(_block(source, f"_blocks.{len(blocks)}", channels, *shape))
            channels = out
    head = source.convolved("_conv_head", "_bn1", channels, Conv2d(FEATURES, 1))
    b = source.array("_fc.bias", None)
    W = source.array("_fc.weight", (len(b), FEATURES))
    return EfficientNetLite0(stem, blocks, head, (source.cast(W.T), source.cast(b)))


def relu6(x: Array) -> Array:
    """min(max(x, 0), 6), in place."""
    return np.clip(x, 0, 6, out=x)


@dataclass(frozen=True, eq=False)
class _Source:
    """Where weights come from, and the dtype that they are kept in."""

    arrays: Mapping[str, Array]
    dtype: Any

    def convolved(
        self, conv: str, norm: str, channels: int, layer: Conv2d
    ) -> Convolved:
        """Weights (O, C/G, K, K) and a batch normalisation, as one convolution."""
        kernel, out = layer.kernel, layer.features
        W = self.array(
            f"{conv}.weight", (out, channels // layer.groups, kernel, kernel)
        )
        gamma, beta, mean, variance = (
            self.array(f"{norm}.{part}", (out,))
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        s = gamma / np.sqrt(variance + EPS)
        W, b = W.transpose(2, 3, 1, 0) * s, beta - s * mean
        return Convolved(layer, ConvParams(self.cast(W), self.cast(b)))

    def array(self, name: str, shape: Any) -> Array:
        """The array called `name`, in float64; None is a vector of any length."""
        if name not in self.arrays:
            raise ValueError(f"array {name!r} is missing")
        found = self.arrays[name]
        if found.shape != shape and not (shape is None and found.ndim == 1):
            shape = shape or "(K,)"
            raise ValueError(
                f"array {name!r}: expected {shape}, received {found.shape}"
            )
        return found.astype(np.float64)

    def cast(self, x: Array) -> Array:
        """`x` as it is kept."""
        return np.ascontiguousarray(x, self.dtype)


def _block(
    source: _Source,
    name: str,
    channels: int,
    kernel: int,
    stride: int,
    expand: int,
    out: int,
) -> Block:
    first, width = None, channels * expand
    if expand > 1:
        names = f"{name}._expand_conv", f"{name}._bn0"
        first = source.convolved(*names, channels, Conv2d(width, 1))
    names = f"{name}._depthwise_conv", f"{name}._bn1"
    layer = Conv2d(width, kernel, stride, "same", groups=width)
    depthwise = source.convolved(*names, width, layer)
    names = f"{name}._project_conv", f"{name}._bn2"
    project = source.convolved(*names, width, Conv2d(out, 1))
    return Block(first, depthwise, project, stride == 1 and channels == out)
