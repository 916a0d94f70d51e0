"""What proves the displayed formulas: one entry a formula, both sides evaluated.

An entry's key is the formula as it is displayed, with single spaces; its value takes a
scene (arrays, and the results of the verbs) and returns both sides, or all sides of a
chain of equalities. The right-hand sides are transcriptions into NumPy, written from
the formula and not from the layer's code.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck import random_params
from scratchgan.layers import TRAINING

#: Relative to the largest entry; rounding leaves 1e-12 or less in float64.
EXACT = 1e-9

Sides = Callable[[Any], tuple]


class Proof(NamedTuple):
    """How one formula is evaluated."""

    scene: Callable[[], Any]
    sides: Sides
    tolerance: float


PROOFS: dict[tuple[str, str], Proof] = {}


def prove(
    module: str,
    scene: Callable[[], Any],
    formulas: dict[str, Sides],
    tolerance: float = EXACT,
) -> None:
    """Enter the evaluators of `module`, which share a scene."""
    for text, sides in formulas.items():
        assert (module, text) not in PROOFS, f"{module}: {text} is proved twice"
        PROOFS[module, text] = Proof(scene, sides, tolerance)


def sweeps(layer, in_shape, *, batch=3, seed=0, ctx=TRAINING, x=None):
    """Every argument and result of the verbs, and W, dW, tdW … for each parameter."""
    rng = np.random.default_rng(seed)
    params = random_params(layer, in_shape, rng)
    x = rng.normal(size=(batch, *in_shape)) if x is None else x
    y, cache = layer.forward(params, x, ctx)
    dy, tdy = (tree.map(lambda a: rng.normal(size=a.shape), y) for _ in range(2))
    tx = tree.map(lambda a: rng.normal(size=a.shape), x)
    dx, dparams, dcache = layer.backward(params, cache, dy)
    ty, tcache = layer.jvp(params, cache, tx)
    tdx, tdparams = layer.backward_jvp(params, cache, dcache, tcache, tdy)
    s = SimpleNamespace(
        layer=layer, params=params, dparams=dparams, tdparams=tdparams,
        x=x, y=y, dy=dy, dx=dx, tx=tx, ty=ty, tdy=tdy, tdx=tdx,
    )  # fmt: skip
    for prefix, values in (("", params), ("d", dparams), ("td", tdparams)):
        for name, value in getattr(values, "_asdict", dict)().items():
            setattr(s, prefix + name, value)
    return s


def derivative(f, x, tx, step=1e-30):
    """d/dε f(x + ε tx), exact to rounding for analytic f: Im f(x + i h tx) / h."""
    return np.imag(f(x + 1j * step * tx)) / step


def gradient(f, x):
    """∂f/∂x of an analytic f whose values are scalars, entry by entry."""
    units = np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([derivative(f, x, u) for u in units]).reshape(x.shape)


def jacobian(f, x):
    """∂f/∂x as a matrix, (size of f, size of x)."""
    units = np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([derivative(f, x, u).ravel() for u in units]).T


def differenced(f, x, tx, step=1e-3):
    """d/dε f(x + ε tx) where f takes real numbers only, by a rule of order step⁶.

    Truncation and rounding are both near 1e-13.
    """
    weights = {1: 45, 2: -9, 3: 1}
    return sum(
        w * (f(x + k * step * tx) - f(x - k * step * tx)) for k, w in weights.items()
    ) / (60 * step)


def joined(scenes, names):
    """One scene whose arrays are those of all `scenes`, flattened, one by one."""
    found = SimpleNamespace(scenes=scenes)
    for name in names.split():
        parts = [np.ravel(getattr(s, name)) for s in scenes]
        setattr(found, name, np.concatenate(parts))
    return found
