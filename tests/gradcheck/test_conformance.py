"""Every known defect is caught under its own name, and right code passes."""

from dataclasses import fields

import numpy as np
import pytest
from mutants import ByHand
from perceptrons import arguments, critic_only

from scratchgan import tree
from scratchgan.gradcheck import Implementation, check_gradient_penalty
from scratchgan.gradcheck.conformance import DEFECTS, UNKNOWN, Finding

VARIANTS = (
    "penalty never differentiated: None",
    "penalty never differentiated: in the loss",
    "one ε for the batch: ignored",
    "one ε for the batch: mean",
    "reverse sweep missing: numpy-ml",
    "wrong sign: penalty too",
    "wrong sign: of the loss",
    "wrong sign: of the loss's gradient",
    "wrong sign: of the generator",
    "extra optimiser step: whole",
    "extra optimiser step: same gradient",
    "generator gradient not through the critic: zero",
    "x̂ not treated as constant: nor x_fake",
)
STRANGE = (
    "mean before the square",
    "weight left out of the gradient",
    "biases left out",
    "f″ off by a tenth",
    "slope forgotten on the way down",
    "ε of each element",
    "ε squared",
    "normal ε",
    "generator's sum",
    "x_fake alone leaks",
)
GENERATOR = ("generate", "generator_gradient", "leak_to_generator")
OPTIONAL = tuple(f.name for f in fields(Implementation) if f.default is None)


def check(defect="", one_sided=False, seed=0, **changes):
    code = ByHand(defect, one_sided=one_sided).implementation(**changes)
    return check_gradient_penalty(code, one_sided=one_sided, **arguments(seed))


def without(*names):
    return dict.fromkeys(names)


def test_there_are_thirteen():
    assert len(DEFECTS) == 13


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("defect", [*DEFECTS, *VARIANTS])
def test_a_defect_is_caught_under_its_own_name_and_no_other(defect, one_sided):
    report = check(defect, one_sided)
    assert report.names == (defect.split(":")[0],), str(report)
    assert not report.passed
    assert not report.not_checked


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_right_code_passes_whole(seed, one_sided):
    report = check("", one_sided, seed)
    assert report.passed, str(report)
    assert not report.not_checked
    assert str(report) == "no defect found; 13 of 13 looked for"


@pytest.mark.parametrize("defect", STRANGE)
def test_what_fits_no_known_defect_is_given_no_name(defect):
    report = check(defect)
    assert report.names == (UNKNOWN,), str(report)


@pytest.mark.parametrize(
    ("defect", "words"),
    [
        ("weight left out of the gradient", "0.1 times the right one"),
        ("generator's sum", "4 times the right one"),
        ("ε of each element", "ε differs in a sample"),
        ("slope forgotten on the way down", "right from 2.W on, wrong in all leaves"),
    ],
)
def test_an_unknown_defect_comes_with_what_was_measured(defect, words):
    assert words in str(check(defect))


def test_two_sided_code_is_not_one_sided():
    code = ByHand("two-sided", one_sided=True).implementation()
    report = check_gradient_penalty(code, one_sided=True, **arguments())
    assert report.names == (UNKNOWN,)


def test_the_other_orientation_is_as_good():
    report = check("orientation")
    assert report.passed, str(report)
    assert "as good" in str(report)


def test_defects_that_come_together_are_all_found():
    names = ("sum instead of mean", "one ε for the batch", "x̂ not treated as constant")
    first, second, third = (ByHand(name) for name in names)
    code = first.implementation(
        interpolate=second.interpolate, leak_to_generator=third.leak_to_generator
    )
    report = check_gradient_penalty(code, **arguments())
    assert report.names == names
    assert all(f"DEFECT {name}: " in str(report) for name in names)


# images: norms over some of several axes


@pytest.mark.parametrize(
    "defect", ["", "norm over the wrong axis", "norm over the whole batch"]
)
def test_norms_of_images(defect):
    code = ByHand(defect).implementation(**without(*GENERATOR))
    report = check_gradient_penalty(code, **critic_only((2, 3, 2)))
    assert report.names == ((defect,) if defect else ())


# what is not given, and what cannot be seen


def test_what_is_not_given_is_said_to_be_unchecked():
    report = check(**without(*OPTIONAL))
    assert report.passed
    assert set(report.not_checked) == {
        "wrong sign",
        "extra optimiser step",
        "generator gradient not through the critic",
        "x̂ not treated as constant",
    }


@pytest.mark.parametrize("defect", ["", "f″ sweep missing", "one ε for the batch"])
def test_code_that_draws_its_own_eps(defect):
    hand, rng = ByHand(defect), np.random.default_rng(0)

    def penalty(params, x_real, x_fake, eps):
        return hand.penalty(params, x_real, x_fake, rng.random(len(eps)))

    code = Implementation(hand.score, penalty)
    report = check_gradient_penalty(code, **critic_only())
    assert "one ε for the batch" in report.not_checked
    code = Implementation(hand.score, penalty, hand.interpolate)
    report = check_gradient_penalty(code, **critic_only())
    assert report.names == ((defect,) if defect else ())


def test_a_critic_without_zero_is_not_checked_there():
    def score(params, x):
        return ByHand().score(params, x) + np.sin(x).sum(axis=1)

    code = Implementation(score, ByHand().penalty)
    report = check_gradient_penalty(code, **critic_only())
    assert "NaN at zero gradient" in report.not_checked
    assert UNKNOWN in report.names


def test_one_hidden_layer_has_nothing_below_it():
    hand = ByHand("reverse sweep missing")
    each = arguments(sizes=(3, 6, 1))
    names = ("params", "x_real", "x_fake")
    code = hand.implementation(**without(*GENERATOR))
    report = check_gradient_penalty(code, **{n: each[n] for n in names})
    assert report.passed
    assert "reverse sweep missing" in report.not_checked
    code = ByHand("reverse sweep missing: numpy-ml").implementation(
        **without(*GENERATOR)
    )
    report = check_gradient_penalty(code, **{n: each[n] for n in names})
    assert report.names == ("reverse sweep missing",)


# arguments


def test_a_critic_that_couples_its_batch_is_refused():
    def score(params, x):
        return ByHand().score(params, x - x.mean(axis=0))

    with pytest.raises(ValueError, match="that sample alone"):
        check_gradient_penalty(Implementation(score, ByHand().penalty), **critic_only())


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"x_fake": np.ones((4, 2))}, ValueError, "x_fake: expected the shape"),
        (
            {"x_real": np.ones((2, 3)), "x_fake": np.ones((2, 3))},
            ValueError,
            "at least 3",
        ),
        ({"gp_weight": 0.0}, ValueError, "gp_weight"),
        ({"z": None}, ValueError, "expected 4 latents"),
        ({"x_real": np.ones((4, 3), np.float32)}, TypeError, "x_real: .* float32"),
        ({"params": [{"W": 1.0}]}, TypeError, r"0\.W: expected a float64 array"),
    ],
)
def test_an_argument_that_does_not_fit_is_named(changes, error, message):
    with pytest.raises(error, match=message):
        check_gradient_penalty(ByHand().implementation(), **{**arguments(), **changes})


def test_results_that_do_not_fit_are_named():
    hand = ByHand()

    def two(params, x):
        return np.stack([hand.score(params, x)] * 2, axis=1)

    def wrong(params, *batch):
        value, dparams = hand.penalty(params, *batch)
        return value, tree.map(lambda a: a.ravel(), dparams)

    def noisy(params, *batch, rng=np.random.default_rng(0)):  # noqa: B008
        value, dparams = hand.penalty(params, *batch)
        return value * rng.random(), dparams

    for code, message in (
        (Implementation(two, hand.penalty), "score: expected one number"),
        (Implementation(hand.score, wrong), r"gradient of '0\.W': expected shape"),
        (Implementation(hand.score, noisy), "noise or dropout"),
    ):
        with pytest.raises(ValueError, match=message):
            check_gradient_penalty(code, **critic_only())
    with pytest.raises(ValueError, match="generate: expected together with"):
        check(generate=None)
    with pytest.raises(ValueError, match="a known defect"):
        Finding("norm over the moon", "", "")


def test_a_critic_too_flat_to_be_seen_is_refused():
    flat = Implementation(lambda p, x: 0 * x[:, 0], ByHand().penalty)
    with pytest.raises(ValueError, match="longer than one, received lengths up to 0"):
        check_gradient_penalty(flat, **critic_only())
