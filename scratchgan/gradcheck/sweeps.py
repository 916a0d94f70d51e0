"""All five verbs of a layer at one point, for the checks that compare them."""

from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.numeric import random_inputs, random_like
from scratchgan.layers.base import TRAINING, Context, Layer
from scratchgan.types import Array, Tree

#: What the verbs return besides traces.
RESULTS = ("y", "dx", "dparams", "ty", "tdx", "tdparams")


class Subject(NamedTuple):
    """A layer, how it is run, and where it is looked at.

    Parameters
    ----------
    layer : Layer
        One layer, or a network.
    in_shape : tuple
        Shape of one sample, or the tuple of the shapes of several inputs.
    ctx : Context
        Training or inference, and random numbers for layers that draw some.
    labels : int
        Number of classes where the last (or only) input is labels.
    """

    layer: Layer
    in_shape: Any
    ctx: Context = TRAINING
    labels: int = 0

    @property
    def name(self) -> str:
        """For messages."""
        return type(self.layer).__name__

    def point(self, batch: int = 3, seed: int = 0) -> tuple[Tree, Tree]:
        """Parameters off their initial values, and random inputs, in float64."""
        rng = np.random.default_rng(seed)
        params = random_params(self.layer, self.in_shape, rng)
        return params, random_inputs(self.in_shape, batch, rng, self.labels)


class Sweeps(NamedTuple):
    """Arguments, results and traces of the five verbs."""

    y: Tree
    cache: Any
    dy: Tree
    tx: Tree
    dx: Tree
    dparams: Tree
    dcache: Any
    ty: Tree
    tcache: Any
    tdy: Tree
    tdx: Tree
    tdparams: Tree


def random_params(layer: Layer, in_shape: Any, rng: np.random.Generator) -> Tree:
    """Parameters of `layer` off their initial values: no bias 0 and no gain 1."""
    params, _ = layer.init(rng, in_shape)
    return tree.map_learned(lambda p: p + 0.2 * rng.normal(size=p.shape), params)


def sweep(
    subject: Subject, params: Tree, x: Tree, seed: int = 1, moving: bool = True
) -> Sweeps:
    """Run the five verbs with random cotangents and tangents in the dtypes of y and x.

    Parameters
    ----------
    subject : Subject
        The layer.
    params, x : Tree
        Where.
    seed : int
        Of the directions.
    moving : bool
        Whether dy moves along the direction; ``tdy=None`` if not.
    """
    layer, rng = subject.layer, np.random.default_rng(seed)
    y, cache = layer.forward(params, x, subject.ctx)
    dy, tx = random_like(y, rng), random_like(x, rng)
    dx, dparams, dcache = layer.backward(params, cache, dy)
    ty, tcache = layer.jvp(params, cache, tx)
    tdy = random_like(y, rng) if moving else None
    tdx, tdparams = layer.backward_jvp(params, cache, dcache, tcache, tdy)
    return Sweeps(y, cache, dy, tx, dx, dparams, dcache, ty, tcache, tdy, tdx, tdparams)


def filled(template: Tree, values: Tree) -> Tree:
    """`values` with zeros for None, in the shapes of `template`; integers are zero."""

    def fill(like: Array, value: Array | None) -> Array:
        return np.zeros(like.shape) if value is None else value

    return tree.map(fill, template, values)


def distance(a: Tree, b: Tree) -> float:
    """Largest |a − b| of two trees of one structure, over the largest |a| or |b|."""
    worst, scale = 0.0, 0.0
    pairs = zip(tree.leaves(a), tree.leaves(b), strict=True)
    for x, y in pairs:
        if x.size:
            worst = max(worst, float(np.abs(x - y).max()))
            scale = max(scale, float(np.abs(x).max()), float(np.abs(y).max()))
    return worst / scale if scale > 0 else worst
