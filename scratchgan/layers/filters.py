"""A square convolution F(u, W), or a transposed one, by one name.

W is (K, K, C, O) in both cases, C channels in and O out. The transposed convolution is
the adjoint of the one that has W's last two axes exchanged (see `conv_transpose`).
"""

from typing import NamedTuple

from scratchgan.kernels.conv import Geometry, dgrad, fprop, wgrad
from scratchgan.types import Array


class Filter(NamedTuple):
    """F and its adjoints in u and W: stride 1, or transposed with stride `up`."""

    kernel: int
    padding: int
    up: int

    def out_size(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Height and width of F(u, W) for u of `size`."""
        if self.up == 1:
            return self._geometry().output_size(size)
        return tuple((n - 1) * self.up + self.kernel - 2 * self.padding for n in size)

    def apply(self, u: Array, W: Array) -> Array:
        """F(u, W)."""
        if self.up == 1:
            return fprop(u, W, self._geometry())
        size = self.out_size(u.shape[1:3])
        return dgrad(u, W.swapaxes(2, 3), self._geometry(), size)

    def adjoint(self, da: Array, W: Array, size: tuple[int, ...]) -> Array:
        """The adjoint in u, for u of `size`."""
        if self.up == 1:
            return dgrad(da, W, self._geometry(), size)
        return fprop(da, W.swapaxes(2, 3), self._geometry())

    def weights(self, u: Array, da: Array) -> Array:
        """The adjoint in W."""
        if self.up == 1:
            return wgrad(u, da, self._geometry())
        return wgrad(da, u, self._geometry()).swapaxes(2, 3)

    def _geometry(self) -> Geometry:
        """Of F, or of the convolution whose adjoint F is."""
        sides = (self.padding, self.padding)
        kernel, stride = (self.kernel, self.kernel), (self.up, self.up)
        return Geometry(kernel, stride, (sides, sides), (1, 1))
