"""USPS: zip-code digits of 16 × 16, training and test (Hastie et al., ESL).

Text, one digit a line: the label, then 256 numbers from −1 (paper) to 1 (ink), here
rounded to the nearest of 256 grey levels. The set states no licence and is not
downloaded: it is read below SCRATCHGAN_DATA.
"""

import gzip
import zlib
from pathlib import Path

import numpy as np

from scratchgan.data.dataset import Labelled
from scratchgan.data.fetch import VARIABLE, local_folder

SIDE = 16
TRAINING, TEST = "zip.train.gz", "zip.test.gz"


def read_usps(file: str = TRAINING) -> Labelled:
    """The 7,291 training digits, or the 2,007 of `TEST`; uint8 (N, 16, 16, 1).

    Raises
    ------
    OSError
        If the set is in no local folder.
    ValueError
        If the file is damaged.
    """
    folder = local_folder("usps")
    if folder is None or not (folder / file).is_file():
        raise FileNotFoundError(
            f"data: usps: expected {file} in ${VARIABLE}/usps; it is not downloaded"
        )
    return parse_usps(folder / file)


def parse_usps(path: Path) -> Labelled:
    """Images and labels of one file."""
    try:
        text = gzip.decompress(path.read_bytes()).decode("ascii")
        numbers = [[float(word) for word in line.split()] for line in text.splitlines()]
        rows = np.array(numbers)
    except (ValueError, EOFError, zlib.error, OSError) as error:
        raise ValueError(f"{path}: not readable as USPS digits ({error})") from None
    if rows.ndim != 2 or rows.shape[1] != 1 + SIDE**2:
        raise ValueError(
            f"{path}: expected lines of {1 + SIDE**2} numbers, received an array of "
            f"shape {rows.shape}"
        )
    labels, pixels = rows[:, 0].astype(np.int64), rows[:, 1:]
    # NaN would fail this comparison too
    if not (np.abs(pixels) <= 1).all() or not (labels == rows[:, 0]).all():
        raise ValueError(f"{path}: expected whole labels, and pixels from -1 to 1")
    grey = ((pixels + 1) * 127.5).round().astype(np.uint8)
    return Labelled(grey.reshape(-1, SIDE, SIDE, 1), labels)
