"""The model of a step: multiplications and additions of a layer's linear maps.

A sweep of a linear layer over one batch is one *unit*, the product of its weights with
every place that they meet: 2 W.size numbers for each of those. Up and down,

    forward        1
    backward       1 for inputs         1 for parameters
    jvp            1
    backward_jvp   1 for inputs         2 for parameters        1 where tdy = 0

Convolutions are counted by their sums, however they are computed (`kernels.winograd`
takes fewer). Layers that are not linear in weights count nothing: they are bound by
memory, which `Row.kept` shows.
"""

from math import prod
from typing import Any

from scratchgan.layers import Dense, Layer
from scratchgan.layers.conv import Conv
from scratchgan.layers.conv_transpose import ConvTranspose
from scratchgan.types import Shape, Wrt


def unit(layer: Layer, params: Any, in_shape: Shape, out_shape: Shape) -> float:
    """Multiplications and additions of one sweep; shapes with the batch axis."""
    if isinstance(layer, Dense):
        return 2.0 * in_shape[0] * params.W.size
    if isinstance(layer, Conv):
        return 2.0 * prod(out_shape[:-1]) * params.W.size
    if isinstance(layer, ConvTranspose):
        return 2.0 * prod(in_shape[:-1]) * params.W.size
    return 0.0


def backward_units(wrt: Wrt) -> int:
    """Units of `backward`."""
    return (wrt != "params") + (wrt != "inputs")


def backward_jvp_units(wrt: Wrt, moves: bool) -> int:
    """Units of `backward_jvp`; `moves` tells that tdy is not zero."""
    inputs = moves and wrt != "params"
    return inputs + (1 + moves) * (wrt != "inputs")
