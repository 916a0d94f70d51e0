"""The registry that every layer must enter: one line a case, a file a family.

A test fails when a public layer has no line here.
"""

from scratchgan.gradcheck.registry.basic import BASIC
from scratchgan.gradcheck.registry.case import RANDOM, LayerCase
from scratchgan.gradcheck.registry.composites import COMPOSITES
from scratchgan.gradcheck.registry.linear import LINEAR
from scratchgan.gradcheck.registry.losses import LOSSES, OTHER_LOSSES
from scratchgan.gradcheck.registry.networks import BLOCKS, CRITICS, Block
from scratchgan.gradcheck.registry.normalisation import NORMALISATION
from scratchgan.gradcheck.registry.resampling import RESAMPLING
from scratchgan.gradcheck.registry.stylegan import STYLEGAN

__all__ = [
    "BLOCKS",
    "CRITICS",
    "LAYERS",
    "LOSSES",
    "OTHER_LOSSES",
    "RANDOM",
    "Block",
    "LayerCase",
]

LAYERS = (*LINEAR, *NORMALISATION, *RESAMPLING, *STYLEGAN, *BASIC, *COMPOSITES)
