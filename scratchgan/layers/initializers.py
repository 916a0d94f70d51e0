"""Initial weights, ``(rng, shape, fan_in, fan_out) -> W`` in float64.

With variance gain² / fan_in a layer keeps the scale of what flows forward; with
gain² / fan_out, of what flows backward.
"""

from collections.abc import Callable

import numpy as np

from scratchgan.types import Array, Shape

Initializer = Callable[[np.random.Generator, Shape, float, float], Array]


def he_normal(
    rng: np.random.Generator, shape: Shape, fan_in: float, fan_out: float
) -> Array:
    """Normal with variance 2 / fan_in (He et al. 2015, eq. 10)."""
    return rng.normal(scale=np.sqrt(2 / fan_in), size=shape)


def he_uniform(
    rng: np.random.Generator, shape: Shape, fan_in: float, fan_out: float
) -> Array:
    """Uniform with variance 2 / fan_in."""
    limit = np.sqrt(6 / fan_in)
    return rng.uniform(-limit, limit, size=shape)


def glorot_uniform(
    rng: np.random.Generator, shape: Shape, fan_in: float, fan_out: float
) -> Array:
    """Uniform with variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010, eq. 16)."""
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, size=shape)


def he_fan_average_uniform(
    rng: np.random.Generator, shape: Shape, fan_in: float, fan_out: float
) -> Array:
    """Uniform with variance 4 / (fan_in + fan_out): the WGAN-GP code's "He"."""
    limit = np.sqrt(12 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, size=shape)
