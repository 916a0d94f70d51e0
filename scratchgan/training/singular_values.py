"""Singular value clipping: a Lipschitz bound on every linear layer (Saito et al. 2017).

A weight as a matrix W, one column an output, has the singular values σᵢ. Those above
one are set to one, so that ‖W‖₂ ≤ 1. With V₊ the right singular vectors of those, which
are eigenvectors of WᵀW with the eigenvalues σᵢ²,

    W ← W − W V₊ (1 − 1/σ₊) V₊ᵀ

changes nothing else, and nothing at all where every σᵢ ≤ 1. A convolution's W is taken
as (taps · channels, outputs); the norm of its operator is at most √m times that of the
matrix, where a pixel lies in m windows. A batch normalisation multiplies by γ/std with
the running variance: γ is clipped to [std/100, std], as in the authors' code. Biases
are left alone.
"""

from dataclasses import dataclass

import numpy as np

from scratchgan import tree
from scratchgan.layers.batch_norm import BatchNormParams
from scratchgan.types import Array, Tree

#: Smallest γ, as a share of the standard deviation.
LEAST_GAIN = 0.01


@dataclass(frozen=True)
class SingularValueClipping:
    """A player's constraint: every weight of a linear layer, and the gains of BN."""

    def __call__(self, params: Tree) -> Tree:
        """`params`, clipped; biases and running statistics are left alone."""
        params = tree.map_learned(_clip, params)
        return tree.map_nodes(_clip_gain, params, BatchNormParams)


def clip_singular_values(W: Array) -> Array:
    """`W` (…, O), as a matrix of O columns, without singular values above one."""
    A = W.reshape(-1, W.shape[-1]).astype(np.float64)
    if A.shape[0] < A.shape[1]:  # the eigenvectors of the smaller product
        return clip_singular_values(A.T).T.reshape(W.shape).astype(W.dtype)
    squares, V = np.linalg.eigh(A.T @ A)
    above = squares > 1
    if not above.any():
        return W
    V = V[:, above]
    A -= (A @ V * (1 - 1 / np.sqrt(squares[above]))) @ V.T
    return A.reshape(W.shape).astype(W.dtype)


def _clip(leaf: Array) -> Array:
    """Weights have an axis of inputs and one of outputs, biases one alone."""
    return clip_singular_values(leaf) if leaf.ndim > 1 else leaf


def _clip_gain(params: BatchNormParams) -> BatchNormParams:
    if params.gamma is None:
        return params
    std = np.sqrt(params.state["variance"])
    return params._replace(gamma=params.gamma.clip(LEAST_GAIN * std, std))
