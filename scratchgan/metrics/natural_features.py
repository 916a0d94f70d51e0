"""The feature network of natural images: EfficientNet-Lite0 trained on ImageNet.

1,280 features, the means over pixels of the last convolution after its ReLU6, and a
thousand classes (`networks.efficientnet_lite`). The weights are a file of yours, a .npz
of a PyTorch state dict; scratchgan ships none. Distances on these features are not
comparable with published ones, which use Inception-v3.

An image is brought to 224 × 224 with its shorter side fitted and its middle kept,
mapped to 0 … 1, and standardised by ImageNet's mean and deviation of each channel. Grey
images become three equal channels.

TRAP: resizing is part of the measure (Parmar, Zhang and Zhu 2022). Pillow's bicubic
filter widens with the reduction, so that nothing aliases; that of PyTorch's
``interpolate`` does not unless it is told to. Channels are resized as floats and then
clipped, so that generated images are not rounded on the way.
"""

from pathlib import Path

import numpy as np

from scratchgan.metrics.feature_network import FeatureNetwork
from scratchgan.networks.efficientnet_lite import FEATURES, efficientnet_lite0
from scratchgan.types import Array

NAME = "efficientnet-lite0-imagenet"
SIDE = 224
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
BATCH = 4


def efficientnet_features(path: str | Path) -> FeatureNetwork:
    """The feature network with the weights in a .npz.

    Parameters
    ----------
    path : str or Path
        Arrays under the names of the PyTorch state dict.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged, an array is missing or has another shape.
    """
    path = Path(path)
    try:
        network = efficientnet_lite0(read_archive(path))
    except ValueError as error:
        raise ValueError(f"features: {path}: {error}") from None
    classes = len(network.dense[1])
    return FeatureNetwork(NAME, FEATURES, classes, prepared, network, BATCH)


def read_archive(path: Path) -> dict[str, Array]:
    """Every array in a .npz, by name."""
    # opened here, since np.load leaves a file open when it is no archive
    with open(path, "rb") as file:
        try:
            archive = np.load(file, allow_pickle=False)
            return {name: archive[name] for name in archive.files}
        # damage surfaces as whatever the parsers of zip, zlib and NumPy meet
        except Exception as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ValueError(f"expected a .npz of arrays ({reason})") from None


def prepared(unit: Array) -> Array:
    """Images (N, H, W, C), pixels from 0 to 1, as (N, 224, 224, 3), standardised.

    Raises
    ------
    ValueError
        If they have no pixels, or neither one channel nor three.
    """
    if unit.shape[-1] not in (1, 3) or 0 in unit.shape[1:]:
        raise ValueError(
            f"images: expected (N, H, W, 1) or (N, H, W, 3), received {unit.shape}"
        )
    fitted = np.empty((len(unit), SIDE, SIDE, unit.shape[-1]), np.float32)
    for image, out in zip(unit, fitted, strict=True):
        for c in range(unit.shape[-1]):
            out[..., c] = _resized(image[..., c])
    return (np.clip(fitted, 0, 1) - MEAN) / DEVIATION


def _resized(channel: Array) -> Array:
    """The middle square of (H, W) as (224, 224), bicubic."""
    from PIL import Image

    height, width = channel.shape
    side = min(height, width)
    top, left = (height - side) / 2, (width - side) / 2
    whole = Image.fromarray(np.ascontiguousarray(channel))
    box = (left, top, left + side, top + side)
    return np.asarray(
        whole.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box), np.float32
    )
