"""Recordings of any length as samples of one length.

A shorter recording is padded with zeros, a longer one is cropped. Where it is put is a
function of (seed, index), like the batch itself:

    fits        x[at : at + n] = wave        at = 0, or uniform on 0 … length − n
    too long    x = wave[at : at + length]   at uniform on 0 … n − length

Some recordings are never trained on, so that a generator can be measured against sounds
that neither player has met.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from scratchgan.data.dataset import epoch_indices
from scratchgan.rng import Stream
from scratchgan.types import Array, Shape

PLACEMENTS = ("start", "random")


@dataclass(frozen=True, eq=False)
class Waves:
    """Sounds (length, 1), drawn in epochs.

    Parameters
    ----------
    name : str
        As asked for.
    recordings : tuple of Array
        What is trained on: float32, each (n,), in [−1, 1].
    kept_back : tuple of Array
        What is not.
    length : int
        Of every sample.
    placement : {"start", "random"}
        Where a recording shorter than `length` begins.
    """

    name: str
    recordings: tuple[Array, ...]
    kept_back: tuple[Array, ...]
    length: int
    placement: str = "start"

    def __post_init__(self) -> None:
        if self.placement not in PLACEMENTS:
            raise ValueError(
                f"placement: expected one of {', '.join(PLACEMENTS)}, "
                f"received {self.placement!r}"
            )

    def __len__(self) -> int:
        return len(self.recordings)

    @property
    def shape(self) -> Shape:
        """Shape of one sample."""
        return (self.length, 1)

    @property
    def digest(self) -> str:
        """BLAKE2b of all recordings and their lengths, 16 hexadecimal digits."""
        found = hashlib.blake2b(digest_size=8)
        for part in (self.recordings, self.kept_back):
            found.update(f"{len(part)} recordings".encode())
            for wave in part:
                found.update(f"{len(wave)}".encode())
                found.update(np.ascontiguousarray(wave).data)
        return found.hexdigest()

    def batch(self, seed: int, index: int, size: int) -> Array:
        """Batch number `index` of a run with `seed`, float32 (size, length, 1).

        Raises
        ------
        ValueError
            If a batch is larger than the data set.
        """
        chosen = epoch_indices(self.name, len(self), seed, index, size)
        waves = [self.recordings[i] for i in chosen]
        return self._placed(waves, Stream(seed, "data/place"), index)

    def held_out(self, most: int) -> Array:
        """Recordings that are not trained on, evenly from all of them.

        The same ones for every seed: float32 (n, length, 1) with n at most `most`.
        """
        count = min(most, len(self.kept_back))
        chosen = np.arange(count) * len(self.kept_back) // count
        waves = [self.kept_back[i] for i in chosen]
        return self._placed(waves, Stream(0, "data/held-out"), 0)

    def _placed(self, waves: list[Array], stream: Stream, tick: int) -> Array:
        samples = np.zeros((len(waves), self.length, 1), np.float32)
        places = stream.uniform(tick, (len(waves),), np.float64)
        for sample, wave, u in zip(samples, waves, places, strict=True):
            slack = self.length - len(wave)
            at = int(u * (abs(slack) + 1))
            if slack < 0:
                sample[:, 0] = wave[at : at + self.length]
            else:
                at = 0 if self.placement == "start" else at
                sample[at : at + len(wave), 0] = wave
        return samples
