"""Networks have the published shapes and sizes, and their derivatives are right."""

import itertools

import numpy as np
import pytest

from scratchgan import networks, tree
from scratchgan.gradcheck import check_layer
from scratchgan.gradcheck.cases import ADJOINT_TOLERANCE, NETWORK_STEPS, TOLERANCE
from scratchgan.layers import Context
from scratchgan.networks import stylegan2
from scratchgan.rng import Stream

RNG = np.random.default_rng(0)


def size(params):
    return sum(leaf.size for leaf in tree.leaves(tree.learned(params)))


def test_dcgan_has_the_sizes_of_the_example():
    """main.py of pytorch/examples prints 3,576,704 and 2,765,568 with its defaults."""
    params, shape = networks.dcgan_generator().init(RNG, (100,))
    assert shape == (64, 64, 3)
    assert size(params) == 3_576_704
    params, shape = networks.dcgan_discriminator().init(RNG, (64, 64, 3))
    assert shape == (1,)
    # a bias of 64 more: ours has one where no normalisation follows
    assert size(params) == 2_765_568 + 64


def test_the_cifar_critic_has_four_blocks_of_128():
    """3 × 3: 3→128, seven of 128→128; 1 × 1: two shortcuts; a score; all biases."""
    params, shape = networks.cifar_resnet_critic().init(RNG, (32, 32, 3))
    assert shape == (1,)
    wide, biases = 9 * 128 * 128, 10 * 128
    shortcuts = 3 * 128 + 128 * 128
    assert size(params) == 9 * 3 * 128 + 7 * wide + shortcuts + biases + 129


def test_the_cifar_generator_has_three_blocks_of_128():
    """Of two 3 × 3, a 1 × 1 and two normalisations; a seed of 4 × 4, an image of 3."""
    params, shape = networks.cifar_resnet_generator().init(RNG, (128,))
    assert shape == (32, 32, 3)
    block = 2 * (9 * 128 * 128 + 128) + 128 * 128 + 128 + 4 * 128
    seed, last = 128 * 4 * 4 * 128 + 4 * 4 * 128, 2 * 128 + 9 * 128 * 3 + 3
    assert size(params) == seed + 3 * block + last


def test_the_stacked_mnist_networks_are_those_of_dcgan_for_28_pixels():
    """Width D: 2·2·8D from z, then 5 × 5 from 8D to 4D, 2D, D and 3; and back."""
    params, shape = networks.stacked_generator(64).init(RNG, (100,))
    assert shape == (28, 28, 3)
    seed, norms = 100 * 2048, 2 * (512 + 256 + 128 + 64)
    maps = 25 * (512 * 256 + 256 * 128 + 128 * 64 + 64 * 3)
    assert size(params) == seed + maps + norms + 3
    for packing in (1, 2):
        shape = (28, 28, 3 * packing)
        params, shape = networks.stacked_discriminator(64).init(RNG, shape)
        assert shape == (1,)
        maps = 25 * (3 * packing * 64 + 64 * 128 + 128 * 256 + 256 * 512)
        norms = 2 * (128 + 256 + 512)
        assert size(params) == maps + norms + 64 + 2048 + 1


def test_the_networks_of_gan_cifar_have_its_sizes():
    """Width D: 4·4·4D from z, then 5 × 5 from 4D to 2D, D and 3; D, 2D, 4D and back."""
    params, shape = networks.cifar_generator(128).init(RNG, (128,))
    assert shape == (32, 32, 3)
    seed, maps = 4 * 4 * 512, 25 * (512 * 256 + 256 * 128 + 128 * 3)
    norms = 2 * (seed + 256 + 128)
    assert size(params) == 129 * seed + maps + 256 + 128 + 3 + norms
    params, shape = networks.cifar_discriminator(128).init(RNG, (32, 32, 3))
    assert shape == (1,)
    maps = 25 * (3 * 128 + 128 * 256 + 256 * 512) + 128 + 256 + 512
    assert size(params) == maps + 4 * 4 * 512 + 1


def test_pacgan_has_the_layers_of_its_code():
    params, shape = networks.pacgan_generator().init(RNG, (2,))
    assert shape == (2,)
    hidden = 2 * 400 + 3 * 400 * 400 + 4 * 2 * 400  # and gains and biases
    assert size(params) == hidden + 400 * 2 + 2
    params, shape = networks.pacgan_discriminator().init(RNG, (4,))
    assert shape == (1,)
    assert size(params) == 5 * 1000 + 2 * 201 * 1000 + 201


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (networks.dcgan_generator(2, latent_size=4), (4,)),
        (networks.dcgan_discriminator(2, batch_norm=False), (64, 64, 1)),
        (networks.cifar_resnet_critic(3, layer_norm=True), (32, 32, 2)),
        (networks.cifar_resnet_generator(3, (16, 8, 2)), (4,)),
        (stylegan2.discriminator_block(3, 4), (8, 8, 3)),
    ],
    ids=[
        "dcgan generator",
        "dcgan critic",
        "cifar critic",
        "cifar generator",
        "stylegan2 block",
    ],
)
def test_derivatives(network, shape):
    errors = check_layer(network, shape, batch=2, steps=NETWORK_STEPS)
    assert errors.adjoint <= ADJOINT_TOLERANCE
    assert max(errors) <= TOLERANCE, errors


def test_a_synthesis_block_doubles_features_and_image():
    block = stylegan2.synthesis_block(8, 4)
    _, shapes = block.init(RNG, ((4, 4, 8), (4, 4, 3), (16,)))
    assert shapes == ((8, 8, 4), (8, 8, 3))


def test_styles_start_around_one_and_noise_at_zero():
    block = stylegan2.synthesis_block(8, 4)
    params, _ = block.init(RNG, ((4, 4, 8), (4, 4, 3), (16,)))
    w = RNG.normal(size=(2000, 16))
    style, _ = stylegan2.affine(8).forward(params["style1"], w)
    assert style.mean() == pytest.approx(1, abs=0.1)
    assert style.std() == pytest.approx(1, abs=0.3)  # 1/√16 · √16
    assert not params["h"][1].strength.any()


def test_wavegan_has_the_published_shapes_and_sizes():
    """16 × 1024 to 16384 and back; kernels of 25, all with biases."""
    params, shape = networks.wavegan_generator().init(RNG, (100,))
    assert shape == (16384, 1)
    widths = (1024, 512, 256, 128, 64, 1)
    kernels = sum(25 * a * b + b for a, b in itertools.pairwise(widths))
    assert size(params) == 101 * 16 * 1024 + kernels
    params, shape = networks.wavegan_critic().init(RNG, (16384, 1))
    assert shape == (1,)
    kernels = sum(25 * a * b + a for a, b in itertools.pairwise(widths))
    assert size(params) == kernels + 16 * 1024 + 1


def test_wavegan_begins_with_tensorflows_glorot_weights():
    """Variance 2 / (25 C + 25 O), whatever the stride."""
    params, _ = networks.wavegan_critic(16).init(RNG, (1024, 1))
    for layer in (p for p in params if getattr(p, "W", np.zeros(0)).ndim == 3):
        taps, channels, features = layer.W.shape
        expected = 2 / (taps * (channels + features))
        assert layer.W.var() == pytest.approx(expected, rel=0.15)
    with pytest.raises(ValueError, match="length: expected a multiple of 1024"):
        networks.wavegan_generator(1, 1000)


def test_a_phase_shuffle_moves_what_the_critic_sees():
    """Four of them, none behind the last activation; none at inference."""
    critic = networks.wavegan_critic(1)
    assert [type(layer).__name__ for layer in critic.layers].count("PhaseShuffle") == 4
    params, _ = critic.init(RNG, (1024, 1))
    x = RNG.normal(size=(2, 1024, 1))
    scores = [
        critic.forward(params, x, Context(stream=Stream(0, "shift"), tick=tick))[0]
        for tick in range(3)
    ]
    assert not np.array_equal(scores[0], scores[1])
    still, _ = networks.wavegan_critic(1, shuffle=0).init(RNG, (1024, 1))
    assert len(still) == len(params) - 4
