"""CycleGAN's networks: published sizes, patches, and the identity they begin with."""

import numpy as np
import pytest

from scratchgan import tree
from scratchgan.layers import INFERENCE
from scratchgan.networks import (
    both_ways,
    cyclegan_generator,
    patch_discriminator,
    side_by_side,
)

RNG = np.random.default_rng(0)


def size(params):
    return sum(leaf.size for leaf in tree.leaves(params))


def test_networks_have_the_sizes_that_the_authors_code_prints():
    """11.378 M and 2.765 M, less a bias a channel before every normalisation."""
    params, shape = cyclegan_generator().init(RNG, (64, 64, 3))
    biases = 64 + 128 + 256 + 9 * 2 * 256 + 128 + 64
    assert size(params) == 11_378_179 - biases
    assert shape == (64, 64, 3)
    params, shape = patch_discriminator().init(RNG, (256, 256, 3))
    assert size(params) == 2_764_737 - (128 + 256 + 512)
    assert shape == (30, 30, 1)


def test_weights_have_the_published_deviation():
    params, _ = cyclegan_generator(16, 2).init(RNG, (16, 16, 3))
    weights = [leaf for name, leaf in tree.named(params) if name.endswith("W")]
    assert len(weights) == 1 + 2 + 4 + 2 + 1
    deviation = np.concatenate([w.ravel() for w in weights]).std()
    assert deviation == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize("side", [16, 32, 64])
@pytest.mark.parametrize("downs", [0, 1, 2])
def test_small_images_keep_their_size(side, downs):
    net = cyclegan_generator(2, 1, 1, downs)
    params, shape = net.init(RNG, (side, side, 1))
    assert shape == (side, side, 1)
    y, _ = net.forward(params, np.zeros((1, side, side, 1)), INFERENCE)
    assert y.shape == (1, side, side, 1)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_score_sees_a_patch_of_nine_times_two_to_the_n_less_two(layers):
    """By its gradient, without the normalisation, which sees the whole image."""
    net = patch_discriminator(2, layers)
    kept = [each for each in net.layers if type(each).__name__ != "InstanceNorm"]
    bare = type(net)(kept)
    side = 2 * (9 * 2**layers - 2)
    params, shape = bare.init(RNG, (side, side, 1))
    y, cache = bare.forward(params, RNG.normal(size=(1, side, side, 1)))
    dy = np.zeros_like(y)
    dy[0, shape[0] // 2, shape[1] // 2] = 1
    dx, _, _ = bare.backward(params, cache, dy, wrt="inputs")
    seen = np.flatnonzero(np.abs(dx[0, :, :, 0]).sum(axis=1))
    assert seen[-1] - seen[0] + 1 == 9 * 2**layers - 2


def test_with_a_skip_the_generator_begins_near_the_identity():
    x = RNG.uniform(-1, 1, (4, 16, 16, 1))

    def likeness(skip):
        net = cyclegan_generator(16, 2, 1, 1, skip)
        params, _ = net.init(np.random.default_rng(0), (16, 16, 1))
        y, _ = net.forward(params, x, INFERENCE)
        return np.corrcoef(x.ravel(), y.ravel())[0, 1]

    assert likeness(True) > 0.8
    assert abs(likeness(False)) < 0.5


def test_two_passes_both_ways_are_the_cycle():
    G, F = cyclegan_generator(2, 1, 1, 1), cyclegan_generator(3, 0, 1, 1)
    net = both_ways(to_a=F, to_b=G)
    params, shapes = net.init(RNG, ((8, 8, 1), (8, 8, 1)))
    assert shapes == ((8, 8, 1), (8, 8, 1))
    a, b = RNG.normal(size=(2, 3, 8, 8, 1))
    to_a, to_b = (
        lambda x, f=f, name=name: f.forward(params[name], x)[0]
        for f, name in ((F, "to_a"), (G, "to_b"))
    )
    y, _ = net.forward(params, (a, b))
    np.testing.assert_array_equal(y[0], to_a(b))
    np.testing.assert_array_equal(y[1], to_b(a))
    back, _ = net.forward(params, y)
    np.testing.assert_array_equal(back[0], to_a(to_b(a)))
    np.testing.assert_array_equal(back[1], to_b(to_a(b)))


def test_discriminators_stand_side_by_side():
    one, other = patch_discriminator(2, 1), patch_discriminator(3, 1)
    net = side_by_side(one, other)
    params, _ = net.init(RNG, ((16, 16, 1), (16, 16, 1)))
    a, b = RNG.normal(size=(2, 2, 16, 16, 1))
    of_a, of_b = net.forward(params, (a, b))[0]
    np.testing.assert_array_equal(of_a, one.forward(params["of_a"], a)[0])
    np.testing.assert_array_equal(of_b, other.forward(params["of_b"], b)[0])
