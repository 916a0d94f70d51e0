"""Files that may be gzipped, read whole."""

import gzip
import zlib
from pathlib import Path

MAGIC = b"\x1f\x8b"


def read_maybe_gzipped(path: Path) -> bytes:
    """The content of `path`, unpacked if it is gzip, whatever its name.

    Raises
    ------
    ValueError
        If it is gzip and damaged or cut short.
    """
    content = path.read_bytes()
    if not content.startswith(MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path}: damaged or truncated gzip ({error})") from None
