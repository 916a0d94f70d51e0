"""Losses: scores to values and gradients, by name (see `base`)."""

from scratchgan.losses.base import AdversarialLoss, DiscriminatorLoss, GeneratorLoss
from scratchgan.losses.bce import BinaryCrossEntropy
from scratchgan.losses.cross_entropy import ClassLoss, CrossEntropy
from scratchgan.losses.hinge import Hinge
from scratchgan.losses.l1 import L1, DistanceLoss
from scratchgan.losses.least_squares import LeastSquares
from scratchgan.losses.wasserstein import Wasserstein

__all__ = [
    "L1",
    "AdversarialLoss",
    "BinaryCrossEntropy",
    "ClassLoss",
    "CrossEntropy",
    "DiscriminatorLoss",
    "DistanceLoss",
    "GeneratorLoss",
    "Hinge",
    "LeastSquares",
    "Wasserstein",
]
