"""The small networks told a class (Miyato and Koyama 2018, fig. 14, with two blocks).

The label chooses gain and bias of the generator's batch normalisations, and the inner
product that the discriminator adds to its score (`layers.projection_head`).
"""

from scratchgan.layers import (
    ConditionalBatchNorm,
    ConvTranspose2d,
    Dense,
    Graph,
    Node,
    ProjectionHead,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
)
from scratchgan.networks.small_dcgan import small_features
from scratchgan.types import Shape


def small_conditional_generator(dim: int, shape: Shape, classes: int) -> Graph:
    """(N, latent) and labels to images (N, H, W, C) in (0, 1), and the labels."""
    height, width, channels = shape
    size = (height // 4, width // 4, 2 * dim)
    first = [Dense(size[0] * size[1] * size[2]), Reshape(size)]
    last = [ReLU(), ConvTranspose2d(channels, 4, 2, 1), Sigmoid()]
    return Graph(
        inputs=("z", "labels"),
        nodes=(
            Node("seed", Sequential(first), ("z",)),
            Node("norm1", ConditionalBatchNorm(classes), ("seed", "labels")),
            Node("up", Sequential([ReLU(), ConvTranspose2d(dim, 4, 2, 1)]), ("norm1",)),
            Node("norm2", ConditionalBatchNorm(classes), ("up", "labels")),
            Node("image", Sequential(last), ("norm2",)),
        ),
        outputs=("image", "labels"),
    )


def small_projection_discriminator(dim: int, classes: int) -> Graph:
    """Images (N, H, W, C) and labels to one score, spectrally normalised."""
    features = Sequential(small_features(dim, spectral=True))
    return Graph(
        inputs=("image", "labels"),
        nodes=(
            Node("features", features, ("image",)),
            Node("score", ProjectionHead(classes), ("features", "labels")),
        ),
        outputs=("score",),
    )
