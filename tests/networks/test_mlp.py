"""Fully connected networks: what may stand in them, and their derivatives."""

import pytest

from scratchgan.gradcheck import check_layer
from scratchgan.gradcheck.cases import ADJOINT_TOLERANCE, NETWORK_STEPS, TOLERANCE
from scratchgan.layers import Dense, LayerNorm, ReLU
from scratchgan.networks.mlp import ACTIVATIONS, NORMS, mlp


def test_without_more_it_is_the_toy_network_of_wgan_gp():
    layers = mlp(512, 3, 1).layers
    assert [type(layer) for layer in layers] == [Dense, ReLU] * 3 + [Dense]
    assert [layer.features for layer in layers[::2]] == [512, 512, 512, 1]


def test_a_normalisation_stands_before_the_activation():
    layers = mlp(4, 1, 1, norm="layer").layers
    assert [type(layer) for layer in layers] == [Dense, LayerNorm, ReLU, Dense]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_critic_has_its_derivatives(activation, norm):
    net = mlp(4, 2, 1, activation, norm)
    errors = check_layer(net, (2,), steps=NETWORK_STEPS)
    assert max(errors) <= TOLERANCE, errors
    assert errors.adjoint <= ADJOINT_TOLERANCE


def test_unknown_names_are_named():
    with pytest.raises(ValueError, match="activation: expected one of relu"):
        mlp(4, 1, 1, "swish")
    with pytest.raises(ValueError, match="norm: expected one of none"):
        mlp(4, 1, 1, norm="group")
