"""Dense, y = x W + b; x (N, I), W (I, O), b (O,), y (N, O).

y is bilinear in x and W, so that every sweep is a matrix product:

    forward        y   = x W + b
    backward       dx  = dy Wᵀ          dW  = xᵀ dy                 db  = Σₙ dy
    jvp            ty  = tx W
    backward_jvp   tdx = tdy Wᵀ         tdW = txᵀ dy + xᵀ tdy       tdb = Σₙ tdy

Kept: x by forward, dy by backward, tx by jvp. tdW is one product, [tx; x]ᵀ [dy; tdy].
With tdy = 0 the products with W vanish and txᵀ dy alone remains.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import matmul, total
from scratchgan.layers.base import TRAINING, Context, Layer, require_input, require_rank
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.initializers import Initializer, he_normal
from scratchgan.types import Array, Shape, Wrt


class DenseParams(NamedTuple):
    """Weights (I, O) and bias (O,), or None where the layer has no bias."""

    W: Array
    b: Array | None


@dataclass(frozen=True)
class Dense(Layer):
    """Fully connected layer.

    Parameters
    ----------
    features : int
        Number of outputs O.
    bias : bool
        Whether to add b, which starts at zero.
    initializer : callable
        ``(rng, shape, fan_in, fan_out) -> W``.
    """

    features: int
    bias: bool = True
    initializer: Initializer = he_normal

    def __post_init__(self) -> None:
        at_least_one(features=self.features)

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[DenseParams, Shape]:
        require_rank(self, in_shape, "I")
        shape = (in_shape[0], self.features)
        W = self.initializer(rng, shape, *shape)
        b = np.zeros(self.features) if self.bias else None
        return DenseParams(W, b), (self.features,)

    def forward(
        self, params: DenseParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, Array]:
        require_input(self, x, "I", params.W.shape[0])
        y = matmul(x, params.W)
        if params.b is not None:
            y += params.b
        return y, x

    def backward(
        self, params: DenseParams, cache: Array, dy: Array, wrt: Wrt = "all"
    ) -> tuple[Array | None, DenseParams | None, Array]:
        x = cache
        dx = matmul(dy, params.W.T) if wrt != "params" else None
        dparams = (
            DenseParams(matmul(x.T, dy), self._db(dy)) if wrt != "inputs" else None
        )
        return dx, dparams, dy

    def jvp(self, params: DenseParams, cache: Array, tx: Array) -> tuple[Array, Array]:
        return matmul(tx, params.W), tx

    def backward_jvp(
        self,
        params: DenseParams,
        cache: Array,
        dcache: Array,
        tcache: Array,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, DenseParams | None]:
        x, dy, tx = cache, dcache, tcache
        tdx, tdparams, tdb = None, None, None
        if tdy is not None:
            tdb = self._db(tdy)
            if wrt != "params":
                tdx = matmul(tdy, params.W.T)
            tx, dy = np.concatenate([tx, x]), np.concatenate([dy, tdy])
        if wrt != "inputs":
            tdparams = DenseParams(matmul(tx.T, dy), tdb)
        return tdx, tdparams

    def _db(self, dy: Array) -> Array | None:
        return total(dy, 0) if self.bias else None
