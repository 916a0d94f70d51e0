"""TGAN has the published shapes and sizes; what stays is the same in all frames."""

import numpy as np
import pytest

from scratchgan import networks, tree
from scratchgan.gradcheck import random_params
from scratchgan.layers import INFERENCE

RNG = np.random.default_rng(0)


def size(params):
    return sum(leaf.size for leaf in tree.leaves(tree.learned(params)))


def test_the_generator_has_the_layers_of_the_code():
    """models/frame_seed_generator.py and video_generator.py, but for biases before BN.

    Every normalisation has a gain and a bias.
    """
    params, shape = networks.tgan_generator((16, 64, 64, 1)).init(RNG, (100,))
    assert shape == (16, 64, 64, 1)
    time = 100 * 512 + 4 * (512 * 256 + 256 * 128 + 128 * 128 + 128 * 100) + 100
    assert size(params["z_fast"]) == time + 2 * (512 + 256 + 128 + 128)
    for branch in ("slow", "fast"):
        assert size(params[branch]) == 100 * 4096 + 2 * 4096
    convolutions = 16 * (512 * 256 + 256 * 128 + 128 * 64 + 64 * 32)
    assert size(params["x"]) == convolutions + 2 * (256 + 128 + 64 + 32) + 9 * 32 + 1


def test_the_critic_has_the_layers_of_the_code():
    params, shape = networks.tgan_critic().init(RNG, (16, 64, 64, 1))
    assert shape == (1,)
    weights = 64 * (64 + 64 * 128 + 128 * 256 + 256 * 512)
    assert size(params) == weights + 64 + 128 + 256 + 512 + 16 * 512 + 1
    coupled = networks.tgan_critic(batch_norm=True)
    assert coupled.couples_batch
    assert size(coupled.init(RNG, (16, 64, 64, 1))[0]) == size(params) + 2 * 896


@pytest.mark.parametrize("side", [16, 32])
def test_smaller_frames_take_fewer_doublings(side):
    net = networks.tgan_generator((16, side, side, 3), 16, 8, 5, 4)
    params, shape = net.init(RNG, (5,))
    assert shape == (16, side, side, 3)
    video, _ = net.forward(params, RNG.normal(size=(2, 5)))
    assert video.shape == (2, *shape)
    assert np.abs(video).max() < 1


def test_the_frame_generator_is_one_network():
    """Equal latents of two frames give equal frames, other ones do not."""
    net = networks.tgan_generator((16, 16, 16, 1), 16, 8, 5, 4)
    params = random_params(net, (5,), RNG)
    z, fast = RNG.normal(size=(3, 5)), RNG.normal(size=(3, 16, 4))
    fast[:, 7] = fast[:, 2]
    layers = {node.name: node.layer for node in net.nodes}

    def run(name, x):
        return layers[name].forward(params[name], x, INFERENCE)[0]

    frames = run("x", run("both", (run("slow", z), run("fast", fast))))
    np.testing.assert_array_equal(frames[:, 7], frames[:, 2])
    assert not np.allclose(frames[:, 7], frames[:, 3])
