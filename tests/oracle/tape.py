"""A small tape: reverse mode whose gradients can be differentiated in reverse again.

An oracle for the tests, independent of every formula in `scratchgan`: the layers'
definitions (`definitions.py`) are written in these operations, and ⟨ddx, ∂⟨dy, y⟩/∂x⟩
is differentiated by running the tape backwards through its own backward pass. Each vjp
is written in the same operations, so that this needs nothing else. float64, slow.
"""

import math

import numpy as np

from scratchgan.kernels.erf import erf as erf_values


class Var:
    """An array that remembers what it was made of."""

    __array_ufunc__ = None  # NumPy arrays on the left leave the operation to us

    def __init__(self, value, parents=()):
        self.value = np.asarray(value, np.float64)
        self.parents = parents  # (Var, cotangent -> its part), one an argument

    @property
    def shape(self):
        return self.value.shape

    @property
    def ndim(self):
        return self.value.ndim

    def __add__(self, other):
        a, b = self, var(other)
        parents = ((a, lambda d: fold(d, a.shape)), (b, lambda d: fold(d, b.shape)))
        return Var(a.value + b.value, parents)

    def __mul__(self, other):
        a, b = self, var(other)
        return Var(
            a.value * b.value,
            ((a, lambda d: fold(d * b, a.shape)), (b, lambda d: fold(d * a, b.shape))),
        )

    def __matmul__(self, other):
        a, b = self, var(other)
        return Var(
            a.value @ b.value,
            (
                (a, lambda d: fold(d @ swap(b), a.shape)),
                (b, lambda d: fold(swap(a) @ d, b.shape)),
            ),
        )

    def __pow__(self, n):
        return Var(self.value**n, ((self, lambda d: d * (n * self ** (n - 1))),))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -var(other)

    def __truediv__(self, other):
        return self * var(other) ** -1.0

    def __rsub__(self, other):
        return var(other) - self

    def __rtruediv__(self, other):
        return var(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __rmatmul__(self, other):
        return var(other) @ self


def var(x):
    return x if isinstance(x, Var) else Var(x)


def exp(x):
    return Var(np.exp(x.value), ((x, lambda d: d * exp(x)),))


def log(x):
    return Var(np.log(x.value), ((x, lambda d: d / x),))


def tanh(x):
    return Var(np.tanh(x.value), ((x, lambda d: d * (1 - tanh(x) ** 2)),))


def erf(x):
    def vjp(d):
        return d * exp(-(x**2)) * (2 / math.sqrt(math.pi))

    return Var(erf_values(x.value), ((x, vjp),))


def absolute(x):
    return x * np.sign(x.value)


def where(mask, a, b):
    keep = np.asarray(mask, np.float64)
    return var(a) * keep + var(b) * (1 - keep)


def total(x, axis, keepdims=False):
    axes = tuple(a % x.ndim for a in ((axis,) if isinstance(axis, int) else axis))
    kept = tuple(1 if a in axes else n for a, n in enumerate(x.shape))

    def vjp(d):
        return reshape(d, kept) * np.ones(x.shape)

    return Var(x.value.sum(axis=axes, keepdims=keepdims), ((x, vjp),))


def reshape(x, shape):
    return Var(x.value.reshape(shape), ((x, lambda d: reshape(d, x.shape)),))


def transpose(x, order):
    back = tuple(np.argsort(order))
    return Var(x.value.transpose(order), ((x, lambda d: transpose(d, back)),))


def swap(x):
    """The last two axes exchanged."""
    return transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def gather(x, index):
    """Numbers of x by flat index; zero where the index is x's size."""
    size = x.value.size
    flat = np.append(x.value.reshape(-1), 0.0)
    return Var(flat[index], ((x, lambda d: scatter(d, index, size, x.shape)),))


def scatter(x, index, size, shape):
    """The adjoint of `gather`: numbers added at flat indices; at `size`, dropped."""
    flat = np.zeros(size + 1)
    np.add.at(flat, index, x.value)
    return Var(flat[:-1].reshape(shape), ((x, lambda d: gather(d, index)),))


def concatenate(parts, axis):
    """By way of `gather`: parts end to end, then in their places."""
    places, start = [], 0
    for part in parts:
        places.append(start + np.arange(part.value.size).reshape(part.shape))
        start += part.value.size
    whole = None
    for part, place in zip(parts, places, strict=True):
        piece = scatter(part, place, start, (start,))
        whole = piece if whole is None else whole + piece
    return gather(whole, np.concatenate(places, axis))


def fold(x, shape):
    """The adjoint of broadcasting from `shape`."""
    if x.shape == shape:
        return x
    extra = x.ndim - len(shape)
    x = total(x, tuple(range(extra))) if extra else x
    axes = tuple(a for a, n in enumerate(shape) if n == 1 and x.shape[a] != 1)
    return total(x, axes, keepdims=True) if axes else x


def values(x):
    """The NumPy array behind x, for choices that are constants (an argmax)."""
    return x.value


def gradients(y, xs):
    """∂y/∂x of a scalar for every x, as Vars; None where y does not depend on x."""
    order, seen = [], set()

    def visit(node):
        stack = [(node, False)]
        while stack:
            at, done = stack.pop()
            if done:
                order.append(at)
            elif id(at) not in seen:
                seen.add(id(at))
                stack.append((at, True))
                stack += [(parent, False) for parent, _ in at.parents]

    visit(y)
    cotangents = {id(y): Var(np.ones(y.shape))}
    for node in reversed(order):
        d = cotangents.get(id(node))
        if d is None:
            continue
        for parent, vjp in node.parents:
            part = vjp(d)
            before = cotangents.get(id(parent))
            cotangents[id(parent)] = part if before is None else before + part
    return [cotangents.get(id(x)) for x in xs]


def constant(a):
    return Var(a)
