"""Files of named sets: found in ``SCRATCHGAN_DATA``, or downloaded and kept.

Downloads are verified and cached in the user's cache folder, so each is made once.
"""

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "SCRATCHGAN_DATA"


@dataclass(frozen=True)
class Source:
    """Where a file is downloaded from.

    Parameters
    ----------
    base : str
        URL, ending in a slash.
    file : str
        The file's name.
    checksum : str
        ``"algorithm:hexdigest"``.
    """

    base: str
    file: str
    checksum: str


def local_folder(name: str) -> Path | None:
    """The folder of the set called `name` in SCRATCHGAN_DATA, if there is one."""
    root = os.environ.get(VARIABLE)
    folder = Path(root) / name if root else None
    return folder if folder is not None and folder.is_dir() else None


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
