"""Every verb of one layer, or of a whole network, against central differences.

Each verb is compared with differences of the one before it, which is proved first:

    jvp            J tx              difference of forward along tx
    backward       Jᵀ dy             difference of ⟨dy, forward⟩ in x
    params         ∂⟨dy, y⟩/∂θ       difference of ⟨dy, forward⟩ in θ, leaf by leaf
    backward_jvp   tdx               difference of backward along (tx, tdy)
    params_jvp     tdparams          the same, parameter part
    adjoint        ⟨dy, J tx⟩ = ⟨Jᵀ dy, tx⟩, no differences: exact to rounding
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.numeric import (
    ENOUGH,
    STEP,
    best,
    difference,
    gradient_error,
    inner,
    norm,
    random_inputs,
    random_like,
    ratio,
    relative_error,
)
from scratchgan.gradcheck.sweeps import random_params
from scratchgan.layers.base import TRAINING, Context, Layer
from scratchgan.types import Tree


class LayerErrors(NamedTuple):
    """Largest relative error of every verb, in float64."""

    jvp: float
    backward: float
    params: float
    backward_jvp: float
    params_jvp: float
    adjoint: float


def check_layer(
    layer: Layer,
    in_shape: Any,
    *,
    batch: int = 3,
    seed: int = 0,
    steps: tuple[float, ...] = (STEP,),
    ctx: Context = TRAINING,
    labels: int = 0,
) -> LayerErrors:
    """Compare every verb of `layer` with central differences in float64.

    Parameters
    ----------
    layer : Layer
        One layer, or a network.
    in_shape : tuple
        Shape of one sample, or the tuple of the shapes of several inputs.
    batch : int
        Number of samples.
    seed : int
        Of parameters, inputs and directions.
    steps : tuple of float
        Of the central differences; each comparison may take the one that suits it best.
        A formula that is wrong is wrong at every step. Of those that are right no more
        are tried than it takes.
    ctx : Context
        Training or inference, and random numbers for layers that draw some.
    labels : int
        Number of classes where the last (or only) input is labels.

    Returns
    -------
    LayerErrors
        Relative errors; near 1e-10 for a layer that is right.
    """
    rng = np.random.default_rng(seed)
    params = random_params(layer, in_shape, rng)
    x = random_inputs(in_shape, batch, rng, labels)
    probe = _Probe(layer, params, ctx, rng, steps)
    return probe.errors(x)


@dataclass(frozen=True)
class _Probe:
    layer: Layer
    params: Tree
    ctx: Context
    rng: np.random.Generator
    steps: tuple[float, ...]

    def errors(self, x: Tree) -> LayerErrors:
        y, cache = self.layer.forward(self.params, x, self.ctx)
        dy, tx, tdy = (random_like(a, self.rng) for a in (y, x, y))
        dx, dparams, dcache = self.layer.backward(self.params, cache, dy)
        ty, tcache = self.layer.jvp(self.params, cache, tx)
        constant = self.layer.backward_jvp(self.params, cache, dcache, tcache)
        moving = self.layer.backward_jvp(self.params, cache, dcache, tcache, tdy)
        second = [
            self.second_order(x, dy, tx, tangent, found)
            for tangent, found in ((None, constant), (tdy, moving))
        ]
        return LayerErrors(
            jvp=best(
                relative_error(ty, difference(self.value, x, tx, step))
                for step in self.steps
            ),
            backward=self.first_order(self.value, x, dx, dy),
            params=self.first_order(
                lambda p: self.layer.forward(p, x, self.ctx)[0],
                self.params,
                dparams,
                dy,
            ),
            backward_jvp=max(errors[0] for errors in second),
            params_jvp=max(errors[1] for errors in second),
            adjoint=adjoint_error(dy, ty, dx, tx),
        )

    def value(self, x: Tree) -> Tree:
        return self.layer.forward(self.params, x, self.ctx)[0]

    def gradients(self, x: Tree, dy: Tree) -> tuple[Tree, Tree]:
        _, cache = self.layer.forward(self.params, x, self.ctx)
        return self.layer.backward(self.params, cache, dy)[:2]

    def first_order(self, f: Any, at: Tree, gradient: Tree, dy: Tree) -> float:
        return gradient_error(
            lambda a: inner(f(a), dy), at, gradient, self.rng, self.steps
        )

    def second_order(
        self, x: Tree, dy: Tree, tx: Tree, tdy: Tree, found: tuple[Tree, Tree]
    ) -> tuple[float, float]:
        """Errors of (tdx, tdparams) where dy moves along `tdy` as x does along tx."""
        first, second = float("inf"), LeafErrors(found[1])
        for step in self.steps:
            tdx, tdparams = difference(
                lambda both: self.gradients(*both), (x, dy), (tx, tdy), step
            )
            first = min(first, relative_error(found[0], tdx))
            second.compare(tdparams)
            if max(first, second.largest) <= ENOUGH:
                break
        return first, second.largest


def adjoint_error(dy: Tree, ty: Tree, dx: Tree, tx: Tree) -> float:
    """|⟨dy, J tx⟩ − ⟨Jᵀ dy, tx⟩| over ‖dy‖ ‖J tx‖."""
    scale = norm(dy) * norm(ty)
    gap = abs(inner(dy, ty) - inner(dx, tx))
    return ratio(gap, scale) if scale > 0 else gap


class LeafErrors:
    """Of every leaf, the error of the best of its differences.

    Relative to the leaf, or to a thousandth of the whole where that is more.
    """

    def __init__(self, exact: Tree) -> None:
        self.exact = dict(tree.named(exact))
        self.best: dict[str, float] = {}

    @property
    def largest(self) -> float:
        """Over the leaves."""
        return max(self.best.values(), default=0.0)

    def compare(self, numeric: Tree) -> None:
        """Take the differences of one more step into account."""
        floor, expected = 1e-3 * norm(numeric), dict(tree.named(numeric))
        for name in self.exact.keys() | expected.keys():  # one side's None is zero
            a, b = self.exact.get(name), expected.get(name)
            gap = norm(tree.add(a, None if b is None else -b))
            error = ratio(gap, max(norm(a), norm(b), floor))
            self.best[name] = min(error, self.best.get(name, error))
