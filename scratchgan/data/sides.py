"""Where the two sets of a translation come from: ``"A,B"``, or one source of both.

A and B are names of data sets, or paths of files and folders of images. One source of
both is a folder or a zip with the subfolders trainA and trainB, testA and testB, as the
CycleGAN authors' sets are packed; ``horse2zebra`` is such a one below SCRATCHGAN_DATA.

Images are fitted to a square by Pillow's bicubic filter, whatever their proportions, as
in the authors' code; grey ones become colour where the other set is in colour. A margin
that only one set has can be cut off before that.
"""

import io
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from scratchgan.data.emoji import EMOJI, read_emoji
from scratchgan.data.fetch import VARIABLE, local_folder
from scratchgan.data.files import read_path
from scratchgan.data.images import SUFFIXES, decode, image_paths, read_image
from scratchgan.data.named import READERS, read_mnist_test
from scratchgan.data.unaligned import Unaligned
from scratchgan.data.usps import TEST, read_usps
from scratchgan.types import Array

Part = Literal["train", "test"]

#: Held-out parts of named sets.
TESTS: dict[str, Callable[[], Any]] = {
    "mnist": read_mnist_test,
    "usps": lambda: read_usps(TEST),
    **{name: partial(read_emoji, name[6:], test=True) for name in EMOJI},
}
#: Names of sets that hold both sides.
BOTH = ("horse2zebra",)


class Side(NamedTuple):
    """Images of one set, and labels where they are known."""

    images: Array  #: uint8 (N, S, S, C)
    labels: Array | None


def read_unaligned(
    source: str,
    size: int,
    load_size: int,
    flip: bool,
    margins: tuple[int, int] = (0, 0),
) -> Unaligned:
    """Training images of both sets, fitted to `load_size` and cut to `size`.

    `margins` are those that A's and B's images lose first (`read_side`).

    Raises
    ------
    ValueError, TypeError, OSError
        If they cannot be read; one line that says why.
    """
    if load_size < size:
        raise ValueError(
            f"load_size: expected at least size = {size}, received {load_size}"
        )
    a, b = (
        read_side(source, side, "train", load_size, margins[side]).images
        for side in (0, 1)
    )
    channels = max(a.shape[3], b.shape[3])
    return Unaligned(source, coloured(a, channels), coloured(b, channels), size, flip)


def read_side(source: str, side: int, part: Part, size: int, margin: int = 0) -> Side:
    """One set's training or held-out images, fitted to `size`.

    Parameters
    ----------
    source : str
        Of both sets.
    side : int
        0 for A, 1 for B.
    part : {"train", "test"}
        Which images.
    size : int
        Height and width that they are fitted to.
    margin : int
        Pixels that every side of an image loses before.
    """
    names = sides_of(source)
    if len(names) == 1:
        folder = f"{part}{'AB'[side]}"
        return Side(read_packed(Path(names[0]), folder, size, margin), None)
    return read_set(names[side], part, size, margin)


def read_set(name: str, part: Part, size: int, margin: int = 0) -> Side:
    """The set called `name`, or at that path, fitted to `size`."""
    if name in READERS:
        readers = READERS if part == "train" else TESTS
        if name not in readers:
            raise ValueError(f"data: {name}: no held-out images are known")
        samples, labels = readers[name]()
        return Side(fit_all(samples, size, margin), labels)
    if part == "test":
        raise ValueError(
            f"data: {name}: no held-out images are known (names that have some: "
            f"{', '.join(TESTS)}; or a folder with testA and testB)"
        )
    path = Path(name)
    if path.is_dir():
        return Side(np.concatenate(_alike(_folder(path, size, margin))), None)
    if not path.exists() and path.name == name:
        raise ValueError(
            f"data: unknown name {name!r} (known: {', '.join(READERS)}; or a path)"
        )
    samples = read_path(path)
    if samples.dtype != np.uint8 or samples.ndim != 4:
        raise TypeError(
            f"{path}: expected 8-bit images, received {samples.dtype} {samples.shape}"
        )
    return Side(fit_all(samples, size, margin), None)


def sides_of(source: str) -> tuple[str, ...]:
    """The names or paths of A and B, or the path of what holds both.

    Raises
    ------
    ValueError
        If `source` is neither.
    """
    if source in BOTH:
        return (str(_packed_below(source)),)
    if Path(source).exists() and (
        _is_zip(source) or (Path(source) / "trainA").is_dir()
    ):
        return (source,)
    names = source.split(",")
    if len(names) != 2 or not all(names):
        raise ValueError(
            "data: expected two sets with a comma between them (A,B), or a folder or "
            f"zip with trainA and trainB, received {source!r}"
        )
    return tuple(names)


def read_packed(path: Path, folder: str, size: int, margin: int = 0) -> Array:
    """Images of one subfolder of a folder or zip, fitted to `size`."""
    if path.is_dir():
        if not (path / folder).is_dir():
            raise FileNotFoundError(f"data: {path / folder}: no such folder")
        images = _folder(path / folder, size, margin)
    else:
        images = _zipped(path, folder, size, margin)
    return np.concatenate(_alike(images))


def fit_all(images: Array, size: int, margin: int = 0) -> Array:
    """Images (N, H, W, C) as (N, size, size, C)."""
    if not margin and images.shape[1:3] == (size, size):
        return images
    return np.concatenate([fit(image, size, margin) for image in images])


def fit(image: Array, size: int, margin: int = 0) -> Array:
    """One uint8 image (H, W, C), as a batch of one: (1, size, size, C)."""
    from PIL import Image

    height, width, _ = image.shape
    if 2 * margin >= min(height, width):
        raise ValueError(
            f"margin: expected less than half of {min(height, width)} pixels, "
            f"received {margin}"
        )
    image = np.ascontiguousarray(
        image[margin : height - margin, margin : width - margin]
    )
    if image.shape[:2] != (size, size):
        drawn = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        image = np.asarray(drawn.resize((size, size), Image.Resampling.BICUBIC))
    return image.reshape(1, size, size, -1)


def coloured(images: Array, channels: int) -> Array:
    """Grey images repeated to `channels`; colour stays."""
    return images.repeat(channels // images.shape[-1], axis=-1)


def _folder(folder: Path, size: int, margin: int) -> list[Array]:
    return [fit(read_image(path), size, margin) for path in image_paths(folder)]


def _zipped(path: Path, folder: str, size: int, margin: int) -> list[Array]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(
                name
                for name in archive.namelist()
                if Path(name).parent.name == folder
                and Path(name).suffix.lower() in SUFFIXES
            )
            images = [
                fit(decode(io.BytesIO(archive.read(n)), f"{path}: {n}"), size, margin)
                for n in names
            ]
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: not a readable zip ({error})") from None
    if not images:
        raise ValueError(f"{path}: no images in a folder called {folder}")
    return images


def _alike(images: list[Array]) -> list[Array]:
    """Grey ones in colour where any is."""
    channels = max(image.shape[-1] for image in images)
    return [coloured(image, channels) for image in images]


def _is_zip(source: str) -> bool:
    return Path(source).is_file() and Path(source).suffix.lower() == ".zip"


def _packed_below(name: str) -> Path:
    """The folder or zip with both sets in the local folder of `name`."""
    folder = local_folder(name)
    if folder is not None:
        for path in (folder, *sorted(folder.glob("*.zip"))):
            if path.is_file() or (path / "trainA").is_dir():
                return path
    raise FileNotFoundError(
        f"data: {name}: expected a folder with trainA and trainB, or a zip of it, in "
        f"${VARIABLE}/{name}; it is not downloaded"
    )
