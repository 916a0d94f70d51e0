"""Where a penalty looks, and what a step with it costs and gives."""

from types import SimpleNamespace

import numpy as np
import pytest

from scratchgan import recipes, tree
from scratchgan.gradcheck import random_params
from scratchgan.gradcheck.noise import Noise
from scratchgan.layers import (
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    Sequential,
    Softplus,
)
from scratchgan.losses import BinaryCrossEntropy
from scratchgan.penalties import R1, GradientPenalty, penalty_gradient
from scratchgan.training.settings import build
from scratchgan.training.steps import discriminator_step
from scratchgan.training.system import Draw
from scratchgan.training.where import Around, at_fake, at_real, between

SHAPE, BATCH = (6, 5, 2), 4
DRAW = Draw(0, "critic", 3, Noise(SHAPE), np.float64)


@pytest.fixture
def s():
    x_real, x_fake = np.random.default_rng(0).normal(size=(2, BATCH, *SHAPE))
    return SimpleNamespace(real=x_real, fake=x_fake)


def test_between_is_on_the_line_of_each_pair(s):
    x_hat = between(s.real, s.fake, DRAW, BATCH)
    eps = ((x_hat - s.fake) / (s.real - s.fake)).reshape(BATCH, -1)
    np.testing.assert_allclose(eps, eps[:, :1] * np.ones_like(eps), rtol=1e-9)
    assert ((eps >= 0) & (eps < 1)).all()
    assert len(np.unique(eps[:, 0].round(6))) == BATCH


def test_r1_and_r2_look_at_the_samples_themselves(s):
    assert at_real(s.real, s.fake, DRAW, BATCH) is s.real
    assert at_fake(s.real, s.fake, DRAW, BATCH) is s.fake


def test_dragan_looks_above_real_samples_within_its_reach(s):
    """x + α c u: in the cube above x, and the mean of α u is a quarter."""
    size = 400
    x_real = np.zeros((size, *SHAPE))
    moved = Around(0.3)(x_real, x_real + 9, DRAW, size)
    assert moved.min() >= 0
    assert moved.max() < 0.3
    # of `size` means over 60 numbers, each α/2 · 0.3 and a little noise
    assert moved.mean() == pytest.approx(0.3 / 4, abs=4 * 0.3 / np.sqrt(48 * size))
    assert moved.reshape(size, -1).max(axis=1).std() > 0.05  # by α, sample by sample
    np.testing.assert_array_equal(Around(0.0)(s.real, s.fake, DRAW, BATCH), s.real)
    with pytest.raises(ValueError, match="reach: expected >= 0, received -1"):
        Around(-1)


@pytest.mark.parametrize("where", [at_real, at_fake])
@pytest.mark.parametrize("norm", [(), (BatchNorm(),)], ids=["apart", "coupled"])
def test_a_pass_that_serves_twice_gives_what_two_passes_give(s, where, norm):
    layers = [Conv2d(3, 3, 2, "same"), *norm, Softplus(), Flatten(), Dense(1)]
    net, loss, penalty = Sequential(layers), BinaryCrossEntropy(), R1()
    params = random_params(net, SHAPE, np.random.default_rng(1))
    x_hat = where(s.real, s.fake, DRAW, BATCH)
    once = discriminator_step(net, params, s.real, s.fake, loss, penalty, x_hat)
    apart = discriminator_step(net, params, s.real, s.fake, loss)
    alone = penalty_gradient(net, params, x_hat, penalty)
    assert once.penalty == pytest.approx(alone.value.loss, rel=1e-12)
    expected = tree.add(apart.dparams, alone.dparams)
    for a, b in zip(tree.leaves(once.dparams), tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    assert alone.value.loss > 0.1


def test_r1_is_of_the_pass_that_the_loss_saw(s):
    """Under dropout too: a copy of the samples has masks of its own, they have not."""
    net = Sequential([Flatten(), Dense(40), Dropout(0.5), Softplus(), Dense(1)])
    params = random_params(net, SHAPE, np.random.default_rng(1))
    ctx, loss = DRAW.context("critic"), BinaryCrossEntropy()
    same, copied = (
        discriminator_step(net, params, s.real, s.fake, loss, R1(), x, ctx).norm
        for x in (s.real, s.real.copy())
    )
    assert abs(same - copied) > 1e-3 * same


@pytest.mark.parametrize(("name", "passes"), [("r1-digits", 2), ("dragan-digits", 3)])
def test_samples_go_up_once(name, passes, monkeypatch):
    """R1's are not sent up again: 2B in the discriminator's pass, where x̂ makes 3B."""
    recipe, seen = recipes.get(name), []
    system = recipe.build(build(recipe.settings, recipe.small), recipe.small_shape)
    rng, forward = np.random.default_rng(0), Sequential.forward

    def counting(self, params, x, *rest):
        seen.append(len(x))
        return forward(self, params, x, *rest)

    params = {
        n: random_params(p.network, p.in_shape, rng) for n, p in system.players.items()
    }
    monkeypatch.setattr(Sequential, "forward", counting)
    draw = Draw(0, "discriminator", 0, Noise(recipe.small_shape), np.float64)
    system.phases[0].objective(params, draw)
    size = recipe.small["batch_size"]
    assert seen == [size, passes * size]


def test_r2_is_another_penalty_than_r1():
    recipe = recipes.get("r1-digits")
    losses = []
    for at_generated in (False, True):
        chosen = dict(recipe.small) | {"at_generated": at_generated}
        system = recipe.build(build(recipe.settings, chosen), recipe.small_shape)
        rng = np.random.default_rng(0)
        params = {
            n: random_params(p.network, p.in_shape, rng)
            for n, p in system.players.items()
        }
        draw = Draw(0, "discriminator", 0, Noise(recipe.small_shape), np.float64)
        losses.append(system.phases[0].objective(params, draw).values["penalty"])
    assert abs(losses[0] - losses[1]) > 1e-3 * max(losses)


def test_dragan_takes_the_penalty_of_wgan_gp_elsewhere(s):
    """So the four sweeps are told from each other by x̂ alone."""
    net = Sequential([Flatten(), Dense(5), Softplus(), Dense(1)])
    params = random_params(net, SHAPE, np.random.default_rng(1))
    loss, penalty = BinaryCrossEntropy(), GradientPenalty()
    for where in (between, Around(0.5)):
        x_hat = where(s.real, s.fake, DRAW, BATCH)
        step = discriminator_step(net, params, s.real, s.fake, loss, penalty, x_hat)
        alone = penalty_gradient(net, params, x_hat, penalty)
        assert step.penalty == pytest.approx(alone.value.loss, rel=1e-12)
