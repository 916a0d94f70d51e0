"""Two convolutions up and two down: enough for digits, small enough for two cores.

The form of DCGAN (Radford et al. 2016) with kernels of 4 and stride 2, so that every
output pixel meets the same number of taps. The generator is normalised sample by sample
(LayerNorm), which leaves samples apart from one another; the critic not at all, or
spectrally (Miyato et al. 2018). One hidden layer at its top sees the whole image.
"""

from scratchgan.layers import (
    Conv2d,
    ConvTranspose2d,
    Dense,
    Flatten,
    Layer,
    LayerNorm,
    LeakyReLU,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
    SpectralNorm,
)
from scratchgan.types import Shape


def small_generator(dim: int, shape: Shape) -> Sequential:
    """(N, latent) to (N, H, W, C) in (0, 1), from H/4 × W/4 by two doublings."""
    height, width, channels = shape
    return Sequential(
        [
            Dense(height // 4 * (width // 4) * 2 * dim),
            LayerNorm(),
            ReLU(),
            Reshape((height // 4, width // 4, 2 * dim)),
            ConvTranspose2d(dim, 4, 2, 1),
            LayerNorm(),
            ReLU(),
            ConvTranspose2d(channels, 4, 2, 1),
            Sigmoid(),
        ]
    )


def small_discriminator(dim: int, spectral: bool = False) -> Sequential:
    """(N, H, W, C) to one score, by two halvings and a hidden layer.

    Parameters
    ----------
    dim : int
        Channels of the first hidden layer.
    spectral : bool
        Whether every layer's weights are spectrally normalised.
    """
    score = SpectralNorm(Dense(1)) if spectral else Dense(1)
    return Sequential([*small_features(dim, spectral), score])


def small_features(dim: int, spectral: bool = False) -> list[Layer]:
    """The discriminator's layers below its score: (N, H, W, C) to (N, 4 dim)."""
    linear = [Conv2d(dim, 4, 2, 1), Conv2d(2 * dim, 4, 2, 1), Dense(4 * dim)]
    first, second, third = (SpectralNorm(x) if spectral else x for x in linear)
    return [
        first,
        LeakyReLU(0.2),
        second,
        LeakyReLU(0.2),
        Flatten(),
        third,
        LeakyReLU(0.2),
    ]
