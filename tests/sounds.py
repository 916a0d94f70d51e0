"""Small WAV files and folders of them."""

import io
import wave
from pathlib import Path

import numpy as np


def wav(frames: bytes, width: int = 2, rate: int = 8000, channels: int = 1) -> bytes:
    """A WAV file around raw frames."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(frames)
    return buffer.getvalue()


def tones(folder: Path, count: int = 12, rate: int = 8000, length: int = 700) -> str:
    """A folder of short tones of different pitch; its path as text."""
    folder.mkdir()
    for i in range(count):
        t = np.arange(length + 10 * i) / rate
        steps = 20000 * np.sin(2 * np.pi * (200 + 50 * i) * t)
        (folder / f"{i:02}.wav").write_bytes(
            wav(steps.astype("<i2").tobytes(), 2, rate)
        )
    return str(folder)
