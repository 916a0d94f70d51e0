"""Moving-MNIST: digits that cross a dark frame and bounce off its walls.

Srivastava, Mansimov and Salakhutdinov 2015, section 4.1. Digits start anywhere and move
in any direction, all at the same speed: a tenth of the room between the walls in a
frame. With u the place of a corner, 0 at one wall and 1 at the other, along each axis

    u_t = Λ(u₀ + v t)      Λ(u) = 1 − |1 − (u mod 2)|

the triangle wave being what reflection at both walls makes of a straight line. Where
digits overlap, the brighter pixel shows. Every batch is fresh.

Paper against code: the authors' code sets a digit that left back onto the wall and
turns it round; here it is reflected, so that place is a function of time alone. Corners
go to the nearest pixel, there to the one before.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from scratchgan.data.fetch import local_folder
from scratchgan.data.named import read_digits, read_mnist
from scratchgan.rng import Stream
from scratchgan.types import Array, Shape

NAME = "moving-mnist"
#: Distance between walls that a digit covers from one frame to the next.
SPEED = 0.1
#: Width of a frame in which digits have their own size of 28 × 28.
FULL_SIZE = 64


@dataclass(frozen=True, eq=False)
class MovingDigits:
    """Videos of digits that move, a pure function of (seed, index).

    Parameters
    ----------
    name : str
        As asked for.
    images : Array
        Digits, uint8 (K, h, w), smaller than a frame.
    size : int
        Height and width S of a frame.
    digits : int
        How many move in one video.
    frames : int
        T.
    value_range : (float, float)
        What pixel values 0 and 255 become.

    Raises
    ------
    ValueError
        If digits are larger than a frame.
    """

    name: str
    images: Array
    size: int = FULL_SIZE
    digits: int = 2
    frames: int = 16
    value_range: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if max(self.images.shape[1:]) > self.size:
            raise ValueError(
                f"size: expected at least {max(self.images.shape[1:])}, the width of a "
                f"digit (digit_size changes it), received {self.size}"
            )

    @property
    def shape(self) -> Shape:
        """(T, S, S, 1)."""
        return (self.frames, self.size, self.size, 1)

    @property
    def digest(self) -> str:
        """BLAKE2b of the digits and of what is made of them, 16 hexadecimal digits."""
        state = hashlib.blake2b(np.ascontiguousarray(self.images).data, digest_size=8)
        state.update(f"{self.shape} {self.digits} {SPEED}".encode())
        return state.hexdigest()

    def batch(self, seed: int, index: int, size: int) -> Array:
        """Batch number `index` of a run with `seed`, float32 ``(size, T, S, S, 1)``."""
        chosen = self._stream(seed, "digit").integers(
            index, len(self.images), (size, self.digits)
        )
        scale = np.linspace(*self.value_range, 256).astype(np.float32)
        digits, corners = scale[self.images[chosen]], self.corners(seed, index, size)
        whole = (size, self.frames, self.size, self.size)
        videos = np.full(whole, scale[0])
        n, t = np.ogrid[:size, : self.frames]
        windows = np.lib.stride_tricks.sliding_window_view(
            videos, digits.shape[2:], axis=(2, 3), writeable=True
        )  # (N, T, places of the corner, h, w)
        for d in range(self.digits):
            at = (n, t, corners[:, d, :, 0], corners[:, d, :, 1])
            windows[at] = np.maximum(windows[at], digits[:, d, None])
        return videos[..., None]

    def corners(self, seed: int, index: int, size: int) -> Array:
        """Row and column of each digit's corner, int64 ``(size, digits, T, 2)``."""
        shape = (size, self.digits, 1)
        angle = self._stream(seed, "angle").uniform(index, shape, np.float64)
        start = self._stream(seed, "start").uniform(index, (*shape, 2), np.float64)
        angle *= 2 * np.pi
        velocity = SPEED * np.stack([np.sin(angle), np.cos(angle)], axis=-1)
        u = start + velocity * np.arange(self.frames)[:, None]
        room = np.subtract(self.size, self.images.shape[1:])
        return np.rint(bounced(u) * room).astype(np.int64)

    def _stream(self, seed: int, part: str) -> Stream:
        return Stream(seed, f"data/{NAME}/{part}")


def bounced(u: Array) -> Array:
    """Λ: a straight line, reflected at 0 and at 1."""
    return 1 - np.abs(1 - u % 2)


def moving_mnist(
    size: int,
    digits: int,
    frames: int,
    value_range: tuple[float, float],
    middle: int = 0,
) -> MovingDigits:
    """Moving-MNIST of MNIST's digits, or of the embedded ones.

    MNIST is taken where the folder in SCRATCHGAN_DATA has it; nothing is downloaded.

    Parameters
    ----------
    size, digits, frames, value_range
        As of `MovingDigits`.
    middle : int
        Width of what is cut out of the middle of a digit, in pixels; 20 leaves little
        but ink. 0: digits are whole, and in frames smaller than 64 × 64 shrink with
        them, by means over blocks of 2 × 2 or 4 × 4.

    Raises
    ------
    ValueError
        If frames are no power of two from 16 wide, or the middle is wider than a digit.
    """
    if size < 16 or size & (size - 1):
        raise ValueError(f"size: expected a power of two from 16, received {size}")
    read = read_digits if local_folder("mnist") is None else read_mnist
    images = read().samples[..., 0]
    images = _middles(images, middle) if middle else _shrunk(images, size)
    return MovingDigits(NAME, images, size, digits, frames, value_range)


def _middles(images: Array, width: int) -> Array:
    """The middle `width` × `width` pixels of every digit."""
    _, h, w = images.shape
    if not 1 <= width <= min(h, w):
        raise ValueError(
            f"digit_size: expected 0, or 1 to {min(h, w)} pixels, received {width}"
        )
    top, left = (h - width) // 2, (w - width) // 2
    return np.ascontiguousarray(images[:, top : top + width, left : left + width])


def _shrunk(images: Array, size: int) -> Array:
    """Digits that are to a frame what 28 pixels are to 64."""
    b = max(1, FULL_SIZE // size)
    if b == 1:
        return images
    n, h, w = images.shape
    blocks = images.reshape(n, h // b, b, w // b, b)
    return np.rint(blocks.mean((2, 4))).astype(np.uint8)
