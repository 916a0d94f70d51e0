"""The ORL faces: 400 grey photographs of 40 people, 92 × 112 pixels.

Samaria and Harter 1994; free with credit to the Olivetti Research Laboratory. A zip of
PGM images, ``orl_faces/s1/1.pgm`` to ``orl_faces/s40/10.pgm``; the labels are the
people's numbers, from 0.
"""

import re
import zipfile
from pathlib import Path

import numpy as np

from scratchgan.data.dataset import Labelled
from scratchgan.data.fetch import VARIABLE, local_folder
from scratchgan.types import Array

FOLDER, ARCHIVE = "orl_faces", "orl_faces.zip"
MEMBER = re.compile(r"s(\d+)/(\d+)\.pgm$")
HEADER = re.compile(rb"P5\s+(\d+)\s+(\d+)\s+255\s")


def read_orl_faces() -> Labelled:
    """The 400 faces, person by person; uint8 (400, 112, 92, 1).

    Raises
    ------
    OSError
        If the archive is not below SCRATCHGAN_DATA.
    ValueError
        If it is damaged.
    """
    folder = local_folder(FOLDER)
    path = None if folder is None else folder / ARCHIVE
    if path is None or not path.is_file():
        raise FileNotFoundError(
            f"data: orl-faces: expected {ARCHIVE} in ${VARIABLE}/{FOLDER}, "
            f"found none (a zip of s1/1.pgm to s40/10.pgm)"
        )
    return read_archive(path)


def read_archive(path: Path) -> Labelled:
    """Faces and people's numbers in a zip of PGM images of one size.

    Raises
    ------
    ValueError
        If it is no zip, or holds no such images, damaged ones or several sizes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = [(MEMBER.search(name), name) for name in archive.namelist()]
            places = {
                (int(m[1]), int(m[2])): name for m, name in found if m is not None
            }
            faces = [
                parse_pgm(archive.read(places[at]), f"{path}: {places[at]}")
                for at in sorted(places)
            ]
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path}: damaged or no zip ({error})") from None
    if len({face.shape for face in faces}) != 1:
        raise ValueError(
            f"{path}: expected images s1/1.pgm, … of one size, received "
            f"{len(faces)} of the sizes {sorted({face.shape for face in faces})}"
        )
    people = np.array([person - 1 for person, _ in sorted(places)])
    return Labelled(np.stack(faces)[..., None], people)


def parse_pgm(content: bytes, name: str) -> Array:
    """The uint8 array (H, W) in the bytes of a binary PGM of 8 bits a pixel."""
    header = HEADER.match(content)
    if header is None:
        raise ValueError(
            f"{name}: expected a PGM of 8 bits (P5, 255), received {content[:12]!r}"
        )
    width, height = int(header[1]), int(header[2])
    pixels = content[header.end() :]
    if len(pixels) != width * height:
        raise ValueError(
            f"{name}: expected {width * height} pixels, received {len(pixels)}"
        )
    return np.frombuffer(pixels, np.uint8).reshape(height, width)
