"""MinibatchDiscrimination: learned closeness to the other samples, as further features.

x (N, A), T (A, B, D), y (N, A + B). Salimans et al. 2016, section 3.2, with i and j
samples of the batch:

    M   = x T                                  (N, B, D)
    d   = Σ |M_i − M_j|                        (N, N, B), a sum over D
    e   = exp(−d)            o   = Σ e         (N, B), a sum over j

d is piecewise linear in M, with the sign S = sgn(M_i − M_j) and S′ = −S for i and j
exchanged, so that o_i and o_j both pull at M_i through one S:

    forward        y   = [x, o]
    backward       dM  = −Σ S e (do_i + do_j)            a sum over j
                   dx  = dy|x + dM Tᵀ          dT  = xᵀ dM
    jvp            tM  = tx T                  td  = Σ S (tM_i − tM_j)
                   te  = −e td                 to  = Σ te
                   ty  = [tx, to]
    backward_jvp   tdM = −Σ S (te (do_i + do_j) + e (tdo_i + tdo_j))
                   tdx = tdy|x + tdM Tᵀ        tdT = txᵀ dM + xᵀ tdM

The sum over j has j = i in it, as in the paper: a constant 1, through which nothing
flows (S = 0). Kept: x, S and e; by backward do and dM; by jvp tx and te.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scratchgan.kernels.accumulate import inner, matmul, total
from scratchgan.layers.base import TRAINING, Context, Layer, require_input, require_rank
from scratchgan.layers.checks import at_least_one
from scratchgan.layers.group import Group
from scratchgan.types import Array, Shape, Wrt


class DiscriminationParams(NamedTuple):
    """T (A, B, D)."""

    T: Array


class DiscriminationCache(NamedTuple):
    """x (N, A), the differences' signs S (N, N, B, D) and e (N, N, B)."""

    x: Array
    S: Array
    e: Array
    group: Group  # who has the rest of the batch


class DiscriminationCotangent(NamedTuple):
    """Cotangents of o (N, B) and of M (N, B, D)."""

    do: Array
    dm: Array


class DiscriminationTangent(NamedTuple):
    """Tangents of x and of e."""

    tx: Array
    te: Array


@dataclass(frozen=True)
class MinibatchDiscrimination(Layer):
    """Closeness features over the batch.

    Parameters
    ----------
    features : int
        B, number of features appended.
    dims : int
        D, length of the vectors that are compared.
    """

    features: int
    dims: int

    def __post_init__(self) -> None:
        at_least_one(features=self.features, dims=self.dims)

    @property
    def couples_batch(self) -> bool:
        return True

    def init(
        self, rng: np.random.Generator, in_shape: Shape
    ) -> tuple[DiscriminationParams, Shape]:
        require_rank(self, in_shape, "A")
        (size,) = in_shape
        T = rng.normal(scale=size**-0.5, size=(size, self.features, self.dims))
        return DiscriminationParams(T), (size + self.features,)

    def forward(
        self, params: DiscriminationParams, x: Array, ctx: Context = TRAINING
    ) -> tuple[Array, DiscriminationCache]:
        require_input(self, x, "A", len(params.T))
        differences = _differences(self._product(x, params.T), ctx.group)
        e = np.exp(-total(np.abs(differences), -1))
        cache = DiscriminationCache(x, np.sign(differences), e, ctx.group)
        return np.concatenate([x, total(e, 1)], axis=-1), cache

    def backward(
        self,
        params: DiscriminationParams,
        cache: DiscriminationCache,
        dy: Array,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, DiscriminationParams | None, DiscriminationCotangent]:
        x, S, e, group = cache
        do = dy[:, x.shape[1] :]
        dM = -inner(S, (e * _sums(do, group))[..., None], 1)
        dx, dparams = None, None
        if wrt != "params":
            dx = dy[:, : x.shape[1]] + self._adjoint(dM, params.T)
        if wrt != "inputs":
            dparams = DiscriminationParams(self._weights(x, dM))
        return dx, dparams, DiscriminationCotangent(do, dM)

    def jvp(
        self, params: DiscriminationParams, cache: DiscriminationCache, tx: Array
    ) -> tuple[Array, DiscriminationTangent]:
        tM = self._product(tx, params.T)
        td = inner(cache.S, _differences(tM, cache.group), -1)
        te = -cache.e * td
        ty = np.concatenate([tx, total(te, 1)], axis=-1)
        return ty, DiscriminationTangent(tx, te)

    def backward_jvp(
        self,
        params: DiscriminationParams,
        cache: DiscriminationCache,
        dcache: DiscriminationCotangent,
        tcache: DiscriminationTangent,
        tdy: Array | None = None,
        wrt: Wrt = "all",
    ) -> tuple[Array | None, DiscriminationParams | None]:
        (x, S, e, group), (do, dM), (tx, te) = cache, dcache, tcache
        moving = te * _sums(do, group)
        if tdy is not None:
            moving += e * _sums(tdy[:, x.shape[1] :], group)
        tdM = -inner(S, moving[..., None], 1)
        tdx, tdparams = None, None
        if wrt != "params":
            tdx = self._adjoint(tdM, params.T)
            if tdy is not None:
                tdx += tdy[:, : x.shape[1]]
        if wrt != "inputs":
            tdparams = DiscriminationParams(
                self._weights(tx, dM) + self._weights(x, tdM)
            )
        return tdx, tdparams

    def _product(self, x: Array, T: Array) -> Array:
        """X T, (N, B, D)."""
        return matmul(x, T.reshape(len(T), -1)).reshape(len(x), *T.shape[1:])

    def _adjoint(self, dM: Array, T: Array) -> Array:
        """DM Tᵀ, (N, A)."""
        width = self.features * self.dims
        return matmul(dM.reshape(len(dM), width), T.reshape(len(T), width).T)

    def _weights(self, x: Array, dM: Array) -> Array:
        """Xᵀ dM, (A, B, D)."""
        width = self.features * self.dims
        dT = matmul(x.T, dM.reshape(len(dM), width))
        return dT.reshape(x.shape[1], self.features, self.dims)


def _differences(M: Array, group: Group) -> Array:
    """M_i − M_j, (N, N, B, D), with j over the whole batch."""
    return M[:, None] - group.gather(M)[None]


def _sums(do: Array, group: Group) -> Array:
    """do_i + do_j, (N, N, B), with j over the whole batch."""
    return do[:, None] + group.gather(do)[None]
