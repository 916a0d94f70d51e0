"""Checkpoints: one safetensors file each, whole or not there at all.

A file is written beside its place under a temporary name, flushed to the disk and then
renamed, so that a kill at any moment leaves the old files and at most one stray
temporary. Its metadata hold a digest of everything in it; a file that was damaged later
is recognised and passed over. Nothing is pickled.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from scratchgan.types import Array

#: Raised when the layout of a checkpoint changes.
FORMAT = 1
KEEP = 3
#: The one key of a file's metadata. (safetensors writes several in random order, and
#: equal checkpoints should be equal files.)
HEADER = "scratchgan"
_NAME = re.compile(r"step-(\d{8})\.safetensors")


class CheckpointError(ValueError):
    """A checkpoint that cannot be used: damaged, or of another run."""


class Checkpoint(NamedTuple):
    """What a file holds."""

    path: Path
    arrays: dict[str, Array]
    identity: dict[str, str]  #: recipe, data and seed of the run that wrote it


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step: the old file or the new one, never half.

    Raises
    ------
    OSError
        If it cannot be written; the temporary file is removed and `path` is as before.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
    _sync_folder(path.parent)


def save_checkpoint(
    folder: Path,
    step: int,
    arrays: dict[str, Array],
    identity: dict[str, str],
    every: int = 1,
) -> Path:
    """Write a checkpoint, then remove all but the newest `KEEP`.

    An older one whose step is no multiple of `every` is removed too: it was left by a
    stop, and a run that was not stopped would not have it.
    """
    from safetensors.numpy import save as to_bytes

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{step:08d}.safetensors"
    header = identity | {"format": str(FORMAT)}
    header["digest"] = _digest(arrays, header)
    whole = {name: np.asarray(a, order="C") for name, a in arrays.items()}
    write_atomically(path, to_bytes(whole, {HEADER: json.dumps(header)}))
    older = [old for old in list_checkpoints(folder) if old != path]
    regular = [old for old in older if checkpoint_step(old) % every == 0]
    for old in set(older) - set(regular[-KEEP + 1 :]):
        old.unlink()
    return path


def list_checkpoints(folder: Path) -> list[Path]:
    """Checkpoints in `folder`, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def checkpoint_step(path: Path) -> int:
    """The step in a checkpoint's name."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise CheckpointError(f"{path}: expected a name like step-00000100.safetensors")
    return int(match[1])


def load_checkpoint(path: Path) -> Checkpoint:
    """Read one file.

    Raises
    ------
    CheckpointError
        If it is damaged, or written in another format.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            header = json.loads((file.metadata() or {}).get(HEADER, "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path}: not a readable checkpoint ({error})") from None
    digest = header.pop("digest", None)
    if header.get("format") != str(FORMAT):
        raise CheckpointError(
            f"{path}: expected checkpoint format {FORMAT}, "
            f"received {header.get('format', 'none')}"
        )
    if digest != _digest(arrays, header):
        raise CheckpointError(f"{path}: its content does not match its digest")
    del header["format"]
    return Checkpoint(path, arrays, header)


def newest_checkpoint(folder: Path) -> tuple[Checkpoint | None, list[CheckpointError]]:
    """The newest whole checkpoint in `folder`, and what was wrong with newer ones."""
    errors: list[CheckpointError] = []
    for path in reversed(list_checkpoints(folder)):
        try:
            return load_checkpoint(path), errors
        except CheckpointError as error:
            errors.append(error)
    return None, errors


def _digest(arrays: dict[str, Array], header: dict[str, str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps(header, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.asarray(array, order="C").tobytes())
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename itself survive a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
