"""Problems of patches and filters."""

from typing import Any

import numpy as np

from on_gpu.problem import Numbers, Problem
from scratchgan.kernels.cuda import patches, upfirdn2d
from scratchgan.kernels.cuda.places import of_convolution, of_pixels
from scratchgan.kernels.geometry import Geometry
from scratchgan.kernels.patches import columns
from scratchgan.kernels.phases import phase
from scratchgan.kernels.upfirdn2d import Filter
from scratchgan.kernels.upfirdn2d import upfirdn2d as filtered

#: DCGAN's 4 × 4 convolution of stride two.
GEOMETRY = Geometry((4, 4), (2, 2), ((1, 1), (1, 1)), (1, 1))
SEEN = {"large": (512, 16, 16, 256), "small": (2, 6, 6, 8), "odd": (3, 5, 7, 3)}
#: Feature maps that are filtered.
MAPS = {"large": (8, 256, 256, 128), "small": (2, 6, 6, 8), "odd": (2, 5, 7, 3)}
HALF = {"large": (8, 128, 128, 128), "small": (2, 4, 4, 8), "odd": (2, 3, 5, 3)}
TAPS = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64.0


def seen(numbers: Numbers, size: str) -> tuple:
    """Images x."""
    return (numbers(*SEEN[size]),)


def rows(run: Any, x: Any) -> Any:
    """All patches."""
    return patches.patches(run, x, of_convolution(GEOMETRY, x.shape[1:-1]))


def rows_twin(x: Any) -> Any:
    """By NumPy."""
    found = columns(x, GEOMETRY)
    return found.reshape(-1, found.shape[-1])


def scattered(numbers: Numbers, size: str) -> tuple:
    """A phase's pixels, and dx."""
    shape = SEEN[size]
    places = pixels_of(shape)
    return numbers(shape[0] * int(np.prod(places.out)), shape[-1]), numbers(*shape)


def pixels_of(shape: tuple[int, ...]) -> Any:
    """The places of the first phase."""
    size = shape[1:-1]
    out = GEOMETRY.output_size(size)
    choice = [phase(axis, 0, out[axis], GEOMETRY, size) for axis in range(2)]
    return of_pixels([each for each in choice if each is not None], GEOMETRY, size)


def scatter(run: Any, part: Any, dx: Any) -> Any:
    """Into dx."""
    patches.scatter_phase(run, part, dx, pixels_of(dx.shape))
    return dx


def scatter_twin(part: Any, dx: Any) -> Any:
    """By a slice."""
    places, dx = pixels_of(dx.shape), dx.copy()
    first, second = (-b for b in places.before)
    into = dx[:, first::2, second::2]
    into[...] = part.reshape(into.shape)
    return dx


def scatter_bytes(part: Any, dx: Any) -> int:
    """The phase's pixels alone are written."""
    return 2 * part.nbytes


def filters(up: int, down: int, pad: Any) -> dict[str, Any]:
    """Call and twin of a filter of StyleGAN2."""

    def how(f: Any) -> Filter:
        return Filter(f, (up, up), (down, down), (pad, pad))

    return {
        "call": lambda run, x, f: upfirdn2d.upfirdn2d(run, x, how(f)),
        "twin": lambda x, f: filtered(x, how(f)),
    }


def maps(shapes: dict[str, tuple[int, ...]]) -> Any:
    """Images x, and f."""
    return lambda numbers, size: (numbers(*shapes[size]), TAPS.astype(np.float32))


PROBLEMS = (
    Problem("patches", "4 × 4, stride 2", seen, rows, rows_twin),
    Problem(
        "patches",
        "a phase into dx",
        scattered,
        scatter,
        scatter_twin,
        moved=scatter_bytes,
    ),
    Problem("upfirdn2d", "blur", maps(MAPS), **filters(1, 1, (2, 1))),
    Problem("upfirdn2d", "up by two", maps(HALF), **filters(2, 1, (2, 1))),
    Problem("upfirdn2d", "down by two", maps(MAPS), **filters(1, 2, (1, 1))),
)
