"""The penalty: its value, where it looks, and its gradient in the parameters.

With x_real = x_fake = x̂ the interpolation cannot matter, whoever draws ε: the value
there tells which norm and which mean the code takes. Its value between different
samples then tells which ε, and there the gradient is judged.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from scratchgan.gradcheck.conformance.differences import Numbers, close
from scratchgan.gradcheck.conformance.functionals import Functional
from scratchgan.gradcheck.conformance.implementation import valued
from scratchgan.gradcheck.conformance.report import UNKNOWN, Notes
from scratchgan.gradcheck.conformance.setting import Setting, Truth
from scratchgan.gradcheck.conformance.verdict import (
    chain_at,
    has_frozen_slopes,
    judge,
)
from scratchgan.types import Array

ONE_EPS = "one ε for the batch"
SECOND_ORDER = ("f″ sweep missing", "reverse sweep missing")


class Batch(NamedTuple):
    """What the critic's callables are given, and what that makes x̂."""

    x_real: Array
    x_fake: Array
    eps: Array
    truth: Truth
    reading: Functional | None  #: what the value is; None if not understood
    found: Numbers  #: the penalty's gradient along every direction


def check_penalty_code(setting: Setting, notes: Notes) -> Batch:
    """Judge `penalty`; the answer is where the other callables are run."""
    x = setting.mixed(setting.eps)
    at_x = Truth(setting, x)
    reading = _value(setting, at_x, notes)
    place = _between(setting, reading, notes) if reading else None
    x_real, x_fake, truth = place or (x, x, at_x)
    inputs = setting.params, x_real, x_fake, setting.eps
    _, gradient = valued(setting.code.penalty, *inputs)
    found = setting.directions.products(gradient)
    batch = Batch(x_real, x_fake, setting.eps, truth, reading, found)
    verdict = judge(found, truth, reading)
    for name in verdict.names:
        notes.found(name, verdict.measured, expected_gradient(truth))
    _second_order_visible(batch, notes)
    return batch


def expected_gradient(truth: Truth) -> str:
    """The right gradient, in the words of a report."""
    right = truth.numbers(truth.setting.readings[0])
    size = np.sqrt(sum(float((n[:2] ** 2).sum()) for n in right.values()) / 2)
    return f"∂θ of {truth.setting.readings[0].formula}, of length about {size:.3g}"


def read_value(
    value: float, truth: Truth, first: Functional | None = None
) -> tuple[Functional, int] | None:
    """The reading that `value` is, and its sign."""
    readings = truth.setting.readings
    for reading in readings if first is None else [first, *readings]:
        for sign in (1, -1):
            if close(value, sign * truth.value(reading), truth.setting.tolerance):
                return reading, sign
    return None


def _value(setting: Setting, truth: Truth, notes: Notes) -> Functional | None:
    x = truth.x_hat
    value, again = (
        valued(setting.code.penalty, setting.params, x, x, eps)[0]
        for eps in (setting.eps, setting.eps[::-1].copy())
    )
    if np.isfinite(value) and not close(value, again, setting.tolerance):
        raise ValueError(
            "penalty: expected equal values for equal x_real and x_fake, received "
            f"{value:.9g} and {again:.9g}: is there noise or dropout in it?"
        )
    expected = f"{truth.value(setting.readings[0]):.6g}"
    read = read_value(value, truth)
    if read is None:
        ratio = value / truth.value(setting.readings[0])
        text = f"value {value:.6g}, {ratio:.6g} times the right one"
        notes.found(UNKNOWN, text, expected)
        return None
    reading, sign = read
    text = f"value {value:.6g} is {'minus ' if sign < 0 else ''}{reading.formula}"
    if sign < 0:
        notes.found("wrong sign", text, expected)
    if reading.name:
        notes.found(reading.name, text, expected)
    return reading


def _between(
    setting: Setting, reading: Functional, notes: Notes
) -> tuple[Array, Array, Truth] | None:
    """Which ε the code takes between different samples; None if it is not ours."""
    eps, real, fake = setting.eps, setting.x_real, setting.x_fake

    def value(each: Array) -> float:
        return valued(setting.code.penalty, setting.params, real, fake, each)[0]

    own = value(eps)
    common = dict.fromkeys([*eps, eps.mean(), 0.0, 0.5, 1.0])
    for kind, each in (
        ("", eps),
        ("swapped", 1 - eps),
        *(("one", np.full_like(eps, e)) for e in common),
    ):
        truth = Truth(setting, setting.mixed(each))
        if close(abs(own), abs(truth.value(reading)), setting.tolerance):
            if kind == "swapped":
                notes.remarks.append("x̂ = x_real + ε (x_fake − x_real), as good")
            if kind == "one":
                text = f"x̂ has ε = {each[0]:.3g} in all samples, given {eps.round(3)}"
                notes.found(ONE_EPS, text, "ε of each sample's own")
            return real, fake, truth
    if _follows(value, eps):
        text = f"value {own:.6g} fits no x̂ = ε x_real + (1 − ε) x_fake"
        right = Truth(setting, setting.mixed(eps)).value(reading)
        notes.found(UNKNOWN, text, f"{right:.6g}")
    return None


def _follows(value: Callable[[Array], float], eps: Array) -> bool:
    """Whether a value depends on the ε it is given, and on nothing random."""
    first, again, other = value(eps), value(eps), value(eps[::-1].copy())
    return close(first, again, 1e-12) and not close(first, other, 1e-9)


def _second_order_visible(batch: Batch, notes: Notes) -> None:
    """Say so where the critic is such that a missing sweep would change nothing."""
    truth, reading = batch.truth, batch.reading or batch.truth.setting.readings[0]
    tolerance = truth.setting.tolerance
    right = truth.numbers(reading)
    if has_frozen_slopes(right, truth.product(reading), 10 * tolerance):
        for name in SECOND_ORDER:
            notes.skipped(name, "the critic has no curvature: its f″ is zero")
    elif len(right) <= 4 and chain_at(truth, reading) is not None:
        why = "one hidden layer has no layer below it"
        notes.skipped("reverse sweep missing", why)
