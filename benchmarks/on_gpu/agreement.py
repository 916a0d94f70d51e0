"""Whether two libraries compute one gradient, both beside ours in float64.

Compared with float64 on a few samples, and with each other on the whole case.

In float32 a sign that rounding turns at a kink of LeakyReLU moves a gradient by far
more than rounding itself, by the square root of the share of such signs. So what is
asked is that ours is as near to float64 as theirs is, and theirs near enough to be of
the same function.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from on_gpu.ours import prepare
from on_gpu.setting import LIMITS, Setting
from on_gpu.step_cases import SMALLER, StepCase, cases
from scratchgan.backend import NUMPY

SAMPLES = 4  # a group of MinibatchStddev
TIMES = 3.0  # ours may be so many times as far off as theirs
#: How far theirs may be off before the networks are taken for different ones.
FAR = {"float32": 1e-2, "tf32": 0.2}
FLOOR = 1e-3  # of the whole gradient: what a parameter's is measured against at least


#: A case's gradient, by parameter.
Gradient = Callable[[StepCase], list[np.ndarray]]


class DifferentGradientsError(AssertionError):
    """Two libraries do not compute the same gradient; says by how much."""


@cache
def exact(name: str, setting: Setting) -> list[np.ndarray]:
    """Our gradient in float64 on the host, on a few samples of a case."""
    return prepare(small(name, setting), NUMPY, "float64").gradient()


def small(name: str, setting: Setting) -> StepCase:
    """The case with a few samples; a smaller network of the kind where it is large."""
    known = cases(setting) if setting.tiny else cases(setting) | SMALLER
    return known[name].of(SAMPLES)


def error(found: list[np.ndarray], right: list[np.ndarray]) -> float:
    """Largest ‖a − b‖ / ‖b‖ of a parameter's gradient."""
    whole = float(np.sqrt(sum(float((b * b).sum()) for b in right)))
    gaps = [
        float(np.linalg.norm((a.astype(np.float64) - b).ravel()))
        / max(float(np.linalg.norm(b.ravel())), FLOOR * whole)
        for a, b in zip(found, right, strict=True)
    ]
    return float(np.max(gaps))  # not a number if one is not


def require(
    name: str, setting: Setting, mine: Gradient, other: Gradient
) -> dict[str, float]:
    """Errors of both gradients, if they are of one function.

    Parameters
    ----------
    name : str
        Of the case.
    setting : Setting
        Where, and how precise.
    mine, other : callable
        Our gradient of a case and theirs, by parameter, in our layouts.

    Returns
    -------
    dict
        "ours" and "theirs", beside float64 on a few samples, and "apart", of ours
        beside theirs on all.

    Raises
    ------
    DifferentGradientsError
        If they are not.
    """
    few, whole = small(name, setting), cases(setting)[name]
    right = exact(name, setting)
    found = {"ours": error(mine(few), right), "theirs": error(other(few), right)}
    found["apart"] = error(mine(whole), other(whole))
    far = FAR[setting.precision]
    most = {
        "ours": max(LIMITS[setting.precision], TIMES * found["theirs"]),
        "theirs": far,
        "apart": far,
    }
    if not all(found[which] <= most[which] for which in found):
        said = ", ".join(f"{w} {found[w]:.1e} (at most {most[w]:.1e})" for w in found)
        raise DifferentGradientsError(f"relative errors of gradients: {said}")
    return found
