"""Real samples: by name, by path, or generated (see `load`)."""

import difflib
import os
from pathlib import Path

from scratchgan.data.dataset import ArrayDataset, Dataset, GeneratedDataset, Labelled
from scratchgan.data.dequantized import Dequantized
from scratchgan.data.files import read_path
from scratchgan.data.generated import (
    GRID_CENTRES,
    GRID_STD,
    MIXTURES,
    RING_CENTRES,
    RING_STD,
    SETS,
    grid,
    ring,
    swissroll,
)
from scratchgan.data.labelled import LabelledDataset
from scratchgan.data.named import READERS
from scratchgan.data.recordings import NAMES as RECORDINGS
from scratchgan.data.sides import BOTH
from scratchgan.data.stacked import STACKED, StackedDigits, stacked_digits
from scratchgan.data.text import TEXTS, TextDataset, load_text, one_hot
from scratchgan.data.waves import Waves

NAMES = (*READERS, *SETS, *STACKED)
#: Sounds, texts and other data that recipes read in ways of their own.
OTHER_NAMES: tuple[str, ...] = (*TEXTS, "moving-mnist", *RECORDINGS, *BOTH)
#: What a source must end in to be taken for a path that does not exist.
_PATH_SUFFIXES = (".npy", ".npz", ".gz", "ubyte")


def load(source: str, *, value_range: tuple[float, float] = (0.0, 1.0)) -> Dataset:
    """A data set by name or by path.

    Parameters
    ----------
    source : str
        ``digits`` (embedded), ``mnist``, ``fashion-mnist``, ``cifar10`` (read below the
        folder in the environment variable SCRATCHGAN_DATA, or downloaded and cached),
        ``usps``, ``emoji-twitter``, ``emoji-google``, ``orl-faces`` (read there alone),
        ``ring``, ``grid``, ``swissroll``, ``stacked-mnist`` (generated); or the path of
        an IDX file, a .npy, a .npz or a folder of images.
    value_range : (float, float)
        What pixel values 0 and 255 become. Floats are taken as they are.

    Raises
    ------
    ValueError, TypeError, OSError
        If there is no such data, or it cannot be used; one line that says why.
    """
    if source in SETS:
        return SETS[source]
    if source in STACKED:
        return stacked_digits(source, value_range)
    return load_array(source, value_range)


def load_array(
    source: str, value_range: tuple[float, float] = (0.0, 1.0)
) -> ArrayDataset:
    """A data set that is held in memory, and may have labels; see `load`."""
    if source in SETS or source in STACKED:
        raise ValueError(
            f"data: expected samples held in memory, {source} is generated"
        )
    if source in READERS:
        samples, labels = READERS[source]()
        return ArrayDataset(source, samples, value_range, labels)
    if _looks_like_path(source):
        return ArrayDataset(source, read_path(Path(source)), value_range)
    close = difflib.get_close_matches(source, NAMES, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(
        f"data: unknown name {source!r}{hint} (known: {', '.join(NAMES)}; or a path)"
    )


def absolute(source: str) -> str:
    """`source` with every path in it made absolute; names are left as they are.

    Two sources stand with a comma between them.
    """
    parts = [source] if os.path.exists(source) else source.split(",")
    return ",".join(
        os.path.realpath(part)
        if part and part not in (*NAMES, *OTHER_NAMES) and os.path.exists(part)
        else part
        for part in parts
    )


def _looks_like_path(source: str) -> bool:
    return (
        os.sep in source
        or os.path.exists(source)
        or source.lower().endswith(_PATH_SUFFIXES)
    )


__all__ = [
    "GRID_CENTRES",
    "GRID_STD",
    "MIXTURES",
    "NAMES",
    "OTHER_NAMES",
    "RING_CENTRES",
    "RING_STD",
    "STACKED",
    "ArrayDataset",
    "Dataset",
    "Dequantized",
    "GeneratedDataset",
    "Labelled",
    "LabelledDataset",
    "StackedDigits",
    "TextDataset",
    "Waves",
    "absolute",
    "grid",
    "load",
    "load_array",
    "load_text",
    "one_hot",
    "ring",
    "stacked_digits",
    "swissroll",
]
