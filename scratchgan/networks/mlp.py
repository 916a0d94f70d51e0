"""Fully connected networks for points in the plane."""

from collections.abc import Mapping

from scratchgan.layers import (
    ELU,
    BatchNorm,
    Dense,
    Layer,
    LayerNorm,
    LeakyReLU,
    ReLU,
    Sequential,
    SmoothELU,
    Tanh,
)
from scratchgan.layers.initializers import glorot_uniform, he_uniform

#: What may stand behind a dense layer, by name.
ACTIVATIONS: Mapping[str, Layer] = {
    "relu": ReLU(),
    "leaky_relu": LeakyReLU(0.2),
    "elu": ELU(),
    "smooth_elu": SmoothELU(),
    "tanh": Tanh(),
}
#: What may normalise before it.
NORMS: Mapping[str, list[Layer]] = {
    "none": [],
    "batch": [BatchNorm()],
    "layer": [LayerNorm()],
}


def mlp(
    width: int, depth: int, features: int, activation: str = "relu", norm: str = "none"
) -> Sequential:
    """`depth` layers of `width`, then a linear one (the WGAN-GP toy networks: ReLU).

    Raises
    ------
    ValueError
        If there is no such activation or normalisation.
    """
    for name, value, known in (
        ("activation", activation, ACTIVATIONS),
        ("norm", norm, NORMS),
    ):
        if value not in known:
            raise ValueError(
                f"{name}: expected one of {', '.join(known)}, received {value!r}"
            )
    layers: list[Layer] = []
    for _ in range(depth):
        layers += [Dense(width, initializer=he_uniform), *NORMS[norm]]
        layers += [ACTIVATIONS[activation]]
    return Sequential([*layers, Dense(features, initializer=glorot_uniform)])
