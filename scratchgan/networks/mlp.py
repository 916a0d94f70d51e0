"""Fully connected networks for points in the plane."""

from scratchgan.layers import Dense, Layer, ReLU, Sequential
from scratchgan.layers.initializers import glorot_uniform, he_uniform


def mlp(width: int, depth: int, features: int) -> Sequential:
    """`depth` ReLU layers of `width`, then a linear one (the WGAN-GP toy networks)."""
    layers: list[Layer] = []
    for _ in range(depth):
        layers += [Dense(width, initializer=he_uniform), ReLU()]
    return Sequential([*layers, Dense(features, initializer=glorot_uniform)])
