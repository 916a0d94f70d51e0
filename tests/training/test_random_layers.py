"""Random layers in a training step: whose numbers depend on what."""

from dataclasses import replace

import numpy as np
import pytest

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import random_params
from scratchgan.losses import Wasserstein
from scratchgan.parallel.shards import ShardDraw
from scratchgan.penalties import GradientPenalty, penalty_gradient
from scratchgan.rng import Stream
from scratchgan.training.steps import KINDS, discriminator_step, generator_step
from scratchgan.training.system import Draw

CTX = nn.Context(stream=Stream(0, "critic/critic"), tick=5)
LAYERS = [
    nn.Dropout(0.5),
    nn.NoiseInjection(0.5),
    nn.PhaseShuffle(2),
    nn.PhaseShuffle(4, shared=True),
]


def numbers(ctx, n=4):
    return ctx.normal(None, (n, 3), np.float64)


def test_numbers_of_a_pass_are_those_of_its_step_phase_and_name():
    draw = Draw(0, "critic", 7, None)
    same = numbers(draw.context("generator"))
    np.testing.assert_array_equal(same, numbers(draw.context("generator")))
    for other in (
        replace(draw, seed=1).context("generator"),
        replace(draw, phase="generator").context("generator"),
        replace(draw, count=8).context("generator"),
        draw.context("critic"),
        draw.context("generator").at(0),
        replace(draw.context("generator"), kinds=("real",)),
    ):
        assert not np.any(numbers(other) == same)
    assert draw.context("generator").training


def test_a_part_draws_its_rows_of_the_whole():
    whole = Draw(0, "critic", 7, None).context("generator")
    part = ShardDraw(0, "critic", 7, None, start=2, stop=4).context("generator")
    np.testing.assert_array_equal(numbers(part, 2), numbers(whole)[2:])
    kinds = {"kinds": ("real", "fake")}
    both, ours = numbers(replace(whole, **kinds), 8), numbers(replace(part, **kinds), 4)
    np.testing.assert_array_equal(ours, both[[2, 3, 6, 7]])


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_kinds_of_samples_share_no_numbers_and_keep_theirs_when_joined(layer):
    x = np.random.default_rng(0).normal(size=(16, 64, 1))
    params, _ = layer.init(np.random.default_rng(0), (64, 1))
    apart = [layer.forward(params, x, replace(CTX, kinds=(kind,)))[0] for kind in KINDS]
    joint, _ = layer.forward(params, np.concatenate([x] * 3), replace(CTX, kinds=KINDS))
    np.testing.assert_array_equal(joint, np.concatenate(apart))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert np.any(apart[i] != apart[j])


@pytest.mark.parametrize("norm", [(), (nn.BatchNorm(),)], ids=["joint", "apart"])
def test_a_critic_step_gives_every_kind_its_own_numbers(norm):
    layers = [nn.Dense(6), nn.Dropout(0.4), *norm, nn.Softplus(), nn.NoiseInjection()]
    net = nn.Sequential([*layers, nn.Dense(1)])
    rng = np.random.default_rng(1)
    params = random_params(net, (3,), rng)
    x_real, x_fake, x_hat = rng.normal(size=(3, 5, 3))
    loss, penalty = Wasserstein(), GradientPenalty()
    step = discriminator_step(net, params, x_real, x_fake, loss, penalty, x_hat, CTX)
    contexts = [replace(CTX, kinds=(kind,)) for kind in KINDS]
    real, above_real = net.forward(params, x_real, contexts[0])
    fake, above_fake = net.forward(params, x_fake, contexts[1])
    value = loss.discriminator(real, fake)
    apart = penalty_gradient(net, params, x_hat, penalty, ctx=contexts[2])
    expected = tree.add(
        tree.add(
            net.backward(params, above_real, value.d_real)[1],
            net.backward(params, above_fake, value.d_fake)[1],
        ),
        apart.dparams,
    )
    assert step.loss == pytest.approx(value.loss, rel=1e-12)
    assert step.penalty == pytest.approx(apart.value.loss, rel=1e-12)
    found = dict(tree.named(step.dparams))
    for name, leaf in tree.named(expected):
        np.testing.assert_allclose(found[name], leaf, rtol=1e-10, atol=1e-12)


def test_a_generator_step_gives_each_network_its_own_numbers():
    generator = nn.Sequential([nn.Dense(3), nn.Dropout(0.4)])
    critic = nn.Sequential([nn.Dropout(0.4), nn.Dense(1)])
    rng = np.random.default_rng(1)
    own, params = (random_params(net, (3,), rng) for net in (generator, critic))
    z, other = rng.normal(size=(8, 3)), replace(CTX, tick=6)
    step = generator_step(generator, own, critic, params, z, Wasserstein(), CTX, other)
    x_fake, _ = generator.forward(own, z, CTX)
    scores, _ = critic.forward(params, x_fake, other)
    assert step.loss == -scores.mean()


def test_a_random_layer_without_a_stream_says_so():
    net = nn.Sequential([nn.Dropout(), nn.Dense(1)])
    params, _ = net.init(np.random.default_rng(0), (3,))
    x = np.ones((2, 3))
    with pytest.raises(ValueError, match="Dropout: ctx: expected a Context with a"):
        discriminator_step(net, params, x, x, Wasserstein())
