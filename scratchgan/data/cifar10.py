"""CIFAR-10 in its binary version: batches of records, local or in the archive.

A record is a label, then the red, the green and the blue plane of a 32×32 image.
"""

import lzma
import tarfile
from pathlib import Path

import numpy as np

from scratchgan.data.dataset import Labelled
from scratchgan.data.fetch import Source, download, local_folder
from scratchgan.types import Array

ARCHIVE = Source(
    "https://www.cs.toronto.edu/~kriz/",
    "cifar-10-binary.tar.gz",
    "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)
BATCHES = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
RECORD = 1 + 3 * 32 * 32


def read_cifar10(source: Source = ARCHIVE, cache: Path | None = None) -> Labelled:
    """Training images, as many batches as are there; uint8 (N, 32, 32, 3).

    Raises
    ------
    OSError
        If they are in no local folder and cannot be downloaded.
    ValueError
        If a file is damaged.
    """
    contents = _local_batches() or _archived_batches(download("cifar10", source, cache))
    batches = [parse_records(content, name) for name, content in contents.items()]
    images, labels = zip(*batches, strict=True)
    return Labelled(np.concatenate(images), np.concatenate(labels))


def parse_records(content: bytes, name: str) -> tuple[Array, Array]:
    """Images, uint8 (N, 32, 32, 3), and labels, int64 (N,), of one batch.

    Raises
    ------
    ValueError
        If it is empty, or no whole number of records.
    """
    if not content or len(content) % RECORD:
        raise ValueError(
            f"{name}: expected records of {RECORD} bytes, received {len(content)} bytes"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    images = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    return images, records[:, 0].astype(np.int64)


def _local_batches() -> dict[str, bytes]:
    """Contents of the batches below SCRATCHGAN_DATA, plain or .xz, by path."""
    folder = local_folder("cifar10")
    if folder is None:
        return {}
    # the plain file first: a batch that is there twice counts once
    found = [[folder / batch, folder / f"{batch}.xz"] for batch in BATCHES]
    paths = [next((p for p in pair if p.is_file()), None) for pair in found]
    return {str(path): _read_maybe_xz(path) for path in paths if path is not None}


def _read_maybe_xz(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix != ".xz":
        return content
    try:
        return lzma.decompress(content)
    except lzma.LZMAError as error:
        raise ValueError(f"{path}: damaged or truncated xz ({error})") from None


def _archived_batches(path: Path) -> dict[str, bytes]:
    """Contents of the five batches in the archive, read without extracting it."""
    contents = {}
    with tarfile.open(path) as archive:
        for batch in BATCHES:
            name = f"cifar-10-batches-bin/{batch}"
            member = archive.extractfile(name)
            assert member is not None  # the checksum says which archive this is
            contents[name] = member.read()
    return contents
