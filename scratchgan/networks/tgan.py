"""TGAN for videos (Saito, Matsumoto and Saito 2017, fig. 1), as in the authors' code.

One latent makes a video in two stages. The temporal generator G₀ turns it into one
latent a frame, and the frame generator G₁, one network for all frames, draws frame t
from both:

    z′₁, …, z′₁₆ = G₀(z)      x_t = G₁(z, z′_t)

z itself ("slow") says what stays, z′_t ("fast") what changes. Five transposed
convolutions along time make 1 → 1 → 2 → 4 → 8 → 16 latents. In G₁ the two latents have
dense layers of their own, whose outputs stand side by side as channels of an image of
4 × 4; transposed convolutions double it up to the frame's size. The branch of z is
computed once a video and repeated: statistics over N videos are those over their N·T
frames.

The critic convolves time and space alike, 4 × 4 × 4 with stride 2, so that 16 frames
become 1 while the image becomes a sixteenth as wide.

Paper against code: the code's temporal generator and critic have batch normalisations
without β; here every one of them has β.
"""

import numpy as np

from scratchgan.layers import (
    BatchNorm,
    Concatenate,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    Dense,
    EachFrame,
    Flatten,
    Graph,
    Layer,
    LeakyReLU,
    Node,
    ReLU,
    Repeat,
    Reshape,
    Sequential,
    Tanh,
)
from scratchgan.layers.initializers import Initializer, he_normal
from scratchgan.types import Array, Shape

#: Frames of a video: 1, doubled four times.
FRAMES = 16


def tgan_uniform(
    rng: np.random.Generator, shape: Shape, fan_in: float, fan_out: float
) -> Array:
    """Uniform on (−0.01, 0.01), whatever the fans."""
    return rng.uniform(-0.01, 0.01, size=shape)


def tgan_generator(
    shape: Shape,
    dim: int = 512,
    time_dim: int = 512,
    latent_size: int = 100,
    fast_size: int = 100,
    initializer: Initializer = tgan_uniform,
) -> Graph:
    """(N, latent) to videos (N, 16, S, S, C) in (−1, 1), S = 4 · 2ᵏ.

    Parameters
    ----------
    shape : tuple of int
        Of a video, (16, S, S, C).
    dim : int
        Channels of the frame generator's 4 × 4 image, halved at every doubling.
    time_dim : int
        Channels of the temporal generator's first layer, four times the last's.
    latent_size, fast_size : int
        Lengths of z and of z′_t.
    initializer : callable
        Of all weights.
    """
    slow = [*_image(dim // 2, initializer), Repeat(FRAMES)]
    fast = EachFrame(Sequential(_image(dim // 2, initializer)))
    return Graph(
        inputs=("z",),
        nodes=(
            Node(
                "z_fast",
                _temporal(time_dim, latent_size, fast_size, initializer),
                ("z",),
            ),
            Node("slow", Sequential(slow), ("z",)),
            Node("fast", fast, ("z_fast",)),
            Node("both", Concatenate(), ("slow", "fast")),
            Node("x", EachFrame(_frame(shape, dim, initializer)), ("both",)),
        ),
        outputs=("x",),
    )


def _temporal(
    dim: int, latent_size: int, fast_size: int, initializer: Initializer
) -> Sequential:
    """G₀: (N, latent) to (N, 16, fast) in (−1, 1)."""
    layers: list[Layer] = [
        Reshape((1, latent_size)),
        ConvTranspose1d(dim, 1, bias=False, initializer=initializer),
    ]
    for width in (dim // 2, dim // 4, dim // 4):
        layers += [BatchNorm(), ReLU()]
        layers += [ConvTranspose1d(width, 4, 2, 1, bias=False, initializer=initializer)]
    last = ConvTranspose1d(fast_size, 4, 2, 1, initializer=initializer)
    return Sequential([*layers, BatchNorm(), ReLU(), last, Tanh()])


def _image(channels: int, initializer: Initializer) -> list[Layer]:
    """A latent's own dense layer: (N, Z) to (N, 4, 4, channels)."""
    dense = Dense(16 * channels, bias=False, initializer=initializer)
    return [dense, BatchNorm(), ReLU(), Reshape((4, 4, channels))]


def _frame(shape: Shape, dim: int, initializer: Initializer) -> Sequential:
    """G₁ above its two dense layers: (N, 4, 4, dim) to one frame."""
    layers: list[Layer] = []
    width, side = dim, 4
    while side < shape[1]:
        width, side = max(1, width // 2), 2 * side
        up = ConvTranspose2d(width, 4, 2, 1, bias=False, initializer=initializer)
        layers += [up, BatchNorm(), ReLU()]
    last = ConvTranspose2d(shape[-1], 3, 1, 1, initializer=initializer)
    return Sequential([*layers, last, Tanh()])


def tgan_critic(
    dim: int = 64, batch_norm: bool = False, initializer: Initializer = he_normal
) -> Sequential:
    """(N, 16, S, S, C) to one score: 16 → 8 → 4 → 2 → 1 frames.

    Parameters
    ----------
    dim : int
        Channels of the first convolution; the last has eight times as many.
    batch_norm : bool
        Whether hidden layers but the first are normalised over the batch, as published
        with singular value clipping; a gradient penalty wants none.
    initializer : callable
        Of all weights.
    """
    layers: list[Layer] = [_down(dim, initializer), LeakyReLU(0.2)]
    for width in (2 * dim, 4 * dim, 8 * dim):
        norm = [BatchNorm()] if batch_norm else []
        layers += [_down(width, initializer), *norm, LeakyReLU(0.2)]
    return Sequential([*layers, Flatten(), Dense(1, initializer=initializer)])


def _down(features: int, initializer: Initializer) -> Conv3d:
    return Conv3d(features, 4, 2, 1, initializer=initializer)
