"""The feature network of digits: 128 features and ten classes, from our own layers.

`networks.digit_classifier`, trained on the 60,000 training images of MNIST by
``scratchgan features train mnist``, whose result ships with the package. The features
are its last hidden layer, after the ReLU. Its name is ``scratchgan-mnist-`` and eight
hexadecimal digits of its weights' digest: features of two trainings, even of two seeds,
are on scales of their own, and distances between them must not be compared.

A file is safetensors: the weights in float16, and in its metadata the command, the seed
and the accuracy. Passes run in float32.

TRAPS

* Features are sparse: a digit turns on about 32 of the shipped network's 128, and 21
  are zero on all 10,000 test images. Covariances are singular: invert none.
* Images of 32 × 32 with a border, as StyleGAN2 takes them, are cropped only where that
  is asked for. What a generator draws into the border is then not seen.
"""

import hashlib
import json
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.layers import INFERENCE
from scratchgan.metrics.feature_network import FeatureNetwork
from scratchgan.networks.digit_classifier import digit_classifier
from scratchgan.types import Array, Tree

SIDE, FEATURES, CLASSES = 28, 128, 10
#: Mean and standard deviation of MNIST's training pixels, from 0 to 1.
MEAN, DEVIATION = 0.1307, 0.3081
BATCH = 250
#: How the network's name ends that sees three channels apart.
EACH_CHANNEL = "on each channel"
#: The one key of a file's metadata, so that equal weights make equal files.
HEADER = "scratchgan"
SHIPPED = "mnist.safetensors"


class DigitWeights(NamedTuple):
    """What a file holds."""

    params: Tree  #: of `digit_classifier`, float16
    info: dict[str, Any]  #: command, seed, accuracy


def digit_features(crop: bool = False) -> FeatureNetwork:
    """The feature network that ships with scratchgan.

    Parameters
    ----------
    crop : bool
        Whether larger images are cropped to their middle, instead of being an error.
    """
    return digit_network(shipped().params, crop)


def load_digit_features(path: str | Path, crop: bool = False) -> FeatureNetwork:
    """The feature network in a file that ``scratchgan features train mnist`` wrote.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is something else.
    """
    return digit_network(read_weights(Path(path)).params, crop)


def stacked_digit_features() -> FeatureNetwork:
    """The shipped network on each of three channels, for stacked MNIST.

    Features are those of the three channels side by side. Its 1,000 classes are the
    numbers that the three digits write, as of `stacked_labels`: channels are
    independent in it, so that logits add up and the likeliest class is that of the
    likeliest digits.
    """
    digit = digit_features()

    def run(x: Array) -> tuple[Array, Array]:
        features, logits = digit.network(
            np.moveaxis(x, -1, 1).reshape(-1, SIDE, SIDE, 1)
        )
        first, second, third = np.moveaxis(logits.reshape(len(x), 3, -1), 1, 0)
        tens = (first[:, :, None] + second[:, None]).reshape(len(x), -1)
        joint = (tens[:, :, None] + third[:, None]).reshape(len(x), -1)
        return features.reshape(len(x), -1), joint

    return FeatureNetwork(
        f"{digit.name} {EACH_CHANNEL}", 3 * FEATURES, CLASSES**3, _stacks, run, BATCH
    )


def _stacks(unit: Array) -> Array:
    if unit.shape[1:] != (SIDE, SIDE, 3):
        raise ValueError(
            f"images: expected stacked digits (N, {SIDE}, {SIDE}, 3), received "
            f"{unit.shape}"
        )
    return standardised(unit)


def digit_network(params: Tree, crop: bool = False) -> FeatureNetwork:
    """The feature network with these parameters of `digit_classifier`, float16."""
    name = f"scratchgan-mnist-{_digest(params)}"
    trunk, head = digit_classifier(FEATURES, CLASSES).layers
    below, above = tree.astype(params, np.float32)

    def run(x: Array) -> tuple[Array, Array]:
        features, _ = trunk.forward(below, x, INFERENCE)
        return features, head.forward(above, features, INFERENCE)[0]

    def prepare(unit: Array) -> Array:
        return standardised(_fitted(unit, crop))

    return FeatureNetwork(name, FEATURES, CLASSES, prepare, run, BATCH)


@lru_cache(maxsize=1)
def shipped() -> DigitWeights:
    """The weights in the package."""
    file = resources.files("scratchgan.metrics") / "weights" / SHIPPED
    with resources.as_file(file) as path:
        return read_weights(path)


def standardised(unit: Array) -> Array:
    """Pixels from 0 to 1, float32, as the network takes them."""
    return (unit - np.float32(MEAN)) / np.float32(DEVIATION)


def to_bytes(weights: DigitWeights) -> bytes:
    """A file of them."""
    from safetensors.numpy import save

    header = {HEADER: json.dumps(weights.info)}
    return save(dict(tree.named(weights.params)), header)


def read_weights(path: Path) -> DigitWeights:
    """The weights in a file; errors as of `load_digit_features`."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise FileNotFoundError(f"features: {path}: no such file")
    try:
        with safe_open(path, "np") as file:
            info = json.loads((file.metadata() or {}).get(HEADER, "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return DigitWeights(tree.rebuild(_template(), arrays), info)
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"features: {path}: expected a file of `scratchgan features train mnist` "
            f"({error})"
        ) from None


def _template() -> Tree:
    params, _ = digit_classifier(FEATURES, CLASSES).init(
        np.random.default_rng(0), (SIDE, SIDE, 1)
    )
    return tree.astype(params, np.float16)


def _fitted(unit: Array, crop: bool) -> Array:
    """Images (N, 28, 28, 1), or the middle of larger ones."""
    height, width, channels = unit.shape[1:]
    smallest = min(height, width)
    if channels != 1 or smallest < SIDE or (max(height, width) > SIDE and not crop):
        larger = " or larger" if crop else ""
        large = channels == 1 and smallest >= SIDE
        hint = " (crop=True takes the middle)" if large else ""
        raise ValueError(
            f"images: expected digits (N, {SIDE}, {SIDE}, 1){larger}, received "
            f"{unit.shape}{hint}"
        )
    top, left = (height - SIDE) // 2, (width - SIDE) // 2
    return unit[:, top : top + SIDE, left : left + SIDE]


def _digest(params: Tree) -> str:
    digest = hashlib.blake2b(digest_size=4)
    for name, leaf in tree.named(params):
        digest.update(f"{name} {leaf.dtype} {leaf.shape}".encode())
        digest.update(np.ascontiguousarray(leaf).tobytes())
    return digest.hexdigest()
