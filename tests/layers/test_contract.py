"""What every layer promises, for every case of the registry."""

import inspect

import pytest
from layer_cases import CASES, IDS, NO_SECOND_DERIVATIVE, sample, subject

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import check_double_backward, convergence
from scratchgan.gradcheck.cases import ADJOINT_TOLERANCE, check_case, tolerance
from scratchgan.gradcheck.contract import CONTRACT
from scratchgan.gradcheck.registry import LAYERS
from scratchgan.gradcheck.sweeps import sweep

every_case = pytest.mark.parametrize("case", CASES, ids=IDS)


def public_layers():
    return {
        name
        for name in nn.__all__
        if inspect.isclass(getattr(nn, name))
        and issubclass(getattr(nn, name), nn.Layer)
    }


def test_every_public_layer_has_a_case():
    covered = {type(case.layer).__name__ for case in LAYERS}
    assert public_layers() - covered == {"Composite", "Layer"}  # abstract


def test_names_of_cases_are_unique_and_begin_with_the_class():
    assert len(set(IDS)) == len(IDS)
    for case in CASES:
        assert case.name.split()[0] in public_layers()


@every_case
def test_every_verb_agrees_with_finite_differences(case):
    errors = check_case(case)
    assert errors["adjoint"] <= ADJOINT_TOLERANCE
    assert max(errors.values()) <= tolerance(case), errors


@every_case
@pytest.mark.parametrize("check", CONTRACT.values(), ids=CONTRACT)
def test_the_contract_holds(case, check):
    check(subject(case))


@every_case
def test_double_backward_is_the_gradient_of_a_projected_input_gradient(case):
    assert check_double_backward(subject(case)) <= 1e-8


@every_case
def test_layers_without_second_derivative_say_so_with_none(case):
    params, x = sample(case)
    wrapped = getattr(case.layer, "layer", case.layer)  # Equalized(Dense(…)) and such
    if isinstance(wrapped, NO_SECOND_DERIVATIVE):
        found = sweep(subject(case), params, x, moving=False)
        assert not tree.leaves(found.tdx)


SMOOTH = [
    case for case in LAYERS if case.name in ("Softplus", "Tanh", "BatchNorm",
    "LayerNorm", "PixelNorm", "AdaIN", "Attention", "ModulatedConv2d",
    "MinibatchStddev", "MinibatchDiscrimination", "Graph", "Sequential", "Residual")
]  # fmt: skip


@pytest.mark.parametrize("case", SMOOTH, ids=[case.name for case in SMOOTH])
def test_the_error_of_a_difference_falls_with_the_square_of_its_step(case):
    """So that no check passes by a loose tolerance: what is left is truncation."""
    assert convergence(subject(case)) == pytest.approx(2, abs=0.1)
