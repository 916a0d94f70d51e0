import numpy as np
import pytest

from scratchgan import recipes, tree
from scratchgan.gradcheck import random_params
from scratchgan.kernels.conv import Convolution
from scratchgan.layers import (
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    LayerNorm,
    LeakyReLU,
    Sequential,
    Softplus,
)
from scratchgan.losses import BinaryCrossEntropy, Wasserstein
from scratchgan.penalties import GradientPenalty, interpolate, penalty_gradient
from scratchgan.training.settings import build
from scratchgan.training.steps import discriminator_step, generator_step

SHAPE = (6, 5, 2)


def critic(norm=()):
    return Sequential([Conv2d(3, 3, 2, "same"), *norm, Softplus(), Flatten(), Dense(1)])


def samples(batch=4, shape=SHAPE, seed=0):
    rng = np.random.default_rng(seed)
    x_real, x_fake = rng.normal(size=(2, batch, *shape))
    return x_real, x_fake, interpolate(x_real, x_fake, rng.random(batch))


@pytest.mark.parametrize("loss", [Wasserstein(), BinaryCrossEntropy()], ids=repr)
@pytest.mark.parametrize("norm", [(), (LayerNorm(),), (BatchNorm(),)], ids=repr)
def test_one_pass_of_3b_is_the_sum_of_its_parts(norm, loss):
    """The step equals loss on real, loss on generated and penalty, each on its own."""
    net = critic(norm)
    params = random_params(net, SHAPE, np.random.default_rng(1))
    x_real, x_fake, x_hat = samples()
    penalty = GradientPenalty()
    step = discriminator_step(net, params, x_real, x_fake, loss, penalty, x_hat)
    real, above_real = net.forward(params, x_real)
    fake, above_fake = net.forward(params, x_fake)
    value = loss.discriminator(real, fake)
    apart = penalty_gradient(net, params, x_hat, penalty)
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


def test_running_statistics_move_once_for_each_batch_of_samples():
    net = critic((BatchNorm(momentum=0.5),))
    params = random_params(net, SHAPE, np.random.default_rng(1))
    x_real, x_fake, _ = samples()
    step = discriminator_step(net, params, x_real, x_fake, Wasserstein())
    means = []
    for x in (x_real, x_fake):
        y, _ = net.layers[0].forward(params[0], x)
        means.append(y.mean(axis=(0, 1, 2)))
    expected = 0.5 * (0.5 * 0 + 0.5 * means[0]) + 0.5 * means[1]
    np.testing.assert_allclose(step.params[1].state["mean"], expected, rtol=1e-12)
    assert np.all(params[1].state["mean"] == 0)


def test_a_penalty_needs_a_place_to_look():
    net = critic()
    params, _ = net.init(np.random.default_rng(0), SHAPE)
    x_real, x_fake, x_hat = samples()
    with pytest.raises(ValueError, match="x_hat: expected together with penalty"):
        discriminator_step(
            net, params, x_real, x_fake, Wasserstein(), GradientPenalty()
        )
    with pytest.raises(ValueError, match="x_fake: expected the shape of x_real"):
        discriminator_step(net, params, x_real, x_fake[:2], Wasserstein())
    with pytest.raises(ValueError, match="x_hat"):
        discriminator_step(net, params, x_real, x_fake, Wasserstein(), None, x_hat)


@pytest.fixture
def units(monkeypatch):
    """Counts convolution-sized sweeps: samples that pass through each primitive."""
    counted: dict[str, list] = {"fprop": [], "dgrad": [], "wgrad": []}
    for name in counted:
        primitive = getattr(Convolution, name)

        def counting(self, first, *rest, name=name, primitive=primitive):
            x = first[0] if name == "wgrad" else first  # of a pair (x, dy)
            counted[name].append((len(x), x.shape[-1]))
            return primitive(self, first, *rest)

        monkeypatch.setattr(Convolution, name, counting)
    return counted


def test_the_critic_step_of_the_mnist_recipe_takes_ten_units(units):
    """design: 3 forward, 3 input gradients, 1 jvp, 3 parameter gradients."""
    recipe = recipes.get("wgan-gp-mnist")
    settings = build(recipe.settings, {"dim": 2, "batch_size": 4})
    net = recipe.build(settings, (28, 28, 1)).players["critic"].network
    params, _ = net.init(np.random.default_rng(0), (28, 28, 1))
    assert isinstance(net, Sequential)
    convolutions = sum(isinstance(layer, Conv2d) for layer in net.layers)
    B = settings.batch_size
    x_real, x_fake, x_hat = samples(B, (28, 28, 1))
    penalty = GradientPenalty()
    discriminator_step(net, params, x_real, x_fake, Wasserstein(), penalty, x_hat)
    swept = {name: sum(n for n, _ in calls) / B for name, calls in units.items()}
    # forward 3 and jvp 1 on every convolution; input gradients 3, but 1 on the first
    assert swept["fprop"] == 4 * convolutions
    assert swept["dgrad"] == 3 * convolutions - 2
    assert swept["wgrad"] == 3 * convolutions
    assert sum(swept.values()) == 10 * convolutions - 2
    joint = [n for n, _ in units["fprop"]]
    assert joint.count(3 * B) == convolutions  # one pass over [x_real; x_fake; x̂]


def test_a_generator_step_forms_no_parameter_gradient_of_the_critic(units):
    recipe = recipes.get("wgan-gp-mnist")
    settings = build(recipe.settings, {"dim": 2})
    players = recipe.build(settings, (28, 28, 1)).players
    rng = np.random.default_rng(0)
    generator, net = players["generator"].network, players["critic"].network
    params = [random_params(net, (28, 28, 1), rng)]
    own = random_params(generator, (128,), rng)
    z = rng.normal(size=(3, 128))
    step = generator_step(generator, own, net, params[0], z, Wasserstein())
    # both networks have three: up and down through each, and parameters of one
    assert len(units["dgrad"]) == len(units["fprop"]) == 6
    assert len(units["wgrad"]) == 3
    assert all(np.any(leaf) for leaf in tree.leaves(step.dparams))


def test_a_leaky_critic_pays_nothing_for_its_second_derivative(units):
    net = Sequential(
        [Conv2d(2, 3), LeakyReLU(), Conv2d(2, 3), LeakyReLU(), Flatten(), Dense(1)]
    )
    params = random_params(net, SHAPE, np.random.default_rng(0))
    penalty_gradient(net, params, samples()[2], GradientPenalty())
    assert [len(calls) for calls in units.values()] == [4, 2, 2]
