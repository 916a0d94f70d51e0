"""What every layer promises beside its derivatives, as checks that anyone can run.

Each takes a `Subject` and raises `ContractError`, with one line that says what was
expected and what came. `check_contract` runs them all.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.demand import demand
from scratchgan.gradcheck.numeric import inner, random_like
from scratchgan.gradcheck.parts import check_parts
from scratchgan.gradcheck.precision import check_float16, check_float32
from scratchgan.gradcheck.sweeps import RESULTS, Subject, distance, filled, sweep
from scratchgan.types import Array, Tree

#: Two ways to compute one number in float64 may differ by this much, relative.
ROUNDING = 1e-11


def check_contract(subject: Subject) -> None:
    """Run every check of this module.

    Raises
    ------
    ContractError
        If one fails.
    """
    for check in CONTRACT.values():
        check(subject)


def check_shapes(subject: Subject) -> None:
    """Outputs are shaped as `init` announces, gradients as their arguments."""
    params, x = subject.point(batch=4)
    _, out_shape = subject.layer.init(np.random.default_rng(0), subject.in_shape)
    found, announced = sweep(subject, params, x), _batched(out_shape, 4)
    for name in ("y", "ty"):
        got = [leaf.shape for leaf in tree.leaves(getattr(found, name))]
        if name == "y" or got:
            demand(got == announced, subject, name, announced, got)
    for name, like in (("dx", x), ("dparams", tree.learned(params))):
        expected = [leaf.shape for leaf in tree.leaves(like)]
        got = [leaf.shape for leaf in tree.leaves(filled(like, getattr(found, name)))]
        demand(got == expected, subject, name, expected, got)


def check_structural_zeros(subject: Subject) -> None:
    """``tdy=None`` says what a tdy of zeros says."""
    params, x = subject.point()
    layer, found = subject.layer, sweep(subject, params, x, moving=False)
    zeros = tree.zeros_like(found.y)
    tdx, tdparams = layer.backward_jvp(
        params, found.cache, found.dcache, found.tcache, zeros
    )
    learned = tree.learned(params)
    for name, like, none, zero in (
        ("tdx", x, found.tdx, tdx),
        ("tdparams", learned, found.tdparams, tdparams),
    ):
        gap = distance(filled(like, none), filled(like, zero))
        demand(gap <= ROUNDING, subject, f"{name} for tdy=None", "that of zeros", gap)


def check_wrt(subject: Subject) -> None:
    """``wrt`` leaves out what was not asked for, and changes nothing else."""
    params, x = subject.point()
    layer, found = subject.layer, sweep(subject, params, x)
    traces = (params, found.cache, found.dcache, found.tcache, found.tdy)
    for wrt in ("inputs", "params"):
        dx, dparams, _ = layer.backward(params, found.cache, found.dy, wrt)
        tdx, tdparams = layer.backward_jvp(*traces, wrt)
        asked, left_out = ((dx, tdx), (dparams, tdparams))
        whole = (found.dx, found.tdx)
        if wrt == "params":
            asked, left_out = left_out, asked
            whole = (found.dparams, found.tdparams)
        if wrt == "inputs" or tree.leaves(tree.learned(params)):
            got = [leaf.shape for part in left_out for leaf in tree.leaves(part)]
            demand(not got, subject, f'wrt="{wrt}"', "the rest left out", got)
        for part, same in zip(asked, whole, strict=True):
            gap = distance(part, same)
            demand(gap == 0, subject, f'wrt="{wrt}"', "the same bits", gap)


def check_purity(subject: Subject) -> None:
    """No argument and no trace is modified, and equal arguments give equal bits."""
    params, x = subject.point()
    arguments = [leaf.copy() for leaf in arrays((params, x))]
    first = sweep(subject, params, x)
    results = [leaf.copy() for leaf in arrays(first)]
    second = sweep(subject, params, x)
    for what, before, after in (
        ("an argument is modified", arguments, arrays((params, x))),
        ("a second run differs", results, arrays(second)),
        ("a trace or result is modified by a later sweep", results, arrays(first)),
    ):
        same = all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
        demand(same, subject, "purity", "equal bits", what)


def check_strides(subject: Subject) -> None:
    """The layout of the inputs in memory does not matter."""
    params, x = subject.point()

    def spread(a: Array) -> Array:
        return np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim > 1 else a

    found, strided = (
        sweep(subject, params, x),
        sweep(subject, params, tree.map(spread, x)),
    )
    for name in RESULTS:
        gap = distance(getattr(found, name), getattr(strided, name))
        demand(gap <= ROUNDING, subject, f"{name} of strided x", "the same", gap)


def check_batches(subject: Subject) -> None:
    """A batch of one, and of none unless it is coupled, go through every verb."""
    coupled = subject.layer.couples_batch and subject.ctx.training
    for batch in (1,) if coupled else (0, 1):
        params, x = subject.point(batch)
        found = sweep(subject, params, x)
        for name, like in (("dx", x), ("tdx", x)):
            expected = [leaf.shape for leaf in tree.leaves(like)]
            got = [
                leaf.shape for leaf in tree.leaves(filled(like, getattr(found, name)))
            ]
            demand(got == expected, subject, f"{name}, batch {batch}", expected, got)
        finite = all(np.isfinite(leaf).all() for leaf in tree.leaves(found.dparams))
        demand(finite, subject, f"dparams, batch {batch}", "finite", "not finite")


def check_cutting(subject: Subject) -> None:
    """The cache of a batch, cut, is the cache of its part, unless it is coupled."""
    if subject.layer.couples_batch:
        return
    params, x = subject.point(batch=5)
    _, cache = subject.layer.forward(params, x, subject.ctx)
    part, ctx = tree.rows(x, 2, 4), subject.ctx
    found = sweep(subject._replace(ctx=replace(ctx, first=2)), params, part)
    dx, dparams, _ = subject.layer.backward(params, tree.rows(cache, 2, 4), found.dy)
    for name, a, b in (("dx", dx, found.dx), ("dparams", dparams, found.dparams)):
        gap = distance(a, b)
        demand(gap <= ROUNDING, subject, f"{name} of a cut cache", "the same", gap)


def check_coupling(subject: Subject) -> None:
    """`couples_batch` tells whether other samples change a sample's output."""
    if not subject.ctx.training:
        return
    params, x = subject.point(batch=3)
    y, _ = subject.layer.forward(params, x, subject.ctx)
    rest = tree.map(lambda a: a + 1.0 if a.dtype.kind == "f" else a, x)
    other = tree.map(lambda a, b: np.concatenate([a[:1], b[1:]]), x, rest)
    moved, _ = subject.layer.forward(params, other, subject.ctx)
    gap = distance(tree.rows(y, 0, 1), tree.rows(moved, 0, 1))
    coupled = gap > ROUNDING
    expected = subject.layer.couples_batch
    demand(coupled == expected, subject, "couples_batch", expected, coupled)


def check_symmetry(subject: Subject) -> None:
    """⟨u, H v⟩ = ⟨v, H u⟩ for the Hessian H in x of ⟨dy, f(x)⟩."""
    params, x = subject.point()
    layer, found = subject.layer, sweep(subject, params, x)
    rng = np.random.default_rng(5)
    u, v = random_like(x, rng), random_like(x, rng)

    def hessian(direction: Tree) -> Tree:
        _, tcache = layer.jvp(params, found.cache, direction)
        return layer.backward_jvp(params, found.cache, found.dcache, tcache)[0]

    hu, hv = filled(x, hessian(u)), filled(x, hessian(v))
    left, right = inner(hv, filled(x, u)), inner(hu, filled(x, v))
    scale = np.sqrt(inner(hv, hv) * inner(filled(x, u), filled(x, u)))
    gap = abs(left - right) / scale if scale > 0 else abs(left - right)
    demand(gap <= ROUNDING, subject, "second derivative", "symmetric", gap)


CONTRACT: dict[str, Callable[[Subject], None]] = {
    "shapes": check_shapes,
    "structural zeros": check_structural_zeros,
    "wrt": check_wrt,
    "purity": check_purity,
    "float32": check_float32,
    "float16": check_float16,
    "strides": check_strides,
    "batches": check_batches,
    "cutting": check_cutting,
    "coupling": check_coupling,
    "parts": check_parts,
    "symmetry": check_symmetry,
}


def arrays(values: Any) -> list[Array]:
    """Leaves of a tree that are arrays, not the numbers that a cache may hold."""
    return [leaf for leaf in tree.leaves(values) if isinstance(leaf, np.ndarray)]


def _batched(out_shape: Any, batch: int) -> list[tuple[int, ...]]:
    """Shapes of the outputs for a batch."""
    several = bool(out_shape) and isinstance(out_shape[0], tuple)
    return [(batch, *shape) for shape in (out_shape if several else (out_shape,))]
