"""What surrounds the penalty: interpolation, a dead critic, the loss, the step."""

from collections.abc import Callable

import numpy as np

from scratchgan import tree
from scratchgan.gradcheck.conformance.differences import (
    Numbers,
    agree,
    combined,
    largest,
)
from scratchgan.gradcheck.conformance.implementation import finite, valued
from scratchgan.gradcheck.conformance.penalty import (
    ONE_EPS,
    Batch,
    expected_gradient,
    read_value,
)
from scratchgan.gradcheck.conformance.report import UNKNOWN, Notes
from scratchgan.gradcheck.conformance.setting import Setting
from scratchgan.gradcheck.conformance.verdict import described, judge
from scratchgan.types import Tree

#: Length of the smaller of two steps, in parameters. One not linear in η is two.
LENGTH = 1e-5


def check_interpolation(setting: Setting, notes: Notes, seen: bool) -> None:
    """Whether x̂ lies between the samples, at an ε of each one's own."""
    if setting.code.interpolate is None:
        if not seen:
            why = "the penalty does not use the eps it is given: give `interpolate`"
            notes.skipped(ONE_EPS, why)
        return
    rng = np.random.default_rng([setting.seed, 4])
    real, fake = (x.reshape(len(x), -1) for x in (setting.x_real, setting.x_fake))
    across = real - fake
    drawn = []
    for _ in range(20):
        x_hat = setting.code.interpolate(setting.x_real, setting.x_fake, rng)
        way = np.asarray(x_hat).reshape(real.shape) - fake
        eps = (way * across).sum(axis=1) / (across * across).sum(axis=1)
        if np.abs(way - eps[:, None] * across).max() > 1e-4 * np.abs(across).max():
            text = "x̂ is not on the line from x_fake to x_real: ε differs in a sample"
            notes.found(UNKNOWN, text, "one ε for all elements of a sample")
            return
        drawn.append(eps)
    spread = max(np.ptp(eps) for eps in drawn)
    if spread < 1e-4:
        text = f"all samples of a batch have ε = {drawn[0][0]:.3g}"
        notes.found(ONE_EPS, text, "ε ~ U[0, 1) for each sample")
    elif min(e.min() for e in drawn) < -1e-4 or max(e.max() for e in drawn) > 1.0001:
        text = f"ε from {np.min(drawn):.2g} to {np.max(drawn):.2g}"
        notes.found(UNKNOWN, text, "ε ~ U[0, 1)")


def check_dead_critic(setting: Setting, notes: Notes) -> None:
    """Value and gradient where ∇ₓD is exactly zero."""
    dead = _dead(setting)
    if dead is None:
        why = "no parameters found for which the scores are constant"
        notes.skipped("NaN at zero gradient", why)
        return
    value, gradient = valued(
        setting.code.penalty, dead, setting.x_real, setting.x_fake, setting.eps
    )
    if not (np.isfinite(value) and finite(gradient)):
        what = "finite" if finite(gradient) else "not finite"
        text = (
            f"where scores are constant the penalty is {value:.6g}, its gradient {what}"
        )
        notes.found("NaN at zero gradient", text, "finite numbers")


def _dead(setting: Setting) -> Tree | None:
    """Parameters for which the scores of all samples are the same number."""
    x = np.concatenate([setting.x_real, setting.x_fake, setting.mixed(setting.eps)])
    names = list(setting.directions.leaves)
    for zeroed in (set(names), *({name} for name in reversed(names))):
        each = iter(names)
        params = tree.map_learned(
            lambda a, z=zeroed, e=each: np.zeros_like(a) if next(e) in z else a,
            setting.params,
        )
        y = setting.code.scores(params, x)
        if np.isfinite(y).all() and np.ptp(y) == 0:
            return params
    return None


def check_critic_loss(setting: Setting, notes: Notes, batch: Batch) -> Numbers | None:
    """Judge `critic_loss`; the answer is its gradient along every direction."""
    if setting.code.critic_loss is None:
        why = "seen in the penalty alone: give `critic_loss`"
        notes.skipped("wrong sign", why)
        return None
    value, gradient = valued(setting.code.critic_loss, setting.params, *batch[:3])
    found = setting.directions.products(gradient)

    def difference(params: Tree) -> float:
        return setting.adversarial(params, batch.x_real, batch.x_fake)

    if difference(setting.params) == 0:
        notes.skipped("wrong sign", "x̂ is unknown, so that the loss cannot be split")
    rest, slopes = difference(setting.params), setting.directions.slopes(difference)
    _loss_value(notes, batch, value, rest)
    _loss_gradient(notes, batch, found, slopes)
    return found


def _loss_value(notes: Notes, batch: Batch, value: float, difference: float) -> None:
    right = difference + batch.truth.value(batch.truth.setting.readings[0])
    for sign in (1, -1):
        read = read_value(value - sign * difference, batch.truth, batch.reading)
        if read is None:
            continue
        text = f"critic's loss {value:.6g}"
        if sign < 0 or read[1] < 0:
            notes.found("wrong sign", text, f"{right:.6g}")
        if read[0].name:
            notes.found(read[0].name, text, f"{right:.6g}")
        return
    notes.found(UNKNOWN, f"critic's loss {value:.6g}", f"{right:.6g}")


def _loss_gradient(notes: Notes, batch: Batch, found: Numbers, slopes: Numbers) -> None:
    expected = "∂θ (mean D(x_fake) − mean D(x_real)) + " + expected_gradient(
        batch.truth
    )
    verdicts = [
        judge(combined(found, -sign, slopes), batch.truth, batch.reading)
        for sign in (1, -1)
    ]
    for verdict, flipped in zip(verdicts, (False, True), strict=True):
        if verdict.known:
            names = (*verdict.names, *(("wrong sign",) if flipped else ()))
            for name in names:
                text = f"gradient of the critic's loss: {verdict.measured}"
                notes.found(name, text, expected)
            return
    notes.found(UNKNOWN, f"critic's loss: {verdicts[0].measured}", expected)


def check_critic_step(
    setting: Setting, notes: Notes, batch: Batch, loss: Numbers | None
) -> None:
    """Whether one update is one step along the code's own gradient.

    A single step of gradient descent is linear in the learning rate η. Two steps, of
    loss and penalty, evaluate the second gradient at moved parameters:

        θ′ = θ − η ∂L(θ) − η ∂P(θ − η ∂L(θ))

    which differs from one step in the order η², and for η → 0 not at all.
    """
    step = setting.code.critic_step
    if step is None:
        notes.skipped("extra optimiser step", "give `critic_step`")
        return
    own = _own_gradient(setting, batch) if loss is None else loss
    rate = LENGTH / max(1.0, largest(own))
    small, large = (_descent(setting, batch, step, eta) for eta in (rate, 2 * rate))
    limit = combined(combined(small, 1, small), -1, large)  # at η → 0
    bent = largest(combined(large, -1, small))
    rounding = 1e-14 * max(1.0, largest(setting.directions.products(setting.params)))
    two = bent > 1e-8 * largest(limit) + rounding / rate
    expected = "θ − η ∂L, once"
    for times in range(1, 6):
        if agree(limit, {n: times * a for n, a in own.items()}, 1e-4):
            if times > 1 or two:
                text = (
                    f"an update is {times} times η ∂L"
                    if times > 1
                    else "the gradient of a part is taken after another part's step: "
                    f"an update over η changes with η, by {bent / rate:.2g} η"
                )
                notes.found("extra optimiser step", text, expected)
            return
    if agree(limit, {n: -a for n, a in own.items()}, 1e-4):
        notes.found("wrong sign", "an update ascends the critic's loss", expected)
        return
    notes.found(UNKNOWN, "update over η: " + described(limit, own), expected)


def _own_gradient(setting: Setting, batch: Batch) -> Numbers:
    slopes = setting.directions.slopes(
        lambda params: setting.adversarial(params, batch.x_real, batch.x_fake)
    )
    return combined(batch.found, 1, slopes)


def _descent(
    setting: Setting, batch: Batch, step: Callable[..., Tree], rate: float
) -> Numbers:
    """(θ − θ′) / η."""
    with np.errstate(all="ignore"):
        after = step(setting.params, *batch[:3], rate)
    moved = tree.map(
        lambda a, b: a if b is None else (a - np.asarray(b)) / rate,
        tree.learned(setting.params),
        after,
    )
    return setting.directions.products(moved)
