"""WaveGAN: DCGAN in one dimension (Donahue, McAuley and Puckette 2019, appendix D).

What DCGAN does in 2 × 2 by kernels of 5 × 5, WaveGAN does in steps of 4 by kernels of
25: five transposed convolutions up, five convolutions down, no normalisation. Behind
the critic's first four activations a phase shuffle moves the sequence by up to
`shuffle` samples, so that the critic cannot tell generated sound by the phase of the
periods that transposed convolutions leave.

Weights are Glorot-uniform with fans of the kernel's shape, 25 C and 25 O, as TensorFlow
counts them: the stride plays no part. The paper shifts every sample of a batch by
itself; the authors' code (second version) draws one shift for all, and so do we.
"""

import numpy as np

from scratchgan.layers import (
    Conv1d,
    ConvTranspose1d,
    Dense,
    Flatten,
    Layer,
    LeakyReLU,
    PhaseShuffle,
    ReLU,
    Reshape,
    Sequential,
    Tanh,
)
from scratchgan.layers.initializers import glorot_uniform
from scratchgan.types import Array, Shape

KERNEL, STRIDE = 25, 4
#: Channels of the hidden layers, in units of `dim`, from sound to latent.
WIDTHS = (1, 2, 4, 8, 16)
#: Samples of sound for one of the deepest layer's.
STEP = STRIDE ** len(WIDTHS)


def glorot_of_shape(
    rng: np.random.Generator, shape: Shape, fan_in: float, fan_out: float
) -> Array:
    """Uniform with variance 2 / (fan_in + fan_out), the fans those of W's shape."""
    return glorot_uniform(rng, shape, shape[0] * shape[1], shape[0] * shape[2])


def wavegan_generator(dim: int = 64, length: int = 16384) -> Sequential:
    """(N, latent) to (N, length, 1) in (−1, 1), by five steps of 4.

    Parameters
    ----------
    dim : int
        Channels of the last hidden layer; the first has sixteen times as many.
    length : int
        A multiple of 1024: 16384, of 16 · 4⁵, as published; 8192 begins at 8.
    """
    _require_length(length)
    start, deepest = length // STEP, WIDTHS[-1] * dim
    layers: list[Layer] = [
        Dense(start * deepest, initializer=glorot_uniform),
        Reshape((start, deepest)),
        ReLU(),
    ]
    for width in WIDTHS[-2::-1]:
        layers += [_up(width * dim), ReLU()]
    return Sequential([*layers, _up(1), Tanh()])


def wavegan_critic(dim: int = 64, shuffle: int = 2) -> Sequential:
    """(N, length, 1) to one score, by five steps of 4.

    Parameters
    ----------
    dim : int
        Channels of the first hidden layer; the last has sixteen times as many.
    shuffle : int
        n of the phase shuffle; 0 for none.
    """
    layers: list[Layer] = []
    for width in WIDTHS:
        down = Conv1d(width * dim, KERNEL, STRIDE, "same", initializer=glorot_of_shape)
        layers += [down, LeakyReLU(0.2)]
        if shuffle and width != WIDTHS[-1]:
            layers.append(PhaseShuffle(shuffle, shared=True))
    return Sequential([*layers, Flatten(), Dense(1, initializer=glorot_uniform)])


def _up(features: int) -> ConvTranspose1d:
    return ConvTranspose1d(
        features, KERNEL, STRIDE, "same", initializer=glorot_of_shape
    )


def _require_length(length: int) -> None:
    if length < STEP or length % STEP:
        raise ValueError(f"length: expected a multiple of {STEP}, received {length}")
