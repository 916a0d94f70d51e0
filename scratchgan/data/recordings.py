"""Where recordings come from: a named set, or a folder of WAV files.

``fsdd`` is the Free Spoken Digit Dataset (Jakobovski, CC BY-SA 4.0): 3,000
recordings at 8 kHz called ``{digit}_{speaker}_{number}.wav``. ``sc09`` is the digits
zero to nine of Speech Commands (Warden 2018) at 16 kHz, on which WaveGAN was published.
Both are read below the folder in the environment variable SCRATCHGAN_DATA: WAV files in
``fsdd/`` or ``sc09/``, in folders in it, or in a .zip.

What is not trained on: numbers 0 to 4 of each digit and speaker where all names are
FSDD's, as its authors split it; what lies below a folder called ``test`` where there is
one; otherwise every tenth recording in the order of names.
"""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from scratchgan.data.fetch import VARIABLE, local_folder
from scratchgan.data.resample import resample
from scratchgan.data.wav import parse_wav
from scratchgan.data.waves import Waves
from scratchgan.types import Array

NAMES = ("fsdd", "sc09")
#: digit, speaker, number
FSDD = re.compile(r"(?:^|/)(\d)_([a-z]+)_(\d+)\.wav$")
FSDD_TEST, TENTH = 5, 10
DIGITS = "0123456789"


@dataclass(frozen=True)
class Format:
    """What recordings are made into.

    Parameters
    ----------
    length : int
        Of a sample.
    rate : int
        Samples a second, Hz.
    resampled : bool
        Whether recordings of other rates are brought to it, or refused.
    normalized : bool
        Whether each recording is scaled so that its largest magnitude is one.
    placement : {"start", "random"}
        See `Waves`.
    """

    length: int
    rate: int
    resampled: bool = False
    normalized: bool = False
    placement: str = "start"


def read_waves(
    source: str, form: Format, chosen: Callable[[str], bool] = lambda name: True
) -> Waves:
    """Recordings by name or by path, those whose file names are `chosen`.

    Raises
    ------
    OSError
        If there is no such folder or set.
    ValueError
        If there are too few recordings, or one cannot be used.
    """
    place = _place(source)
    contents = _zipped(place) if place.is_file() else _in_folder(place)
    names = [name for name in sorted(contents) if chosen(name)]
    if not contents:
        raise ValueError(f"{place}: no .wav files")
    if not names:
        raise ValueError(
            f"{place}: none of its {len(contents)} recordings has the digits and "
            "speakers asked for in its name"
        )
    back = held_out(names)
    trained = [name for name in names if name not in back]
    if not back or not trained:
        raise ValueError(
            f"{place}: expected at least two recordings, one to train on and one to "
            f"hold out, received {len(trained)} and {len(back)}"
        )
    waves = {n: _wave(contents[n](), f"{place}/{n}", form) for n in names}
    return Waves(
        source,
        tuple(waves[n] for n in trained),
        tuple(waves[n] for n in names if n in back),
        form.length,
        form.placement,
    )


def spoken_digits(digits: str, speakers: str) -> Callable[[str], bool]:
    """Whether a file name of FSDD is one of `digits` by one of `speakers`.

    Parameters
    ----------
    digits : str
        Such as ``"07"``; all of them choose everything, whatever it is called.
    speakers : str
        With commas between; empty for all.

    Raises
    ------
    ValueError
        If `digits` are no digits.
    """
    if not digits or not set(digits) <= set(DIGITS):
        raise ValueError(f"digits: expected some of {DIGITS}, received {digits!r}")
    names = [name.strip() for name in speakers.split(",") if name.strip()]
    if set(digits) == set(DIGITS) and not names:
        return lambda name: True

    def chosen(name: str) -> bool:
        found = FSDD.search(name)
        return (
            found is not None
            and found[1] in digits
            and (not names or found[2] in names)
        )

    return chosen


def held_out(names: list[str]) -> set[str]:
    """Which of these files, sorted by name, are not trained on."""
    digits = [found for name in names if (found := FSDD.search(name))]
    if len(digits) == len(names):
        return {found.string for found in digits if int(found[3]) < FSDD_TEST}
    tests = {name for name in names if "test" in PurePosixPath(name).parts[:-1]}
    return tests or set(names[::TENTH])


def _place(source: str) -> Path:
    """The folder or .zip that `source` names."""
    if source in NAMES:
        folder = local_folder(source)
        if folder is None:
            raise FileNotFoundError(
                f"data: {source}: expected its recordings in ${VARIABLE}/{source}, "
                f"as .wav files or a .zip of them; {VARIABLE} is unset or has no such "
                "folder"
            )
        return next(iter(sorted(folder.glob("*.zip"))), folder)
    path = Path(source)
    if not path.exists():
        raise FileNotFoundError(
            f"data: {source or repr(source)}: no such folder (known names: "
            f"{', '.join(NAMES)})"
        )
    if not path.is_dir() and path.suffix != ".zip":
        raise ValueError(f"{source}: expected a folder of .wav files, received a file")
    return path


def _in_folder(folder: Path) -> dict[str, Callable[[], bytes]]:
    """Readers of the WAV files below `folder`, by their paths in it."""
    files = (p for p in folder.rglob("*") if _is_wav(p.name) and p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes for p in files}


def _zipped(path: Path) -> dict[str, Callable[[], bytes]]:
    """Readers of the WAV files in the archive `path`, by their names in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if _is_wav(name)]
            contents = [archive.read(name) for name in names]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{path}: not a readable .zip ({error})") from None
    return {n: partial(bytes, c) for n, c in zip(names, contents, strict=True)}


def _is_wav(name: str) -> bool:
    file = PurePosixPath(name).name
    return file.lower().endswith(".wav") and not file.startswith(".")


def _wave(content: bytes, name: str, form: Format) -> Array:
    samples, rate = parse_wav(content, name)
    if rate != form.rate and not form.resampled:
        raise ValueError(
            f"expected {form.rate} Hz, received {rate} Hz in {name}; "
            "resample=true converts it"
        )
    samples = np.clip(resample(samples, rate, form.rate), -1, 1)
    largest = np.abs(samples).max()
    return samples / largest if form.normalized and largest > 0 else samples
