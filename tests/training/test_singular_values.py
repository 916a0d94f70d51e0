"""Singular values above one become one, and nothing else changes."""

import numpy as np
import pytest

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.training.singular_values import (
    LEAST_GAIN,
    SingularValueClipping,
    clip_singular_values,
)

RNG = np.random.default_rng(0)


def singular_values(W):
    return np.linalg.svd(W.reshape(-1, W.shape[-1]), compute_uv=False)


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5), (2, 2, 2, 3, 6), (9, 1)])
def test_it_is_the_clipping_by_the_decomposition(shape):
    W = 0.6 * RNG.normal(size=shape)
    U, s, Vt = np.linalg.svd(W.reshape(-1, shape[-1]), full_matrices=False)
    assert s.max() > 1
    expected = (U * np.minimum(s, 1)) @ Vt
    found = clip_singular_values(W)
    assert found.shape == shape
    np.testing.assert_allclose(found.reshape(expected.shape), expected, atol=1e-13)


def test_float32_weights_end_below_one_by_their_rounding():
    W = RNG.normal(size=(4, 4, 4, 16, 32)).astype(np.float32)
    assert singular_values(W).max() > 30
    found = clip_singular_values(W)
    assert found.dtype == np.float32
    np.testing.assert_allclose(singular_values(found.astype(float)), 1, rtol=1e-6)


@pytest.mark.parametrize("shape", [(30, 6), (6, 30), (2, 2, 2, 5, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_within_the_bound_keep_their_bits(shape, dtype):
    W = RNG.normal(size=shape)
    W = (W / (1.01 * singular_values(W).max())).astype(dtype)
    found = clip_singular_values(W)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, W)


def test_a_critic_is_clipped_layer_by_layer():
    net = nn.Sequential(
        [nn.Conv3d(4, 2), nn.BatchNorm(), nn.LeakyReLU(0.2), nn.Flatten(), nn.Dense(1)]
    )
    params, _ = net.init(RNG, (4, 4, 4, 3))
    params = tree.map_learned(lambda p: 5 * p + 3, params)
    variance = np.array([0.04, 1.0, 1e6, 9.0])
    params[1].state["variance"] = variance
    found = SingularValueClipping()(params)
    for i in (0, 4):
        assert singular_values(found[i].W).max() == pytest.approx(1, abs=1e-12)
        np.testing.assert_array_equal(found[i].b, params[i].b)
    std = np.sqrt(variance)
    np.testing.assert_array_equal(params[1].gamma, 8)
    np.testing.assert_allclose(found[1].gamma, [0.2, 1, LEAST_GAIN * 1e3, 3])
    assert (found[1].gamma <= std).all()
    np.testing.assert_array_equal(found[1].beta, params[1].beta)
    np.testing.assert_array_equal(found[1].state["variance"], variance)
    assert found[2] == ()


def test_a_linear_critic_is_one_lipschitz_afterwards():
    """Which is what the clipping is for; before it, points move further apart."""
    net = nn.Sequential([nn.Dense(8), nn.LeakyReLU(0.2), nn.Dense(8), nn.Dense(1)])
    params, _ = net.init(RNG, (6,))
    params = tree.map(lambda p: 3 * p, params)
    x, y = RNG.normal(size=(2, 500, 6))

    def slope(params):
        rise = net.forward(params, x)[0] - net.forward(params, y)[0]
        return (np.abs(rise[:, 0]) / np.linalg.norm(x - y, axis=1)).max()

    assert slope(params) > 1
    assert slope(SingularValueClipping()(params)) <= 1
