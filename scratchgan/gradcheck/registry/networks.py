"""Networks for the checks of whole penalties: smooth critics, StyleGAN2's blocks."""

from typing import Any, NamedTuple

import numpy as np

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck.registry.case import RANDOM
from scratchgan.gradcheck.registry.composites import smooth_critic
from scratchgan.networks import stylegan2
from scratchgan.penalties import R1, OnInput, PathLength, Penalty, random_images
from scratchgan.types import Tree

#: Critics without a kink, for the penalties' own checks.
CRITICS = (
    (
        "smooth MLP critic",
        nn.Sequential(
            [nn.Dense(7), nn.Softplus(), nn.Dense(5), nn.Tanh(), nn.Dense(1)]
        ),
        (3,),
    ),
    ("smooth convolutional critic", smooth_critic(), (5, 6, 2)),
)


class Block(NamedTuple):
    """A network and the penalty that its training takes.

    Parameters
    ----------
    name : str
        Of the network.
    network : Layer
        At small width.
    in_shape : tuple
        Shape of one sample, or of several inputs.
    penalty : Penalty
        On its input gradient.
    ctx : Context
        With random numbers where it draws some.
    """

    name: str
    network: nn.Layer
    in_shape: Any
    penalty: Penalty
    ctx: nn.Context = nn.TRAINING

    def cotangent(self, y: Tree, rng: np.random.Generator) -> Tree:
        """Ones for scores; no features and a random image for a synthesis block."""
        if not isinstance(y, tuple):
            return tree.map(np.ones_like, y)
        image = y[-1]
        return (None, random_images(image.shape, rng.normal(size=image.shape)))


BLOCKS = (
    Block(
        "StyleGAN2 synthesis block",
        stylegan2.synthesis_block(4, 3),
        ((4, 4, 4), (4, 4, 3), (6,)),
        OnInput(2, PathLength(target=0.13)),
        RANDOM,
    ),
    Block(
        "StyleGAN2 discriminator block",
        nn.Sequential(
            [
                stylegan2.discriminator_block(3, 4),
                stylegan2.discriminator_epilogue(5),
            ]
        ),
        (8, 8, 3),
        R1(),
    ),
)
