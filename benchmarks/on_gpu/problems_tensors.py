"""Problems of kernels that work on all tensors of a network in one launch.

Their arrays are known to a launch by addresses, so that a problem says what it moves.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from on_gpu.problem import Numbers, Problem
from scratchgan.kernels.cuda import optimizers, tensors

#: Such as those of StyleGAN2's discriminator, a third more: 38 million numbers.
SHAPES = {
    "large": [(3, 3, 512, 512)] * 16 + [(512,)] * 16,
    "small": [(3, 3, 4, 8), (8,)],
    "odd": [(3, 5), (1,), (4099,)],
}
B1, B2, EPS, RATE, KEEP = 0.9, 0.99, 1e-8, 2e-3, 0.999


def many(count: int) -> Callable[[Numbers, str], tuple]:
    """So many lists of tensors; the last is of squares where there are four."""

    def arrays(numbers: Numbers, size: str) -> tuple:
        found = [[numbers(*shape) for shape in SHAPES[size]] for _ in range(count)]
        if count == 4:
            found[3] = [each**2 for each in found[3]]
        return (*found, told(count))

    return arrays


def told(count: int) -> np.ndarray:
    """What a step is told in device memory."""
    adam = [RATE / (1 - B1), 1 / np.sqrt(1 - B2)]
    return np.array(adam if count == 4 else [KEEP])


def moving(times: int) -> Callable[..., int]:
    """Bytes of so many passes over all tensors."""
    return lambda first, *_: times * sum(each.nbytes for each in first)


def adam(run: Any, p: Any, g: Any, m: Any, s: Any, constants: Any) -> Any:
    """One update."""
    rows = list(zip(p, g, m, s, strict=True))
    return optimizers.adam(run, rows, constants, beta1=B1, beta2=B2, eps=EPS)


def adam_twin(p: Any, g: Any, m: Any, s: Any, constants: Any) -> Any:
    """The equation."""
    rate, correction = constants
    found = []
    for a, b, c, d in zip(p, g, m, s, strict=True):
        c, d = B1 * c + (1 - B1) * b, B2 * d + (1 - B2) * b * b
        found.append((a - rate * c / (np.sqrt(d) * correction + EPS), c, d))
    return found


def follow_twin(q: Any, p: Any, keep: Any) -> Any:
    """The equation."""
    return [keep[0] * a + (1 - keep[0]) * b for a, b in zip(q, p, strict=True)]


def copied(run: Any, x: Any, y: Any, _: Any) -> Any:
    """All numbers of x over those of y."""
    tensors.copy(run, list(zip(x, y, strict=True)))
    return y


PROBLEMS = (
    Problem(
        "optimizers",
        "Adam, 38 million",
        many(4),
        adam,
        adam_twin,
        moved=moving(7),
    ),
    Problem(
        "optimizers",
        "average, 38 million",
        many(2),
        lambda run, q, p, keep: optimizers.follow(
            run, list(zip(q, p, strict=True)), keep
        ),
        follow_twin,
        moved=moving(3),
    ),
    Problem(
        "tensors",
        "squares, 38 million",
        many(1),
        lambda run, x, _: tensors.squares(run, x),
        lambda x, _: np.array([(a * a).sum() for a in x]),
        moved=moving(1),
    ),
    Problem(
        "tensors",
        "copy, 38 million",
        many(2),
        copied,
        lambda x, y, _: x,
        moved=moving(2),
    ),
)
