"""Data by path: an IDX file, .npy, .npz, or a folder of images."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from scratchgan.data.idx import read_idx
from scratchgan.data.images import read_folder
from scratchgan.types import Array

#: Arrays in an .npz that are taken without asking, in this order.
PREFERRED = ("images", "x")


def read_path(path: Path) -> Array:
    """Samples at `path`: uint8 ``(N, H, W, C)``, or float32 ``(N, …)``.

    Raises
    ------
    FileNotFoundError
        If there is nothing.
    ValueError, TypeError
        If what is there is empty, damaged, or holds something else.
    """
    if path.is_dir():
        return read_folder(path)
    _require_content(path)
    readers = {".npy": read_npy, ".npz": _read_npz}
    return as_samples(readers.get(path.suffix.lower(), read_idx)(path), str(path))


def as_samples(array: Array, name: str) -> Array:
    """`array` with a channel axis for grey images, as uint8 or float32.

    Raises
    ------
    TypeError
        If its numbers are neither bytes nor floating point.
    ValueError
        If it has no samples, or another number of axes.
    """
    if array.dtype != np.uint8 and array.dtype.kind != "f":
        raise TypeError(f"{name}: expected uint8 or floats, received {array.dtype}")
    axes = (3, 4) if array.dtype == np.uint8 else (2, 3, 4)
    if array.ndim not in axes or 0 in array.shape:
        raise ValueError(
            f"{name}: expected samples (N, H, W) or (N, H, W, C), or floats (N, D), "
            f"received {array.shape}"
        )
    if array.ndim == 3:
        array = array[..., None]
    if array.dtype == np.uint8:
        return array
    # a number that float32 cannot hold becomes infinity, which the data set refuses
    with np.errstate(over="ignore"):
        return array.astype(np.float32)


def read_npy(path: Path) -> Array:
    """The array in a .npy, as it is.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is empty or damaged, or holds Python objects.
    """
    _require_content(path)
    with open(path, "rb") as file:
        return _array(path, lambda: np.load(file, allow_pickle=False))


def _require_content(path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"data: {path}: no such file or folder")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty")


def _read_npz(path: Path) -> Array:
    # opened here, since np.load leaves a file open when it is no archive
    with open(path, "rb") as file:
        archive = _guarded(path, lambda: np.load(file, allow_pickle=False))
        if isinstance(archive, np.ndarray):
            raise ValueError(f"{path}: not a readable array (no zip archive)")
        names = list(archive.files)
        name = next((n for n in PREFERRED if n in names), None)
        if name is None and len(names) != 1:
            raise ValueError(
                f"{path}: expected one array, or one called "
                f"{' or '.join(PREFERRED)}, received {', '.join(names) or 'none'}"
            )
        return _array(path, lambda: archive[name or names[0]])


def _array(path: Path, read: Callable[[], Any]) -> Array:
    # a .npy that is an archive, or a member that is no .npy, is read as something else
    array = _guarded(path, read)
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path}: not a readable array (it holds something else)")
    return array


def _guarded(path: Path, read: Callable[[], Any]) -> Any:
    """What `read` gives, or its error as one line that names the file."""
    try:
        with warnings.catch_warnings():
            # headers that Python 2 wrote are read all the same
            warnings.simplefilter("ignore", UserWarning)
            return read()
    # damage surfaces as whatever NumPy's parsers meet: zipfile's, zlib's and tokenize's
    # errors, an overflow, a NotImplementedError, memory for a size that is a lie
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path}: not a readable array ({reason})") from None
