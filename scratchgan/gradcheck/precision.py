"""What becomes of other dtypes than float64: checks that anyone can run on a layer."""

from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.demand import demand
from scratchgan.gradcheck.sweeps import RESULTS, Subject, distance, sweep
from scratchgan.types import Tree

#: Some units in the last of float16's eleven bits, after a few operations.
HALF = 2.0**-5


def check_float32(subject: Subject) -> None:
    """float32 arguments give float32 results, and so does `advance`."""
    params, x = (_cast(part, np.float32) for part in subject.point())
    found = sweep(subject, params, x)
    moved = subject.layer.advance(params, found.cache)
    results = [(name, getattr(found, name)) for name in RESULTS]
    for name, result in (*results, ("advance", moved)):
        got = _dtypes(result)
        demand(got <= {"float32"}, subject, name, "float32", sorted(got))


def check_float16(subject: Subject) -> None:
    """float16 arguments give float16 results, right to a few of float16's digits.

    Parameter gradients are summed over thousands of positive terms as well, where a sum
    in float16 would stop growing: they must accumulate in float32.
    """
    params, _ = subject.point()
    many = bool(tree.leaves(tree.learned(params))) and not subject.layer.couples_batch
    for batch in (4, 4096) if many else (4,):
        params, x = (_cast(part, np.float16) for part in subject.point(batch))
        x = tree.map(abs, x)
        half = _gradients(subject, params, x)
        exact = _gradients(subject, _cast(params, np.float64), _cast(x, np.float64))
        for name, a, b in zip(("y", "dx", "dparams"), half, exact, strict=True):
            got = _dtypes(a)
            demand(got <= {"float16"}, subject, name, "float16", sorted(got))
            gap = distance(_cast(a, np.float64), b)
            demand(gap <= HALF, subject, f"{name} in float16", f"<= {HALF}", gap)


def _gradients(subject: Subject, params: Tree, x: Tree) -> tuple[Tree, Tree, Tree]:
    """y, dx and dparams for a dy just below 2⁻⁶: no sum of them overflows float16."""
    rng = np.random.default_rng(1)
    y, cache = subject.layer.forward(params, x, subject.ctx)
    dy = tree.map(lambda a: 2.0**-6 * rng.uniform(0.75, 1, size=a.shape), y)
    half = _cast(dy, np.float16)  # the same numbers in both precisions
    dy = tree.map(lambda a, b: a.astype(b.dtype), half, y)
    dx, dparams, _ = subject.layer.backward(params, cache, dy)
    return y, dx, dparams


def _cast(values: Any, dtype: Any) -> Any:
    """Floating point leaves as `dtype`; labels stay what they are."""
    return tree.map(lambda a: a.astype(dtype) if a.dtype.kind == "f" else a, values)


def _dtypes(values: Tree) -> set[str]:
    return {str(leaf.dtype) for leaf in tree.leaves(values) if leaf.dtype.kind == "f"}
