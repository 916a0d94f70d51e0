"""Where the taps of a convolution fall."""

from typing import NamedTuple


class Geometry(NamedTuple):
    """Where the taps of a kernel fall; one entry an axis."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]  # (before, after)
    dilation: tuple[int, ...]
    groups: int = 1

    @property
    def extent(self) -> tuple[int, ...]:
        """Pixels from the first tap to the last, inclusive."""
        return tuple(
            d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)
        )

    def output_size(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Spatial shape of y for that of x; below 1 where the kernel is larger."""
        axes = zip(size, self.extent, self.stride, self.padding, strict=True)
        return tuple((n + sum(pad) - extent) // s + 1 for n, extent, s, pad in axes)
