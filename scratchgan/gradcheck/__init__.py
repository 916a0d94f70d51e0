"""Checks of derivatives: for our layers, for yours, for whole models."""

from scratchgan.gradcheck.conformance import Implementation, check_gradient_penalty
from scratchgan.gradcheck.layer import LayerErrors, check_layer, random_params
from scratchgan.gradcheck.losses import (
    check_loss,
    check_penalty,
    check_penalty_gradient,
    check_phase,
)

__all__ = [
    "Implementation",
    "LayerErrors",
    "check_gradient_penalty",
    "check_layer",
    "check_loss",
    "check_penalty",
    "check_penalty_gradient",
    "check_phase",
    "random_params",
]
