"""`scratchgan features train`: a feature network from a labelled set, as a file."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from scratchgan.data.dataset import Labelled
from scratchgan.data.named import read_mnist, read_mnist_test
from scratchgan.metrics.digit_features import (
    CLASSES,
    SIDE,
    DigitWeights,
    digit_network,
    standardised,
    to_bytes,
)
from scratchgan.metrics.digit_training import Training, train_digit_classifier
from scratchgan.training.checkpoint import write_atomically
from scratchgan.types import Array

SUFFIX = ".safetensors"


def train_features(name: str, out: Path, seed: int, say: Callable[[str], None]) -> None:
    """Train the network of the set called `name`, and write it to `out`.

    Parameters
    ----------
    name : str
        ``mnist``.
    out : Path
        A new file.
    seed : int
        Of all random numbers.
    say : callable
        Takes lines about the progress, and the accuracy at the end.

    Raises
    ------
    FileExistsError, FileNotFoundError
        If `out` exists, or its folder does not.
    ValueError, OSError
        If there is no such set, or it cannot be read.
    """
    if name != "mnist":
        raise ValueError(f"SET: expected mnist, received {name!r}")
    _require_new(out)
    images, labels = _digits(read_mnist())
    test_images, test_labels = _digits(read_mnist_test())
    training, started = Training(seed=seed), time.perf_counter()

    def report(step: int, steps: int, loss: float) -> None:
        seconds = time.perf_counter() - started
        say(f"step {step}/{steps}  training loss {loss:.4f}  {seconds:.0f} s")

    unit = images / np.float32(255)
    params = train_digit_classifier(standardised(unit), labels, training, report)
    network = digit_network(params)
    found = network.probabilities(test_images).argmax(axis=1)
    accuracy = float((found == test_labels).mean())
    info = {
        "command": f"scratchgan features train {name} --seed {seed}",
        "seed": seed,
        "epochs": training.epochs,
        "training_images": len(labels),
        "test_images": len(test_labels),
        "accuracy": accuracy,
        "data": "MNIST, CC BY-SA 3.0 as commonly stated",
    }
    content = to_bytes(DigitWeights(params, info))
    write_atomically(out, content)
    right = f"{accuracy:.2%} of {len(test_labels)} test images right"
    say(f"{network.name}: {right}: {out} ({len(content) / 1e6:.2f} MB)")


def _digits(found: Labelled) -> tuple[Array, Array]:
    """Images and labels that the network can take."""
    images, labels = found
    if images.shape[1:] != (SIDE, SIDE, 1):
        raise ValueError(
            f"mnist: expected images (N, {SIDE}, {SIDE}), received {images.shape[:3]}"
        )
    if labels is None:
        raise ValueError("mnist: expected labels beside the images, found none")
    if len(labels) != len(images) or labels.max() >= CLASSES:
        raise ValueError(
            f"mnist: expected {len(images)} labels from 0 to {CLASSES - 1}, received "
            f"{len(labels)} up to {labels.max()}"
        )
    return images, labels


def _require_new(out: Path) -> None:
    if out.suffix != SUFFIX:
        raise ValueError(f"--out: expected a {SUFFIX} file, received {out}")
    if out.exists():
        raise FileExistsError(f"--out: {out} exists; choose another file")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out: {out.parent} is not a folder")
