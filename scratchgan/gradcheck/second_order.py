"""Checks of whole second derivatives: reverse over reverse, and their convergence."""

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.numeric import (
    STEP,
    difference,
    inner,
    norm,
    random_like,
    ratio,
    relative_error,
)
from scratchgan.gradcheck.sweeps import Subject, filled
from scratchgan.types import Tree


def check_double_backward(subject: Subject, step: float = STEP) -> float:
    """Relative error of `double_backward`, the gradient of ⟨ddx, backward(x, dy)⟩.

    Differenced along one random direction in x, dy and the parameters together.

    Parameters
    ----------
    subject : Subject
        The layer.
    step : float
        Of the central difference.
    """
    layer, rng = subject.layer, np.random.default_rng(6)
    params, x = subject.point()
    y, cache = layer.forward(params, x, subject.ctx)
    dy, ddx = random_like(y, rng), random_like(x, rng)
    _, _, dcache = layer.backward(params, cache, dy)
    found = layer.double_backward(params, cache, dcache, ddx)

    def projected(at: tuple[Tree, Tree, Tree]) -> float:
        _, fresh = layer.forward(at[2], at[0], subject.ctx)
        dx, _, _ = layer.backward(at[2], fresh, at[1], "inputs")
        return inner(filled(x, dx), filled(x, ddx))

    learned = tree.learned(params)
    at = (x, dy, params)
    along = (random_like(x, rng), random_like(dy, rng), random_like(learned, rng))
    exact = (
        filled(x, found.dx),
        filled(dy, found.ddy),
        filled(learned, found.dparams),
    )
    numeric = difference(projected, at, along, step)
    gap = abs(sum(inner(e, a) for e, a in zip(exact, along, strict=True)) - numeric)
    return ratio(gap, norm(exact))


def convergence(subject: Subject, step: float = 1e-3) -> float:
    """By what power of the step the error of a central difference of `backward` falls.

    2 for a smooth layer whose `backward_jvp` is right; 0 for a wrong one, whose error
    does not depend on the step. It speaks of the layer's third derivative: where that
    is zero (bilinear layers) there is no error to fall.
    """
    layer, rng = subject.layer, np.random.default_rng(7)
    params, x = subject.point()
    y, cache = layer.forward(params, x, subject.ctx)
    dy, tx = random_like(y, rng), random_like(x, rng)
    _, _, dcache = layer.backward(params, cache, dy)
    _, tcache = layer.jvp(params, cache, tx)
    tdx, tdparams = layer.backward_jvp(params, cache, dcache, tcache)
    exact = (filled(x, tdx), filled(tree.learned(params), tdparams))

    def gradients(at: Tree) -> tuple[Tree, Tree]:
        _, fresh = layer.forward(params, at, subject.ctx)
        dx, dparams, _ = layer.backward(params, fresh, dy)
        return filled(x, dx), filled(tree.learned(params), dparams)

    coarse, fine = (
        relative_error(exact, difference(gradients, x, tx, h)) for h in (2 * step, step)
    )
    return float(np.log2(coarse / fine))
