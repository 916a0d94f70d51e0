"""ConditionalBatchNorm and AdaIN: a normalisation whose gain and bias are given.

    ConditionalBatchNorm   y = γ[l] h + β[l],     h = BatchNorm(x), without γ and β
    AdaIN                  y = g h + b,           h = InstanceNorm(x), without γ and β

Dumoulin et al. 2017, eq. 5, over batch statistics as in SNGAN's generator; Huang and
Belongie 2017, eq. 8, with [g, b] the style as in StyleGAN (Karras et al. 2019, eq. 8).
Both are two layers in a line, and their verbs are the chain rule's: the first layer's
are in `batch_norm` and `sample_norm`, the second's in `label_affine` and
`style_affine`.
"""

from dataclasses import dataclass

from scratchgan.layers.batch_norm import BatchNorm
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.graph import Composite, Graph, Node
from scratchgan.layers.label_affine import LabelAffine
from scratchgan.layers.sample_norm import InstanceNorm
from scratchgan.layers.style_affine import StyleAffine


@dataclass(frozen=True)
class ConditionalBatchNorm(Composite):
    """Batch normalisation of x, with gain and bias of the sample's class.

    Inputs: x (N, *S, C) and labels (N,).

    Parameters
    ----------
    classes : int
        K.
    momentum : float
        Share of the old running statistics that one batch leaves, 0 to 1.
    eps : float
        Stabiliser added to the variance.
    """

    classes: int
    momentum: float = 0.9
    eps: float = 1e-5

    def __post_init__(self) -> None:
        at_least_one(classes=self.classes)

    @property
    def graph(self) -> Graph:
        """Normalise, then scale by label."""
        norm = BatchNorm(self.momentum, self.eps, affine=False)
        return Graph(
            inputs=("x", "labels"),
            nodes=(
                Node("norm", norm, ("x",)),
                Node("affine", LabelAffine(self.classes), ("norm", "labels")),
            ),
            outputs=("affine",),
        )


@dataclass(frozen=True)
class AdaIN(Composite):
    """Adaptive instance normalisation.

    Inputs: x (N, *S, C) and style (N, 2C), gains then biases.

    Parameters
    ----------
    eps : float
        Stabiliser added to the variance; StyleGAN's is 1e-8.
    """

    eps: float = 1e-8

    @property
    def graph(self) -> Graph:
        """Normalise, then scale by style."""
        return Graph(
            inputs=("x", "style"),
            nodes=(
                Node("norm", InstanceNorm(self.eps, affine=False), ("x",)),
                Node("affine", StyleAffine(), ("norm", "style")),
            ),
            outputs=("affine",),
        )
