"""The generator's gradient, and what the critic's loss must not leave in it.

right             ∂ψ (−mean D(G(z; ψ); θ))            down through the critic, then G
of a leak         ∂ψ P(∇ₓD(x̂(ψ); θ)), alone or with the whole critic's loss
"""

from functools import partial
from itertools import product

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.conformance.differences import (
    Directions,
    Numbers,
    agree,
    largest,
)
from scratchgan.gradcheck.conformance.functionals import Functional
from scratchgan.gradcheck.conformance.report import UNKNOWN, Notes
from scratchgan.gradcheck.conformance.setting import Setting
from scratchgan.gradcheck.conformance.verdict import described
from scratchgan.types import Array, Tree

THROUGH = "generator gradient not through the critic"
CONSTANT = "x̂ not treated as constant"


class Players:
    """The generator in front of the critic of a `Setting`."""

    def __init__(self, setting: Setting, params: Tree, z: Array) -> None:
        if setting.code.generate is None:
            raise ValueError("generate: expected a callable, received None")
        self.setting, self.params, self.z = setting, params, z
        self.generate = setting.code.generate
        rng = np.random.default_rng([setting.seed, 5])
        self.directions = Directions(params, rng, setting.step)

    def loss(self, params: Tree) -> float:
        """−mean D(G(z))."""
        x_fake = self.generate(params, self.z)
        return -float(self.setting.code.scores(self.setting.params, x_fake).mean())

    def penalty(self, params: Tree, reading: Functional, swapped: bool) -> float:
        """P where x̂ moves with the generator."""
        setting = self.setting
        x_fake, real = self.generate(params, self.z), setting.x_real
        eps = 1 - setting.eps if swapped else setting.eps
        each = eps.reshape(-1, *(1,) * (real.ndim - 1))
        x_hat = each * real + (1 - each) * x_fake
        return reading.value(setting.gradients(setting.params, x_hat))

    def numbers(self, gradient: Tree) -> Numbers:
        """A gradient along every direction."""
        return self.directions.products(gradient)


def check_generator(setting: Setting, notes: Notes, players: Players | None) -> None:
    """Judge `generator_gradient`."""
    code = setting.code.generator_gradient
    if code is None or players is None:
        notes.skipped(THROUGH, "give `generate` and `generator_gradient`")
        return

    def gradient(critic: Tree) -> Numbers:
        with np.errstate(all="ignore"):
            return players.numbers(code(players.params, critic, players.z))

    found, right = gradient(setting.params), players.directions.slopes(players.loss)
    expected = "∂ψ (−mean D(G(z)))"
    if agree(found, right, setting.tolerance):
        return
    if agree(found, {n: -a for n, a in right.items()}, setting.tolerance):
        notes.found("wrong sign", "the generator's gradient is reversed", expected)
        return
    other = tree.map_learned(lambda a: 1.5 * a + 0.1, setting.params)
    if agree(gradient(other), found, setting.tolerance):
        what = "zero" if largest(found) == 0 else "the same for another critic"
        notes.found(THROUGH, f"the generator's gradient is {what}", expected)
        return
    text = f"the generator's gradient: {described(found, right)}"
    notes.found(UNKNOWN, text, expected)


def check_leak(
    setting: Setting,
    notes: Notes,
    players: Players | None,
    reading: Functional | None,
) -> None:
    """Judge `leak_to_generator`."""
    code = setting.code.leak_to_generator
    if code is None or players is None:
        notes.skipped(CONSTANT, "give `generate` and `leak_to_generator`")
        return
    with np.errstate(all="ignore"):
        gradient = code(
            players.params, setting.params, setting.x_real, players.z, setting.eps
        )
    found = players.numbers(gradient)
    scale = players.directions.slopes(players.loss)
    if largest(found) <= 1e-9 * largest(scale):
        return
    measured = "the critic's loss leaves a gradient in the generator"
    readings = [reading or setting.readings[0], setting.readings[0]]
    for each, swapped in product(readings, (False, True)):
        leak = players.directions.slopes(
            partial(players.penalty, reading=each, swapped=swapped)
        )
        whole = {name: leak[name] - scale[name] for name in leak}
        if any(agree(found, gone, setting.tolerance) for gone in (leak, whole)):
            text = f"{measured}: that of the penalty, through x̂"
            notes.found(CONSTANT, text, "none")
            return
    notes.found(UNKNOWN, f"{measured}, of size {largest(found):.3g}", "none")
