"""Penalties on input gradients, and the four sweeps that differentiate them."""

from scratchgan.penalties.base import OnInput, Penalty, PenaltyValue
from scratchgan.penalties.four_sweeps import (
    PenaltyGradient,
    penalty_gradient,
    penalty_sweeps,
)
from scratchgan.penalties.path_length import PathLength, random_images, running_target
from scratchgan.penalties.r1 import R1
from scratchgan.penalties.wgan_gp import GradientPenalty, interpolate

__all__ = [
    "R1",
    "GradientPenalty",
    "OnInput",
    "PathLength",
    "Penalty",
    "PenaltyGradient",
    "PenaltyValue",
    "interpolate",
    "penalty_gradient",
    "penalty_sweeps",
    "random_images",
    "running_target",
]
