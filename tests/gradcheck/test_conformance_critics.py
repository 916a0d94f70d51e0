"""The conformance suite on other critics: other leaves, ours, PyTorch's, the page's."""

import re
from pathlib import Path

import numpy as np
import pytest
from mutants import ByHand
from perceptrons import critic_only

from scratchgan import layers as nn
from scratchgan.gradcheck import Implementation, check_gradient_penalty
from scratchgan.gradcheck.conformance import DEFECTS, UNKNOWN
from scratchgan.gradcheck.registry import CRITICS
from scratchgan.layers.activations import Smooth
from scratchgan.losses import Wasserstein
from scratchgan.penalties import GradientPenalty, interpolate, penalty_gradient
from scratchgan.training.steps import discriminator_step

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

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
