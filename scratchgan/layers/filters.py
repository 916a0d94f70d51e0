"""A square convolution F(u, W), or a transposed one, by one name.

W is (K, K, C, O) in both cases, C channels in and O out. The transposed convolution is
the adjoint of the one that has W's last two axes exchanged (see `conv_transpose`).
"""

from dataclasses import dataclass
from typing import NamedTuple

from scratchgan.kernels.conv import Convolution, Geometry, Tiles, convolution
from scratchgan.types import Array


class Filter(NamedTuple):
    """Shape of F: stride 1, or transposed with stride `up`."""

    kernel: int
    padding: int
    up: int

    def out_size(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """Height and width of F(u, W) for u of `size`."""
        if self.up == 1:
            return self._geometry().output_size(size)
        return tuple((n - 1) * self.up + self.kernel - 2 * self.padding for n in size)

    def of(self, W: Array, images: int, size: tuple[int, ...]) -> "WeightedFilter":
        """F(·, W) and its adjoints, for so many u of `size`."""
        if self.up == 1:
            F = convolution(W, self._geometry(), images, size)
            return WeightedFilter(F, transposed=False)
        turned = W.swapaxes(2, 3)
        F = convolution(turned, self._geometry(), images, self.out_size(size))
        return WeightedFilter(F, transposed=True)

    def _geometry(self) -> Geometry:
        """Of F, or of the convolution whose adjoint F is."""
        sides = (self.padding, self.padding)
        kernel, stride = (self.kernel, self.kernel), (self.up, self.up)
        return Geometry(kernel, stride, (sides, sides), (1, 1))


@dataclass(frozen=True)
class WeightedFilter:
    """F(·, W), an object that all sweeps over one batch share."""

    F: Convolution
    transposed: bool

    def inputs(self, u: Array) -> Array | Tiles:
        """What `apply` and `weights` take for u, worth keeping for both."""
        return self.F.outputs(u) if self.transposed else self.F.inputs(u)

    def outputs(self, da: Array) -> Array | Tiles:
        """What `adjoint` and `weights` take for da, worth keeping for both."""
        return self.F.inputs(da) if self.transposed else self.F.outputs(da)

    def apply(self, u: Array | Tiles) -> Array:
        """F(u, W)."""
        return self.F.dgrad(u) if self.transposed else self.F.fprop(u)

    def adjoint(self, da: Array | Tiles) -> Array:
        """The adjoint in u."""
        return self.F.fprop(da) if self.transposed else self.F.dgrad(da)

    def weights(self, *pairs: tuple[Array | Tiles, Array | Tiles]) -> Array:
        """The adjoint in W, summed over pairs of u and da."""
        if not self.transposed:
            return self.F.wgrad(*pairs)
        return self.F.wgrad(*((da, u) for u, da in pairs)).swapaxes(2, 3)
