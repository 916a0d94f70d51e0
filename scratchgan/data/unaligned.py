"""Two sets of images that nobody paired: a batch is (x_a, x_b).

An epoch of each set is a permutation of its own, and the sets need not have equally
many images; these have one shape, to which both are fitted (`sides`). Augmentation is
that of CycleGAN: a square cut out at random, and a mirror image every second time. Both
are functions of the run's seed, the batch and the sample.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scratchgan.rng import Stream
from scratchgan.types import Array, Shape


@dataclass(frozen=True, eq=False)
class Unaligned:
    """Images of two sets, drawn in epochs.

    Parameters
    ----------
    name : str
        As asked for.
    a, b : Array
        uint8 ``(N, H, W, C)`` and ``(M, H, W, C)``.
    size : int
        Side of what a batch holds, cut out of H × W.
    flip : bool
        Whether to mirror every second image.
    value_range : (float, float)
        What pixel values 0 and 255 become.

    Raises
    ------
    ValueError
        If the images of the two sets differ in shape, or are smaller than `size`.
    """

    name: str
    a: Array
    b: Array
    size: int
    flip: bool = False
    value_range: tuple[float, float] = (-1.0, 1.0)

    def __post_init__(self) -> None:
        if self.a.shape[1:] != self.b.shape[1:]:
            raise ValueError(
                f"{self.name}: expected two sets of one shape, received "
                f"{self.a.shape[1:]} and {self.b.shape[1:]}"
            )
        if not 1 <= self.size <= min(self.a.shape[1:3]):
            raise ValueError(
                f"size: expected 1 to {min(self.a.shape[1:3])}, the side of the "
                f"images, received {self.size}"
            )

    def __len__(self) -> int:
        return min(len(self.a), len(self.b))

    @property
    def shape(self) -> tuple[Shape, Shape]:
        """Shapes of one sample's parts."""
        one = (self.size, self.size, self.a.shape[3])
        return one, one

    @property
    def digest(self) -> str:
        """BLAKE2b of both sets, 16 hexadecimal digits."""
        digest = hashlib.blake2b(digest_size=8)
        for part in (self.a, self.b):
            digest.update(np.ascontiguousarray(part).data)
        return digest.hexdigest()

    def batch(self, seed: int, index: int, size: int) -> tuple[Array, Array]:
        """Batch number `index`: float32 ``(size, *shape)`` of each set.

        Raises
        ------
        ValueError
            If a batch is larger than a set.
        """
        if not 1 <= size <= len(self):
            raise ValueError(
                f"batch_size: expected 1 to {len(self)}, the number of images in the "
                f"smaller set of {self.name}, received {size}"
            )
        a, b = (
            self._part(Stream(seed, f"data/{side}"), images, index, size)
            for side, images in (("a", self.a), ("b", self.b))
        )
        return a, b

    def _part(self, stream: Stream, images: Array, index: int, size: int) -> Array:
        epoch, position = divmod(index, len(images) // size)
        order = _order(stream, epoch, len(images))
        chosen = images[order[position * size : (position + 1) * size]]
        pixels = self._augmented(stream, chosen, index)
        # a table of the 256 values, since linspace ends exactly at both bounds
        return np.linspace(*self.value_range, 256).astype(np.float32)[pixels]

    def _augmented(self, stream: Stream, images: Array, index: int) -> Array:
        n, height, width, _ = images.shape
        room = np.array([height, width]) - self.size
        if room.any():
            u = _named(stream, "crop").uniform(index, (n, 2), np.float64)
            corners = (u * (room + 1)).astype(int)
            images = np.stack(
                [
                    image[top : top + self.size, left : left + self.size]
                    for image, (top, left) in zip(images, corners, strict=True)
                ]
            )
        if self.flip:
            mirrored = _named(stream, "flip").uniform(index, (n,)) < 0.5
            images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
        return images


def _named(stream: Stream, name: str) -> Stream:
    return Stream(stream.seed, f"{stream.name}/{name}")


@lru_cache(maxsize=4)
def _order(stream: Stream, epoch: int, n: int) -> Array:
    """The permutation of one epoch of one set."""
    return _named(stream, "shuffle").permutation(epoch, n)
