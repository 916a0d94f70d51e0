"""Videos from a .npy file, of which a batch holds clips.

The order of the first two axes is told by their lengths: a collection has more videos
than a video has frames. So (N, T, H, W) and (T, N, H, W) are both read; the latter is
how Moving-MNIST's test set is distributed, (20, 10000, 64, 64).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scratchgan.data.dataset import ArrayDataset
from scratchgan.data.files import read_npy
from scratchgan.rng import Stream
from scratchgan.types import Array, Shape


@dataclass(frozen=True, eq=False)
class Clips:
    """So many frames of every video, from a place of its own.

    Parameters
    ----------
    videos : ArrayDataset
        (N, T, H, W, C), drawn in epochs.
    frames : int
        Length of a clip, at most T.
    """

    videos: ArrayDataset
    frames: int

    def __len__(self) -> int:
        return len(self.videos)

    @property
    def name(self) -> str:
        """As asked for."""
        return self.videos.name

    @property
    def shape(self) -> Shape:
        """Of one clip."""
        return (self.frames, *self.videos.shape[1:])

    @property
    def digest(self) -> str:
        """That of the whole videos."""
        return self.videos.digest

    def batch(self, seed: int, index: int, size: int) -> Array:
        """Batch number `index` of a run with `seed`, float32 ``(size, *shape)``."""
        whole = self.videos.batch(seed, index, size)
        starts = whole.shape[1] - self.frames + 1
        start = Stream(seed, "data/clips").integers(index, starts, (size, 1))
        return whole[np.arange(size)[:, None], start + np.arange(self.frames)]


def read_videos(source: str, frames: int, value_range: tuple[float, float]) -> Clips:
    """Videos of the .npy at `source`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError
        If its numbers are neither bytes nor floating point.
    ValueError
        If it has another number of axes or colours, too few frames, or is damaged;
        videos of different lengths are no array.
    """
    path = Path(source)
    if path.suffix.lower() != ".npy":
        raise ValueError(
            f"data: expected moving-mnist or a .npy of videos, received {source!r}"
        )
    videos = as_videos(read_npy(path), source)
    if videos.shape[1] < frames:
        raise ValueError(
            f"{source}: expected videos of at least {frames} frames, received "
            f"{len(videos)} of {videos.shape[1]}"
        )
    return Clips(ArrayDataset(source, videos, value_range), frames)


def as_videos(array: Array, name: str) -> Array:
    """`array` as (N, T, H, W, C), uint8 or float32; see `read_videos`."""
    if array.dtype != np.uint8 and array.dtype.kind != "f":
        raise TypeError(f"{name}: expected uint8 or floats, received {array.dtype}")
    if array.ndim not in (4, 5) or 0 in array.shape:
        raise ValueError(
            f"{name}: expected videos (N, T, H, W), (T, N, H, W) or (N, T, H, W, C), "
            f"received {array.shape}"
        )
    if array.ndim == 4:
        array = array[..., None]
    if array.shape[-1] not in (1, 3):
        raise ValueError(
            f"{name}: expected 1 or 3 channels on the last axis, received {array.shape}"
        )
    if array.shape[0] < array.shape[1]:
        array = array.swapaxes(0, 1)
    if array.dtype == np.uint8:
        return array
    # a number that float32 cannot hold becomes infinity, which the data set refuses
    with np.errstate(over="ignore"):
        return array.astype(np.float32)
