"""Every known defect is caught under its own name, and right code passes."""

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from mutants import ByHand, arguments

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import Implementation, check_gradient_penalty
from scratchgan.gradcheck.conformance import DEFECTS, UNKNOWN, Finding
from scratchgan.gradcheck.registry import CRITICS
from scratchgan.layers.activations import Smooth
from scratchgan.losses import Wasserstein
from scratchgan.penalties import GradientPenalty, interpolate, penalty_gradient
from scratchgan.training.steps import discriminator_step

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

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


def critic_only(shape=(3,), seed=0):
    each = arguments(seed, shape)
    return {name: each[name] for name in ("params", "x_real", "x_fake")}


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


# the leaves of a chain of dense layers, as others arrange them


def row_biases(params):
    return [{"W": p["W"], "b": p["b"][None]} for p in params]


def transposed(params):
    return [a for p in params for a in (p["W"].T, p["b"])]


def apart(params):
    return {"W": [p["W"] for p in params], "b": tuple(p["b"] for p in params)}


BACK = {
    row_biases: lambda t: [{"W": p["W"], "b": p["b"][0]} for p in t],
    transposed: lambda t: [
        {"W": W.T, "b": b} for W, b in zip(t[::2], t[1::2], strict=True)
    ],
    apart: lambda t: [{"W": W, "b": b} for W, b in zip(t["W"], t["b"], strict=True)],
}


@pytest.mark.parametrize("defect", ["", "f″ sweep missing", "reverse sweep missing"])
@pytest.mark.parametrize("arrange", BACK, ids=lambda f: f.__name__)
def test_leaves_in_other_arrangements(arrange, defect):
    hand, back = ByHand(defect), BACK[arrange]

    def penalty(params, *batch):
        value, dparams = hand.penalty(back(params), *batch)
        return value, arrange(dparams)

    code = Implementation(lambda p, x: hand.score(back(p), x)[:, None], penalty)
    each = critic_only()
    report = check_gradient_penalty(code, **{**each, "params": arrange(each["params"])})
    assert report.names == ((defect,) if defect else ())


# ours


def ours(critic, penalty):
    def value_and_gradient(params, x_real, x_fake, eps):
        x_hat = interpolate(x_real, x_fake, eps)
        found = penalty_gradient(critic, params, x_hat, penalty)
        return found.value.loss, found.dparams

    def critic_loss(params, x_real, x_fake, eps):
        x_hat = interpolate(x_real, x_fake, eps)
        loss = Wasserstein()
        step = discriminator_step(critic, params, x_real, x_fake, loss, penalty, x_hat)
        return step.loss + step.penalty, step.dparams

    return Implementation(
        lambda params, x: critic.forward(params, x)[0],
        value_and_gradient,
        critic_loss=critic_loss,
    )


def inputs(critic, shape):
    rng = np.random.default_rng(0)
    params, _ = critic.init(rng, shape)
    real, fake = rng.normal(size=(2, 3, *shape))
    return params, real, fake


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("name", [name for name, *_ in CRITICS])
def test_ours_pass(name, one_sided):
    critic, shape = next(rest for n, *rest in CRITICS if n == name)
    code = ours(critic, GradientPenalty(5.0, one_sided))
    report = check_gradient_penalty(
        code, *inputs(critic, shape), gp_weight=5.0, one_sided=one_sided
    )
    assert report.passed, str(report)
    assert not set(report.not_checked) & {"f″ sweep missing", "reverse sweep missing"}


def test_a_piecewise_linear_critic_shows_no_second_derivatives():
    critic = nn.Sequential(
        [nn.Dense(5), nn.LeakyReLU(0.2), nn.Dense(4), nn.LeakyReLU(0.2), nn.Dense(1)]
    )
    report = check_gradient_penalty(
        ours(critic, GradientPenalty()), *inputs(critic, (3,))
    )
    assert report.passed, str(report)
    assert {"f″ sweep missing", "reverse sweep missing"} <= set(report.not_checked)


CONVOLUTIONS = nn.Sequential(
    [
        nn.Conv2d(3, 3, 2, "same"),
        nn.Softplus(),
        nn.Conv2d(4, 3, 1, 1),
        nn.Tanh(),
        nn.Flatten(),
        nn.Dense(1),
    ]
)


def test_convolutions_without_the_way_down_have_their_name(monkeypatch):
    def nothing(self, params, cache, dcache, tcache, tdy=None, wrt="all"):
        return None, ()

    monkeypatch.setattr(Smooth, "backward_jvp", nothing)
    code = ours(CONVOLUTIONS, GradientPenalty())
    report = check_gradient_penalty(code, *inputs(CONVOLUTIONS, (4, 4, 2)))
    assert report.names == ("f″ sweep missing",), str(report)


def test_convolutions_whose_sweep_stops_are_told_where(monkeypatch):
    """Not a chain of dense layers: no name, and the leaf from which on it is right."""

    def local(self, params, cache, dcache, tcache, tdy=None, wrt="all"):
        return self.f2(cache) * tcache * dcache, ()

    monkeypatch.setattr(Smooth, "backward_jvp", local)
    code = ours(CONVOLUTIONS, GradientPenalty())
    report = check_gradient_penalty(code, *inputs(CONVOLUTIONS, (4, 4, 2)))
    assert report.names == (UNKNOWN,)
    assert "right from 2.W on" in str(report)


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


# the page


def test_the_page_names_all_and_runs(capsys):
    names: dict = {}
    exec(BLOCKS[0], names)
    printed = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert printed
    assert capsys.readouterr().out == printed[1]
    for defect in DEFECTS:
        assert f"\n| {defect} |" in PAGE


def test_pytorch_through_the_adapter():
    torch = pytest.importorskip("torch")
    names: dict = {}
    for block in BLOCKS:
        exec(block, names)

    def plain(critic, x_real, x_fake, eps):
        x_hat = eps[:, None] * x_real + (1 - eps[:, None]) * x_fake
        x_hat.requires_grad_()
        g = torch.autograd.grad(critic(x_hat).sum(), x_hat)[0]
        return 10 * ((g.norm(dim=1) - 1) ** 2).mean()

    def root(critic, x_real, x_fake, eps):
        x_hat = eps[:, None] * x_real + (1 - eps[:, None]) * x_fake
        x_hat.requires_grad_()
        g = torch.autograd.grad(critic(x_hat).sum(), x_hat, create_graph=True)[0]
        return 10 * (((g**2).sum(dim=1).sqrt() - 1) ** 2).mean()

    for penalty, defect in (
        (plain, "penalty never differentiated"),
        (root, "NaN at zero gradient"),
    ):
        code = names["adapt"](names["module"], penalty)
        report = check_gradient_penalty(
            code, names["start"], names["x_real"], names["x_fake"]
        )
        assert report.names == (defect,), str(report)


def test_the_pixelwise_norm_of_pytorch_images():
    torch = pytest.importorskip("torch")
    names: dict = {}
    for block in BLOCKS[:2]:
        exec(block, names)

    def penalty(critic, x_real, x_fake, eps):
        each = eps[:, None, None, None]
        x_hat = (each * x_real + (1 - each) * x_fake).requires_grad_()
        g = torch.autograd.grad(critic(x_hat).sum(), x_hat, create_graph=True)[0]
        return 10 * ((g.norm(2, dim=1) - 1) ** 2).mean()

    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3, 2, 1), torch.nn.Softplus(),
        torch.nn.Flatten(), torch.nn.Linear(12, 1),
    ).double()  # fmt: skip
    start = [p.detach().numpy().copy() for p in module.parameters()]
    real, fake = np.random.default_rng(0).normal(size=(2, 3, 2, 4, 4))
    report = check_gradient_penalty(names["adapt"](module, penalty), start, real, fake)
    assert report.names == ("norm over the wrong axis",), str(report)
