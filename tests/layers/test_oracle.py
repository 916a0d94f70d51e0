"""Every layer against its definition, differentiated by an independent tape.

forward, backward and `double_backward` (reverse over reverse) of every case agree with
a tape that knows nothing of the formulas (`test_torch.py` asks PyTorch the same).
"""

import inspect

import pytest
from layer_cases import CASES, IDS
from oracle import tape
from oracle.compare import Found, assert_agree, floats
from oracle.definitions import DEFINITIONS, define

from scratchgan import layers as nn
from scratchgan import tree

TOLERANCE = 1e-12


def test_every_public_layer_has_a_definition():
    public = {
        getattr(nn, name)
        for name in nn.__all__
        if inspect.isclass(getattr(nn, name))
        and issubclass(getattr(nn, name), nn.Layer)
    }
    assert public - DEFINITIONS.keys() == {nn.Layer, nn.Composite}  # abstract


def by_tape(case, found):
    """y, (dx, dparams), and the gradient of ⟨ddx, dx⟩ in dy, x and the parameters."""

    def lift(values):
        return tree.map(lambda a: tape.Var(a) if a.dtype.kind == "f" else a, values)

    params, x, dy = lift(found.params), lift(found.x), lift(found.dy)
    y = define(tape, case.layer, params, x, found.cache, case.ctx.training)
    inputs, learned = (variables(v) for v in (x, tree.learned(params)))
    projected = inner(variables(y), variables(dy))
    first = tape.gradients(projected, inputs + learned)
    dx = first[: len(inputs)]
    again = inner(dx, [tape.Var(a) for a in floats(found.ddx)])
    wanted = variables(dy) + inputs + learned
    second = [None] * len(wanted) if again is None else tape.gradients(again, wanted)
    return [v.value for v in variables(y)], values(first), values(second)


def variables(v):
    return [leaf for leaf in tree.leaves(v) if isinstance(leaf, tape.Var)]


def values(found):
    return [None if v is None else v.value for v in found]


def inner(a, b):
    """⟨a, b⟩; None is zero, and None where all are."""
    whole = None
    for x, y in zip(a, b, strict=True):
        if x is not None:
            term = tape.total(tape.reshape(x * y, (-1,)), (0,))
            whole = term if whole is None else whole + term
    return whole


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_agrees_with_reverse_over_reverse_on_a_tape(case):
    found = Found(case)
    assert_agree(found, by_tape(case, found), TOLERANCE)
