"""The registry that every layer must enter: one line a case, a file a family.

A test fails when a public layer has no line here.
"""

from scratchgan import layers as nn
from scratchgan.gradcheck.registry.basic import BASIC
from scratchgan.gradcheck.registry.case import RANDOM, LayerCase
from scratchgan.gradcheck.registry.composites import COMPOSITES, smooth_critic
from scratchgan.gradcheck.registry.linear import LINEAR
from scratchgan.gradcheck.registry.normalisation import NORMALISATION
from scratchgan.gradcheck.registry.stylegan import STYLEGAN

__all__ = ["CRITICS", "LAYERS", "RANDOM", "LayerCase"]

LAYERS = (*LINEAR, *NORMALISATION, *STYLEGAN, *BASIC, *COMPOSITES)

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
