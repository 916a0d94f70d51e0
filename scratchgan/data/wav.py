"""WAV files of integer PCM with one channel: bytes to numbers in [−1, 1], and back.

Samples of b bits become x / 2^(b − 1); those of 8 bits are unsigned in the file, around
128. The standard library's `wave` reads the headers.
"""

import io
import wave
from typing import NamedTuple

import numpy as np

from scratchgan.types import Array

#: Bytes a sample that are read.
WIDTHS = (1, 2, 3, 4)


class Sound(NamedTuple):
    """One recording."""

    samples: Array  #: float32 (L,) in [−1, 1]
    rate: int  #: samples a second, Hz


def parse_wav(content: bytes, name: str) -> Sound:
    """The recording in the bytes of a WAV file; `name` is for messages.

    Raises
    ------
    ValueError
        If it is no WAV of integer PCM, is cut short or empty, or has several channels.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            found, promised = file.getparams(), file.getnframes()
            frames = file.readframes(promised)
    except (wave.Error, EOFError) as error:
        reason = str(error) or "it ends within the header"
        raise ValueError(f"{name}: not a WAV file of integer PCM ({reason})") from None
    if found.nchannels != 1:
        raise ValueError(f"{name}: expected one channel, received {found.nchannels}")
    if found.sampwidth not in WIDTHS:
        raise ValueError(
            f"{name}: expected samples of 8, 16, 24 or 32 bits, "
            f"received {8 * found.sampwidth}"
        )
    if len(frames) != promised * found.sampwidth:
        raise ValueError(
            f"{name}: truncated: expected {promised} samples, "
            f"received {len(frames) // found.sampwidth}"
        )
    if not frames:
        raise ValueError(f"{name}: no samples")
    return Sound(_numbers(frames, found.sampwidth), found.framerate)


def wav_bytes(samples: Array, rate: int) -> bytes:
    """A WAV file of 16 bits from samples (L,); those beyond ±1 are clipped."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        steps = np.clip(np.round(samples.astype(float) * 2**15), -(2**15), 2**15 - 1)
        file.writeframes(steps.astype("<i2").tobytes())
    return buffer.getvalue()


def _numbers(frames: bytes, width: int) -> Array:
    """Little-endian integers of `width` bytes as float32 in [−1, 1]."""
    if width == 1:
        values = np.frombuffer(frames, np.uint8).astype(float) - 128
    elif width == 3:
        parts = np.frombuffer(frames, np.uint8).reshape(-1, 3)
        padded = np.zeros((len(parts), 4), np.uint8)
        padded[:, 1:] = parts  # at the top of 32 bits, where the sign is
        values = padded.view("<i4")[:, 0] / 2.0**8
    else:
        values = np.frombuffer(frames, f"<i{width}").astype(float)
    return (values / 2.0 ** (8 * width - 1)).astype(np.float32)
