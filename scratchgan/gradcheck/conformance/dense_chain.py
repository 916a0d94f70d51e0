"""A chain of dense layers, read from its scores alone.

    zₗ = xₗ Wₗ + bₗ,     xₗ₊₁ = fₗ(zₗ),     D = z_L               one sample at a time

Let v be a direction at the input, t its tangent, and δₗ = ∂D/∂zₗ. Scores give, by
differences, ∂D/∂Wₗ = xₗᵀ δₗ and ∂D/∂bₗ = δₗ, and how both change along v:

    d/dε ∂D/∂bₗ  = tδₗ
    d/dε ∂D/∂Wₗ  = txₗᵀ δₗ + xₗᵀ tδₗ

which is the gradient of a penalty with ∂P/∂g = v. From these four follow xₗ and txₗ,
the slope f′ₗ = δₗ / (δₗ₊₁ Wₗ₊₁ᵀ), and the part of tδₗ that arises in the layer's own f:

    tδₗ  = λₗ + f′ₗ (tδₗ₊₁ Wₗ₊₁ᵀ),     λₗ = f″ₗ tzₗ (δₗ₊₁ Wₗ₊₁ᵀ)

The two known wrong gradients leave out parts of this:

    f″ sweep missing         dWₗ = txₗᵀ δₗ               dbₗ = 0
    reverse sweep missing    dWₗ = txₗᵀ δₗ [+ xₗᵀ λₗ]    dbₗ = λₗ

A critic is taken for such a chain only if the scores agree: ∂D/∂W has rank one, x₁ is
the sample, and txₗ₊₁ = f′ₗ (txₗ Wₗ) elementwise.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from scratchgan.gradcheck.conformance.differences import OFFSETS, Directions, slope
from scratchgan.types import Array, Tree

#: Parameters of the largest chain that is read: each is moved by itself.
LARGEST = 4000


class Chain(NamedTuple):
    """Gradients by leaf, summed over the samples, in the shapes of the leaves."""

    without_curvature: dict[str, Array]  #: f″ sweep missing
    local_bias: dict[str, Array]  #: reverse sweep missing, λ in the biases alone
    local: dict[str, Array]  #: reverse sweep missing, λ in weights and biases


class _Layer(NamedTuple):
    """One layer's names, weight (in, out), and per sample x, δ and their tangents."""

    names: tuple[str, str | None]
    transposed: bool
    W: Array  # (in, out)
    x: Array  # (N, in)
    delta: Array  # (N, out)
    tx: Array
    tdelta: Array


def read_chain(
    scores: Callable[[Tree, Array], Array],
    directions: Directions,
    x: Array,
    v: Array,
    step: float,
) -> Chain | None:
    """Both wrong gradients for ∂P/∂g = `v` at `x`, or None for another kind of critic.

    Parameters
    ----------
    scores : callable
        ``(params, x) -> (N,)``.
    directions : Directions
        Of the parameters.
    x, v : Array
        ``(N, …)``.
    step : float
        Of the differences of differences.
    """
    if sum(leaf.size for leaf in directions.leaves.values()) > LARGEST:
        return None
    pairs = list(_pairs(directions.leaves))
    if not pairs:
        return None
    first, second = _mixed(scores, directions, x, v, step)
    for candidate in pairs:
        layers = _layers(candidate, directions.leaves, first, second)
        if layers and _is_chain(layers, x):
            return _gradients(layers, directions.leaves)
    return None


def _pairs(leaves: dict[str, Array]) -> Iterator[list[tuple[str, str | None]]]:
    """Ways to read the leaves as weights and biases: k-th weight, k-th bias."""
    for row_is_bias in (False, True):
        biases = [
            name
            for name, a in leaves.items()
            if a.ndim == 1 or (row_is_bias and a.ndim == 2 and len(a) == 1)
        ]
        weights = [name for name in leaves if name not in biases]
        if not weights or any(leaves[name].ndim != 2 for name in weights):
            continue
        if len(weights) == len(biases):
            yield list(zip(weights, biases, strict=True))
        if len(weights) == len(biases) + 1:  # the output has no bias
            yield list(zip(weights, [*biases, None], strict=True))


def _mixed(
    scores: Callable[[Tree, Array], Array],
    directions: Directions,
    x: Array,
    v: Array,
    step: float,
) -> tuple[dict[str, Array], dict[str, Array]]:
    """∂D/∂θ of every sample and leaf, (N, *leaf), and its derivative along `v`."""
    length = np.sqrt((v * v).reshape(len(v), -1).sum(axis=1))
    each = np.where(length > 0, length, 1).reshape(-1, *(1,) * (v.ndim - 1))
    points = np.concatenate([x, *(x + t * step * v / each for t in OFFSETS)])

    def gradient(name: str, i: int) -> tuple[Array, Array]:
        leaf = directions.leaves[name]
        u = np.zeros(leaf.shape)
        u[np.unravel_index(i, leaf.shape)] = step
        y = slope(
            [scores(directions.moved(name, t * u), points) for t in OFFSETS], step
        ).reshape(5, len(x))
        return y[0], slope(y[1:], step) * length

    first: dict[str, Array] = {}
    second: dict[str, Array] = {}
    for name, leaf in directions.leaves.items():
        columns = [gradient(name, i) for i in range(leaf.size)]
        for store, k in ((first, 0), (second, 1)):
            stacked = np.stack([column[k] for column in columns], axis=1)
            store[name] = stacked.reshape(len(x), *leaf.shape)
    return first, second


def _layers(
    pairs: list[tuple[str, str | None]],
    leaves: dict[str, Array],
    first: dict[str, Array],
    second: dict[str, Array],
) -> list[_Layer] | None:
    layers = []
    for weight, bias in pairs:
        W, G, T = leaves[weight], first[weight], second[weight]
        n = len(G)
        delta = np.ones((n, 1)) if bias is None else first[bias].reshape(n, -1)
        tdelta = np.zeros((n, 1)) if bias is None else second[bias].reshape(n, -1)
        layer = None
        for turned in (False, True):
            if layer is None and W.shape[1] == delta.shape[1]:
                layer = _layer((weight, bias), turned, W, G, T, delta, tdelta)
            W, G, T = W.T, G.swapaxes(1, 2), T.swapaxes(1, 2)
        if layer is None:
            return None
        layers.append(layer)
    return layers


def _layer(
    names: tuple[str, str | None],
    transposed: bool,
    W: Array,
    G: Array,
    T: Array,
    delta: Array,
    tdelta: Array,
) -> _Layer | None:
    """Solve G = xᵀ δ and T = txᵀ δ + xᵀ tδ for x and tx, if G has rank one."""
    power = (delta * delta).sum(axis=1)
    if not (power > 0).all():
        return None
    x = np.einsum("nij,nj->ni", G, delta) / power[:, None]
    if not _same(np.einsum("ni,nj->nij", x, delta), G):
        return None
    rest = T - np.einsum("ni,nj->nij", x, tdelta)
    tx = np.einsum("nij,nj->ni", rest, delta) / power[:, None]
    return _Layer(names, transposed, W, x, delta, tx, tdelta)


def _is_chain(layers: list[_Layer], x: Array) -> bool:
    """Whether x₁ is the sample, D is linear in z_L, and each f is elementwise."""
    last = layers[-1]
    if not _same(layers[0].x, x.reshape(len(x), -1)) or last.delta.shape[1] != 1:
        return False
    if not _same(last.delta, np.ones_like(last.delta)):
        return False
    return all(
        below.W.shape[1] == above.W.shape[0]
        and _same(_slope_of(below, above) * (below.tx @ below.W), above.tx)
        for below, above in pairwise(layers)
    )


def _slope_of(below: _Layer, above: _Layer) -> Array:
    """f′ between two layers, (N, units); 0 where nothing comes down."""
    dy = above.delta @ above.W.T
    return np.divide(below.delta, dy, out=np.zeros_like(dy), where=dy != 0)


def _gradients(layers: list[_Layer], leaves: dict[str, Array]) -> Chain:
    none, local_bias, local = {}, {}, {}
    for k, layer in enumerate(layers):
        born = layer.tdelta
        if k + 1 < len(layers):
            above = layers[k + 1]
            born = born - _slope_of(layer, above) * (above.tdelta @ above.W.T)
        weight, bias = layer.names
        straight = layer.tx.T @ layer.delta
        curved = straight + layer.x.T @ born
        turn = np.transpose if layer.transposed else np.asarray
        none[weight] = local_bias[weight] = turn(straight)
        local[weight] = turn(curved)
        if bias is not None:
            none[bias] = np.zeros(leaves[bias].shape)
            local_bias[bias] = born.sum(axis=0).reshape(leaves[bias].shape)
            local[bias] = local_bias[bias]
    return Chain(none, local_bias, local)


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(
        np.abs(a - b).max() <= 1e-5 * max(np.abs(a).max(), np.abs(b).max(), 1e-12)
    )
