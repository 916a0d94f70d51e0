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

from scratchgan.gradcheck.sweeps import Subject, sweep
from scratchgan.layers import TRAINING

#: Relative to the largest entry. Rounding leaves 1e-12 in float64, and the rule that
#: `differenced` takes, of order step⁶, 4e-11 where a direction is long.
TOLERANCE = 1e-10


class Proof(NamedTuple):
    """How one formula is evaluated."""

    scene: Callable[[], Any]
    sides: Callable[[Any], tuple]

    def evaluate(self, scene: Any) -> list[np.ndarray]:
        """All sides in one scene, or one after the other in a list of scenes."""
        if not isinstance(scene, list):
            return [np.asarray(side) for side in self.sides(scene)]
        found = zip(*map(self.sides, scene), strict=True)
        return [np.concatenate([np.ravel(part) for part in side]) for side in found]


PROOFS: dict[tuple[str, str], Proof] = {}


def prove(
    module: str, scene: Callable[[], Any], formulas: dict[str, Callable[[Any], tuple]]
) -> None:
    """Enter the evaluators of `module`, which share a scene, or a list of scenes."""
    for text, sides in formulas.items():
        assert (module, text) not in PROOFS, f"{module}: {text} is proved twice"
        PROOFS[module, text] = Proof(scene, sides)


def sweeps(layer, in_shape, *, batch=3, seed=0, ctx=TRAINING, labels=0, inputs=""):
    """Every argument and result of the verbs, by name.

    For a parameter W also dW and tdW, and for each of several `inputs`, x say, also dx,
    tx and tdx.
    """
    subject = Subject(layer, in_shape, ctx, labels)
    params, x = subject.point(batch, seed)
    found = sweep(subject, params, x, seed + 1)._asdict()
    s = SimpleNamespace(params=params, **{**found, "x": x})
    for prefix in ("", "d", "td"):
        values = getattr(s, f"{prefix}params")
        for name, value in getattr(values, "_asdict", dict)().items():
            setattr(s, prefix + name, value)
    for prefix in ("", "d", "t", "td"):
        values = getattr(s, f"{prefix}x")
        for name, value in zip(inputs.split(), values if inputs else (), strict=True):
            setattr(s, prefix + name, value)
    s.layer = layer  # not a wrapper's parameters of that name
    return s


def track(s, /, **functions):
    """Into `s`, the value of each function of ε at 0, and as t… its derivative."""
    for name, f in functions.items():
        setattr(s, name, f(0.0))
        setattr(s, f"t{name}", differenced(f, 0.0, 1.0))
    return s


def derivative(f, x, tx, step=1e-30):
    """d/dε f(x + ε tx), exact to rounding for analytic f: Im f(x + i h tx) / h."""
    return np.imag(f(x + 1j * step * tx)) / step


def gradient(f, x):
    """∂f/∂x of an analytic f whose values are scalars, entry by entry."""
    units = np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([derivative(f, x, u) for u in units]).reshape(x.shape)


def pulled(f, x, dy):
    """∂⟨dy, f(x)⟩/∂x: the cotangent of x, given that of y = f(x)."""
    return gradient(lambda a: (dy * f(a)).sum(), x)


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


def one_hot(labels, classes):
    """E, one row a label."""
    return np.eye(classes)[labels.ravel()]


def over(a):
    """Σ over all axes but the last."""
    return a.reshape(-1, a.shape[-1]).sum(0)
