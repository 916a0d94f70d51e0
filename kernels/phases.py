"""Sub-pixel phases: the pixels that one residue of the stride's taps reach.

Names as in `conv`. In dgrad pixel h meets only the taps a with d·a ≡ r (mod s), where
r = (h + p) mod s. With g = gcd(d, s) these are a = a₀ + j·s/g, for which
i = (h + p − d·a₀)/s − j·d/g. So the pixels of one residue are a stride-1 convolution of
dy, of dilation d/g, with every (s/g)-th tap, flipped.
"""

from math import gcd
from typing import NamedTuple

from scratchgan.kernels.geometry import Geometry


class Phase(NamedTuple):
    """Pixels of one residue along one axis, and what of W and dy they meet."""

    first: int  # first pixel
    taps: slice  # of the kernel, flipped
    dilation: int
    seen: slice  # entries of dy inside the array
    padding: tuple[int, int]  # zeros that stand for the entries outside it


def phase(
    axis: int, residue: int, length: int, geometry: Geometry, size: tuple[int, ...]
) -> Phase | None:
    """The phase of `residue` along `axis`, or None where it is empty."""
    kernel, stride, (before, _), d = (entry[axis] for entry in geometry[:4])
    common = gcd(d, stride)
    step, dilation = stride // common, d // common
    fitting = (a for a in range(min(step, kernel)) if (d * a - residue) % stride == 0)
    tap = next(fitting, None)
    first = (residue - before) % stride
    count = -(-(size[axis] - first) // stride)
    if tap is None or count < 1:
        return None
    taps = -(-(kernel - tap) // step)
    # pixel number q reads dy at q + last − j·dilation for j = 0 … taps − 1
    last = (first + before - d * tap) // stride
    start, stop = last - (taps - 1) * dilation, last + count
    seen = slice(max(0, start), max(0, min(stop, length)))
    inside = max(0, seen.stop - seen.start)
    left = min(max(0, -start), stop - start - inside)
    outside = (left, stop - start - inside - left)
    flipped = slice(tap + (taps - 1) * step, None, -step)
    return Phase(first, flipped, dilation, seen, outside)
