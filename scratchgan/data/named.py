"""Data by name: embedded, found in ``SCRATCHGAN_DATA``, or downloaded."""

import gzip
from importlib import resources
from pathlib import Path

import numpy as np

from scratchgan.data.cifar10 import read_cifar10
from scratchgan.data.dataset import Labelled
from scratchgan.data.emoji import EMOJI
from scratchgan.data.fetch import Source, download, local_folder
from scratchgan.data.idx import parse_idx, read_idx
from scratchgan.data.orl_faces import read_orl_faces
from scratchgan.data.usps import read_usps
from scratchgan.types import Array

IMAGES = "train-images-idx3-ubyte.gz"
LABELS = "train-labels-idx1-ubyte.gz"

_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MNIST = (
    Source(_MNIST, IMAGES, "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    Source(_MNIST, LABELS, "md5:d53e105ee54ea40749a09fcbcd1e9432"),
)
MNIST_TEST = (
    Source(_MNIST, "t10k-images-idx3-ubyte.gz", "md5:9fb629c4189551a2d022fa330f9573f3"),
    Source(_MNIST, "t10k-labels-idx1-ubyte.gz", "md5:ec29112dd5afa0611ce80d1b7f02629c"),
)
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
FASHION_MNIST = (
    Source(_FASHION, IMAGES, "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    Source(_FASHION, LABELS, "md5:25c81989df183df01b3e8a0aad5dffbe"),
)


def read_digits() -> Labelled:
    """The first 10,000 training digits of MNIST, embedded; uint8 (10000, 28, 28, 1)."""
    folder = resources.files("scratchgan.data") / "digits"
    images, labels = (
        parse_idx(gzip.decompress((folder / file).read_bytes()), "digits")
        for file in ("digits-images-idx3-ubyte.gz", "digits-labels-idx1-ubyte.gz")
    )
    return _labelled(images, labels)


def read_mnist() -> Labelled:
    """The 60,000 training digits of MNIST; uint8 (60000, 28, 28, 1)."""
    return read_idx_set("mnist", MNIST)


def read_mnist_test() -> Labelled:
    """The 10,000 test digits of MNIST; uint8 (10000, 28, 28, 1)."""
    return read_idx_set("mnist", MNIST_TEST)


def read_fashion_mnist() -> Labelled:
    """The 60,000 training images of Fashion-MNIST; uint8 (60000, 28, 28, 1)."""
    return read_idx_set("fashion-mnist", FASHION_MNIST)


def read_idx_set(
    name: str, sources: tuple[Source, Source], cache: Path | None = None
) -> Labelled:
    """Grey images and labels of the set called `name`; uint8 (N, H, W, 1).

    Parameters
    ----------
    name : str
        Of the set, and of its folders in SCRATCHGAN_DATA and in the cache.
    sources : (Source, Source)
        Of images and of labels. A folder without labels is taken as it is.
    cache : Path or None
        Where downloads are kept; None is the user's cache folder.

    Raises
    ------
    OSError
        If the set is in no local folder and cannot be downloaded.
    ValueError
        If a file is damaged, or the images do not form an array (N, H, W).
    """
    paths = [_local_file(name, source.file) for source in sources]
    if paths[0] is None:
        paths = [download(name, source, cache) for source in sources]
    images, labels = (read_idx(path) if path else None for path in paths)
    assert images is not None  # only a local folder may lack a file, and only labels
    if images.ndim != 3:
        raise ValueError(
            f"{paths[0]}: expected grey images (N, H, W), received {images.shape}"
        )
    return _labelled(images, labels)


def _local_file(name: str, file: str) -> Path | None:
    """`file`, or what it is called unpacked, in the set's local folder."""
    folder = local_folder(name)
    if folder is None:
        return None
    paths = (folder / file, folder / file.removesuffix(".gz"))
    return next((path for path in paths if path.is_file()), None)


def _labelled(images: Array, labels: Array | None) -> Labelled:
    labels = None if labels is None else labels.astype(np.int64)
    return Labelled(images[..., None], labels)


READERS = {
    "digits": read_digits,
    "mnist": read_mnist,
    "mnist-test": read_mnist_test,
    "fashion-mnist": read_fashion_mnist,
    "cifar10": read_cifar10,
    "usps": read_usps,
    **EMOJI,
    "orl-faces": read_orl_faces,
}
