"""Data by name: embedded, found in ``SCRATCHGAN_DATA``, or downloaded and kept.

Downloads are checked against the checksums below and cached in the user's cache folder,
so that each is made once.
"""

import lzma
import os
import tarfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from scratchgan.data.idx import parse_idx, read_idx
from scratchgan.types import Array

VARIABLE = "SCRATCHGAN_DATA"


@dataclass(frozen=True)
class Source:
    """Where a named set is downloaded from.

    Parameters
    ----------
    base : str
        URL, ending in a slash.
    file : str
        Name of the file of training images.
    checksum : str
        ``"algorithm:hexdigest"``.
    """

    base: str
    file: str
    checksum: str


MNIST = Source(
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "train-images-idx3-ubyte.gz",
    "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
)
FASHION_MNIST = Source(
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "train-images-idx3-ubyte.gz",
    "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
)
CIFAR10 = Source(
    "https://www.cs.toronto.edu/~kriz/",
    "cifar-10-binary.tar.gz",
    "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)
CIFAR10_RECORD = 1 + 3 * 32 * 32  # a label, then red, green and blue planes


def read_digits() -> Array:
    """The first 10,000 training digits of MNIST, embedded; uint8 (10000, 28, 28, 1)."""
    import gzip

    file = resources.files("scratchgan.data") / "digits" / "digits-images-idx3-ubyte.gz"
    return parse_idx(gzip.decompress(file.read_bytes()), "digits")[..., None]


def read_mnist() -> Array:
    """The 60,000 training digits of MNIST; uint8 (60000, 28, 28, 1)."""
    return _read_idx_set("mnist", MNIST)


def read_fashion_mnist() -> Array:
    """The 60,000 training images of Fashion-MNIST; uint8 (60000, 28, 28, 1)."""
    return _read_idx_set("fashion-mnist", FASHION_MNIST)


def read_cifar10() -> Array:
    """Training images of CIFAR-10, as many as are there; uint8 (N, 32, 32, 3)."""
    folder = _local_folder("cifar10")
    if folder is not None:
        paths = sorted(p for p in folder.iterdir() if p.name.startswith("data_batch_"))
        batches = [parse_cifar10(_read_maybe_xz(p), str(p)) for p in paths]
        if batches:
            return np.concatenate(batches)
    return np.concatenate(_unpack_cifar10(download("cifar10", CIFAR10)))


def parse_cifar10(content: bytes, name: str) -> Array:
    """Images of a CIFAR-10 binary batch; uint8 (N, 32, 32, 3).

    Raises
    ------
    ValueError
        If it is empty, or no whole number of records.
    """
    if not content or len(content) % CIFAR10_RECORD:
        raise ValueError(
            f"{name}: expected records of {CIFAR10_RECORD} bytes, "
            f"received {len(content)} bytes"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, CIFAR10_RECORD)
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))


def download(name: str, source: Source, cache: Path | None = None) -> Path:
    """The file of `source` in the cache, downloaded and verified if it is not there.

    Raises
    ------
    OSError
        If it cannot be had.
    ValueError
        If it is not what its checksum says.
    """
    import pooch
    import requests

    url = source.base + source.file
    try:
        return Path(
            pooch.retrieve(
                url,
                known_hash=source.checksum,
                path=(cache or Path(pooch.os_cache("scratchgan"))) / name,
                fname=source.file,
                downloader=pooch.HTTPDownloader(timeout=30),
            )
        )
    except requests.RequestException as error:
        reason = type(error).__name__
    except ValueError as error:
        if "hash" not in str(error):
            raise
        raise ValueError(f"data: {name}: {url} does not match its checksum") from None
    raise OSError(
        f"data: {name}: cannot download {url} ({reason}); with {VARIABLE} set, "
        f"${VARIABLE}/{name} is read instead"
    )


def _read_idx_set(name: str, source: Source) -> Array:
    folder = _local_folder(name)
    if folder is not None:
        for file in (source.file, source.file.removesuffix(".gz")):
            if (folder / file).is_file():
                return read_idx(folder / file)[..., None]
    return read_idx(download(name, source))[..., None]


def _local_folder(name: str) -> Path | None:
    """The set's folder below SCRATCHGAN_DATA, if there is one."""
    root = os.environ.get(VARIABLE)
    folder = Path(root) / name if root else None
    return folder if folder is not None and folder.is_dir() else None


def _read_maybe_xz(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".xz":
        return content
    try:
        return lzma.decompress(content)
    except lzma.LZMAError as error:
        raise ValueError(f"{path}: damaged or truncated xz ({error})") from None


def _unpack_cifar10(path: Path) -> list[Array]:
    """The five training batches in the archive, read without extracting it."""
    batches = []
    with tarfile.open(path) as archive:
        for i in range(1, 6):
            name = f"cifar-10-batches-bin/data_batch_{i}.bin"
            member = archive.extractfile(name)
            assert member is not None  # the checksum says which archive this is
            batches.append(parse_cifar10(member.read(), name))
    return batches


READERS = {
    "digits": read_digits,
    "mnist": read_mnist,
    "fashion-mnist": read_fashion_mnist,
    "cifar10": read_cifar10,
}
