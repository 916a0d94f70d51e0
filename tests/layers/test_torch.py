"""Every layer against PyTorch's autograd, first and second order, in float64.

Where PyTorch has the layer, its own function is used (`OWN`); the rest are the
definitions of `oracle.definitions` on PyTorch's tensors. Needs the extra `bench`.
"""

import pytest
from layer_cases import CASES, IDS
from oracle.compare import Found, assert_agree, floats
from oracle.definitions import define

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck.registry import LAYERS

torch = pytest.importorskip("torch", reason="PyTorch is in the extra `bench`")
torch_ops = pytest.importorskip("oracle.torch_ops")
own = pytest.importorskip("oracle.torch_own")

TOLERANCE = 1e-10


def lifted(values):
    def lift(a):
        t = torch.as_tensor(a)
        return t.requires_grad_() if a.dtype.kind == "f" else a

    return tree.map(lift, values)


def by_torch(case, found):
    """y, (dx, dparams), and the gradient of ⟨ddx, dx⟩ in dy, x and the parameters."""
    params, x, dy = lifted(found.params), lifted(found.x), lifted(found.dy)
    f = own.OWN.get(type(case.layer))
    if f is not None:
        y = f(case.layer, params, x, case.ctx.training)
    else:
        y = define(torch_ops, case.layer, params, x, found.cache, case.ctx.training)
    outputs = y if isinstance(y, tuple) else (y,)
    inputs, learned = (variables(v) for v in (x, tree.learned(params)))
    first = derivative(inner(outputs, variables(dy)), inputs + learned)
    again = inner(first[: len(inputs)], [torch.as_tensor(a) for a in floats(found.ddx)])
    second = derivative(again, variables(dy) + inputs + learned)
    return numbers(outputs), numbers(first), numbers(second)


def variables(v):
    return [leaf for leaf in tree.leaves(v) if isinstance(leaf, torch.Tensor)]


def inner(a, b):
    terms = [(x * y).sum() for x, y in zip(a, b, strict=True) if x is not None]
    return sum(terms) if terms else None


def derivative(y, xs):
    if y is None or not y.requires_grad:
        return [None] * len(xs)
    return torch.autograd.grad(y, xs, create_graph=True, allow_unused=True)


def numbers(found):
    return [None if t is None else t.detach().numpy() for t in found]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_agrees_with_autograd(case):
    found = Found(case)
    assert_agree(found, by_torch(case, found), TOLERANCE)


def test_what_pytorch_has_is_compared_with_its_own():
    used = {type(case.layer) for case in LAYERS} & own.OWN.keys()
    assert used == own.OWN.keys()  # every function is tried
    assert len(used) >= 35
    assert nn.Conv2d in used
