"""Which known gradient an unknown one is.

`found` is compared with, in this order: the gradient of every reading of the penalty,
with either sign; zero; the two gradients that leave out second derivatives. The first
that agrees in every leaf gives the name.
"""

from typing import NamedTuple

import numpy as np

from scratchgan.gradcheck.conformance.dense_chain import Chain, read_chain
from scratchgan.gradcheck.conformance.differences import (
    Numbers,
    agree,
    close,
    errors,
    largest,
)
from scratchgan.gradcheck.conformance.functionals import Functional
from scratchgan.gradcheck.conformance.report import UNKNOWN
from scratchgan.gradcheck.conformance.setting import Truth

#: Step of second differences, in steps of first ones.
COARSER = 4.0


class Verdict(NamedTuple):
    """Names of the defects of a gradient (none if it is right), and what was seen."""

    names: tuple[str, ...]
    measured: str

    @property
    def known(self) -> bool:
        """Whether the gradient is right, or wrong in a known way."""
        return UNKNOWN not in self.names


def judge(found: Numbers, truth: Truth, reading: Functional | None) -> Verdict:
    """What `found` is, if the value is `reading` (None: not understood).

    A reading of the value is tried first; what it was found wrong for is not repeated.
    """
    right = truth.setting.readings[0]
    tried = [r for r in (reading, *truth.setting.readings) if r is not None]
    tolerance = truth.setting.tolerance
    if not all(np.isfinite(n).all() for n in found.values()):
        return Verdict((UNKNOWN,), "the gradient is not finite")
    least = tolerance * largest(truth.numbers(tried[0]))
    for sign, each in ((s, r) for r in tried for s in (1, -1)):
        if largest(truth.numbers(each)) > least and agree(
            found, _times(sign, truth.numbers(each)), tolerance
        ):
            names = [each.name] if each.name else []
            names += ["wrong sign"] if sign < 0 else []
            minus = "minus " if sign < 0 else ""
            return Verdict(
                tuple(names), f"the gradient is {minus}that of {each.formula}"
            )
    if largest(found) <= least:
        return Verdict(("penalty never differentiated",), "the gradient is zero")
    return _curvature(found, truth, tried[0]) or Verdict(
        (UNKNOWN,), "relative error by leaf: " + described(found, truth.numbers(right))
    )


def _curvature(found: Numbers, truth: Truth, reading: Functional) -> Verdict | None:
    """One of the two gradients without all second derivatives."""
    tolerance = truth.setting.tolerance
    wrong = described(found, truth.numbers(reading))
    chain = chain_at(truth, reading)
    if chain is not None:
        product = truth.setting.directions.products_of_leaves
        if agree(found, product(chain.without_curvature), tolerance):
            return Verdict(("f″ sweep missing",), f"no f″ in it; error {wrong}")
        for gradient in (chain.local_bias, chain.local):
            if agree(found, product(gradient), tolerance):
                text = f"f″ only where it arises; error {wrong}"
                return Verdict(("reverse sweep missing",), text)
        return None
    if has_frozen_slopes(found, truth.product(reading), tolerance):
        text = f"every ⟨θ, dθ⟩ is ⟨v, g⟩ or 0; error {wrong}"
        return Verdict(("f″ sweep missing",), text)
    return None


def chain_at(truth: Truth, reading: Functional) -> Chain | None:
    """The critic read as a chain of dense layers, along v of `reading`."""
    setting = truth.setting
    return read_chain(
        setting.code.scores,
        setting.directions,
        truth.x_hat,
        truth.v(reading),
        COARSER * setting.step,
    )


def has_frozen_slopes(numbers: Numbers, product: float, tolerance: float) -> bool:
    """Whether a gradient is one in which every activation's slope is held fixed.

    Then g = J₁ᵀ J₂ᵀ … 1 is linear in each weight, with ⟨W, dW⟩ = ⟨v, g⟩ by Euler's
    theorem, and does not depend on what is added, so that db = 0. This holds for any
    sequence of layers, and for a ReLU critic of the right gradient.
    """
    top = largest(numbers)
    parts = [n for n in numbers.values() if np.abs(n).max() > tolerance * top]
    return bool(parts) and all(close(n[-1], product, tolerance) for n in parts)


def described(found: Numbers, right: Numbers) -> str:
    """Errors of the leaves, and what they have in common."""
    by_leaf = errors(found, right)
    shown = [f"{name} {error:.1e}" for name, error in list(by_leaf.items())[:8]]
    text = ", ".join(shown) + (", …" if len(by_leaf) > 8 else "")
    a, b = (np.concatenate([n[name] for name in right]) for n in (found, right))
    factor = float(a @ b / (b @ b)) if b.any() else 0.0
    if factor and np.abs(a - factor * b).max() <= 1e-4 * np.abs(a).max():
        return f"{text}; it is {factor:.6g} times the right one"
    wrong = [error > 1e-4 for error in by_leaf.values()]
    edge = len(wrong) - wrong[::-1].index(True) if any(wrong) else 0
    if 0 < edge < len(wrong) and all(wrong[:edge]):
        return (
            f"{text}; right from {list(by_leaf)[edge]} on, wrong in all leaves before"
        )
    return text


def _times(factor: float, numbers: Numbers) -> Numbers:
    return {name: factor * n for name, n in numbers.items()}
