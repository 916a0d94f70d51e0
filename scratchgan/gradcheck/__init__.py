"""Checks of derivatives: for our layers, for yours, for whole models."""

from scratchgan.gradcheck.conformance import Implementation, check_gradient_penalty
from scratchgan.gradcheck.contract import (
    check_batches,
    check_contract,
    check_coupling,
    check_cutting,
    check_purity,
    check_shapes,
    check_strides,
    check_structural_zeros,
    check_symmetry,
    check_wrt,
)
from scratchgan.gradcheck.demand import ContractError
from scratchgan.gradcheck.layer import LayerErrors, check_layer
from scratchgan.gradcheck.losses import (
    check_loss,
    check_penalty,
    check_penalty_gradient,
    check_phase,
)
from scratchgan.gradcheck.precision import check_float16, check_float32
from scratchgan.gradcheck.second_order import check_double_backward, convergence
from scratchgan.gradcheck.sweeps import Subject, random_params

__all__ = [
    "ContractError",
    "Implementation",
    "LayerErrors",
    "Subject",
    "check_batches",
    "check_contract",
    "check_coupling",
    "check_cutting",
    "check_double_backward",
    "check_float16",
    "check_float32",
    "check_gradient_penalty",
    "check_layer",
    "check_loss",
    "check_penalty",
    "check_penalty_gradient",
    "check_phase",
    "check_purity",
    "check_shapes",
    "check_strides",
    "check_structural_zeros",
    "check_symmetry",
    "check_wrt",
    "convergence",
    "random_params",
]
