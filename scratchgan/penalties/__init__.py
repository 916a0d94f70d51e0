"""Penalties on input gradients, and the four sweeps that differentiate them."""

from scratchgan.penalties.base import Penalty, PenaltyValue
from scratchgan.penalties.four_sweeps import (
    PenaltyGradient,
    penalty_gradient,
    penalty_sweeps,
)
from scratchgan.penalties.wgan_gp import GradientPenalty, interpolate

__all__ = [
    "GradientPenalty",
    "Penalty",
    "PenaltyGradient",
    "PenaltyValue",
    "interpolate",
    "penalty_gradient",
    "penalty_sweeps",
]
