"""A folder of images as one array."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from scratchgan.types import Array

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
)
#: Pillow's modes of 8-bit images, and what they are read as.
MODES = {"1": "L", "L": "L", "LA": "L", "P": "RGB", "PA": "RGB", "RGB": "RGB",
         "RGBA": "RGB", "CMYK": "RGB", "YCbCr": "RGB"}  # fmt: skip


def read_folder(folder: Path) -> Array:
    """Images in `folder`, sorted by name, as uint8 ``(N, H, W, C)`` with C 1 or 3.

    Raises
    ------
    ValueError
        If there are none, one is damaged, or they differ in size or in depth.
    """
    paths = image_paths(folder)
    images = [read_image(path) for path in paths]
    for path, image in zip(paths, images, strict=True):
        if image.shape != images[0].shape:
            raise ValueError(
                f"{folder}: images differ: {paths[0].name} is "
                f"{_describe(images[0])}, {path.name} is {_describe(image)}"
            )
    return np.stack(images)


def image_paths(folder: Path) -> list[Path]:
    """Images in `folder`, sorted by name.

    Raises
    ------
    ValueError
        If there are none.
    """
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(
            f"{folder}: no images (looked for {' '.join(sorted(SUFFIXES))})"
        )
    return paths


def read_image(path: Path) -> Array:
    """One 8-bit image as uint8 ``(H, W, C)``: grey has C = 1, colour has 3.

    Raises
    ------
    ValueError
        If the file is no image, is damaged, or has more than 8 bits a channel.
    """
    return decode(path, str(path))


def decode(file: Any, name: str) -> Array:
    """The same from a path or an open file; `name` is for messages."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # what Pillow warns of, such as a palette's transparency, is dropped anyway
            warnings.simplefilter("ignore", UserWarning)
            with Image.open(file) as image:
                pixels = _pixels(image)
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,  # raised where warnings are errors
    ) as error:
        raise ValueError(f"{name}: not a readable image ({error})") from None
    return pixels.reshape(*pixels.shape[:2], -1)


def _pixels(image: Any) -> Array:
    if image.mode not in MODES:
        raise ValueError(f"expected 8 bits a channel, received {image.mode}")
    if _is_deep(image):
        raise ValueError(f"expected 8 bits a channel, received 16-bit {image.mode}")
    return np.asarray(image.convert(MODES[image.mode]))


def _is_deep(image: Any) -> bool:
    """Whether the file has more bits a channel than the image Pillow makes of it.

    Pillow's 8-bit modes hide 16-bit colour. Its decoder's arguments do not: raw modes
    such as ``RGB;16B``, or for PPM the largest value.
    """
    for codec, _, _, arguments in image.tile:
        if ";16" in str(arguments):
            return True
        if codec in ("ppm", "ppm_plain") and arguments[1] > 255:
            return True
    return False


def _describe(image: Array) -> str:
    height, width, channels = image.shape
    return f"{width}×{height} {'grey' if channels == 1 else 'colour'}"
