"""What becomes of a batch that is computed in parts: a check that anyone can run."""

from dataclasses import replace
from typing import Any

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.demand import demand
from scratchgan.gradcheck.sweeps import RESULTS, Subject, distance, sweep
from scratchgan.layers.group import Group
from scratchgan.parallel.threads import together
from scratchgan.types import Tree

#: Sums of some numbers, taken in two orders, may differ by this much, relative.
ROUNDING = 1e-11


def check_parts(subject: Subject, batch: int = 8, size: int = 2) -> None:
    """The members of a group find together what the whole batch gives, in every verb.

    Their rows of y, dx, ty and tdx are those of the batch, their parameter gradients
    sum to the batch's, and each of them advances the state as the batch does.

    Parameters
    ----------
    subject : Subject
        The layer.
    batch : int
        Number of samples, which `size` divides.
    size : int
        Members of the group, a thread each.
    """
    params, x = subject.point(batch)
    whole = sweep(subject, params, x)
    rows = batch // size

    def part(group: Group) -> dict[str, Any]:
        first = group.rank * rows
        given = tree.rows((x, whole.dy, whole.tx, whole.tdy), first, first + rows)
        ctx = replace(subject.ctx, first=first, group=group)
        return _verbs(subject._replace(ctx=ctx), params, *given)

    found = together(size, part)
    for name in RESULTS:
        parts = [each[name] for each in found]
        got = _summed(parts) if name.endswith("params") else _joined(parts)
        gap = distance(got, getattr(whole, name))
        demand(gap <= ROUNDING, subject, f"{name} of {size} parts", "the batch's", gap)
    moved = subject.layer.advance(params, whole.cache)
    for each in found:
        gap = distance(each["advance"], moved)
        demand(gap <= ROUNDING, subject, f"advance of {size} parts", "the batch's", gap)


def _verbs(
    subject: Subject, params: Tree, x: Tree, dy: Tree, tx: Tree, tdy: Tree
) -> dict[str, Any]:
    """Results of all verbs for given directions."""
    layer = subject.layer
    y, cache = layer.forward(params, x, subject.ctx)
    dx, dparams, dcache = layer.backward(params, cache, dy)
    ty, tcache = layer.jvp(params, cache, tx)
    tdx, tdparams = layer.backward_jvp(params, cache, dcache, tcache, tdy)
    found = dict(zip(RESULTS, (y, dx, dparams, ty, tdx, tdparams), strict=True))
    return {**found, "advance": layer.advance(params, cache)}


def _joined(parts: list[Tree]) -> Tree:
    return tree.map(lambda *rows: np.concatenate(rows), *parts)


def _summed(parts: list[Tree]) -> Tree:
    total = None
    for part in parts:
        total = tree.add(total, part)
    return total
