"""Losses: scores to values and gradients, by name (see `base`)."""

from scratchgan.losses.base import AdversarialLoss, DiscriminatorLoss, GeneratorLoss
from scratchgan.losses.bce import BinaryCrossEntropy
from scratchgan.losses.hinge import Hinge
from scratchgan.losses.least_squares import LeastSquares
from scratchgan.losses.wasserstein import Wasserstein

__all__ = [
    "AdversarialLoss",
    "BinaryCrossEntropy",
    "DiscriminatorLoss",
    "GeneratorLoss",
    "Hinge",
    "LeastSquares",
    "Wasserstein",
]
