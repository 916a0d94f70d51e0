"""R1 and the path length: definitions, closed forms, and whole networks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan import layers as nn
from scratchgan.gradcheck import check_penalty, check_penalty_gradient
from scratchgan.penalties import (
    R1,
    OnInput,
    PathLength,
    penalty_gradient,
    random_images,
    running_target,
)

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


@given(shapes, st.floats(0.1, 100))
def test_r1_is_half_gamma_times_the_mean_square_norm(shape, gamma):
    g = np.random.default_rng(0).normal(size=(5, *shape))
    value = R1(gamma)(g)
    expected = gamma / 2 * np.mean([np.vdot(a, a) for a in g])
    np.testing.assert_allclose(value.loss, expected, rtol=1e-12)
    np.testing.assert_allclose(value.norm**2, [np.vdot(a, a) for a in g], rtol=1e-12)
    assert check_penalty(R1(gamma), shape) < 1e-8


@pytest.mark.parametrize("shape", [(6,), (3, 4)])
def test_path_length_is_the_square_distance_of_lengths_from_their_target(shape):
    """pl_lengths = √(mean over layers of the sum over w), as published."""
    g = np.random.default_rng(0).normal(size=(5, *shape))
    value = PathLength(target=1.5, pl_weight=2.0)(g)
    lengths = [np.sqrt((a**2).reshape(-1, shape[-1]).sum(1).mean()) for a in g]
    np.testing.assert_allclose(value.norm, lengths, rtol=1e-12)
    np.testing.assert_allclose(
        value.loss, 2 * np.mean((np.array(lengths) - 1.5) ** 2), rtol=1e-12
    )
    assert check_penalty(PathLength(1.5), shape) < 1e-8


def test_a_gradient_of_zero_pulls_nowhere():
    g = np.zeros((3, 4))
    for penalty in (R1(), PathLength(target=1.0)):
        assert not penalty(g).v.any()


def test_the_target_is_a_running_mean_of_lengths():
    target = 0.0
    for _ in range(2000):
        target = running_target(target, np.array([1.0, 3.0]), pl_decay=0.01)
    assert target == pytest.approx(2.0, rel=1e-6)
    assert running_target(5.0, np.array([1.0]), 0.25) == 4.0


def test_random_images_have_unit_expected_square_norm_a_channel():
    shape = (500, 8, 4, 3)
    noise = np.random.default_rng(0).normal(size=shape)
    y = random_images(shape, noise)
    assert (y**2).sum(axis=(1, 2, 3)).mean() == pytest.approx(3, rel=0.02)
    with pytest.raises(ValueError, match=r"noise: expected \(500, 8, 4, 3\)"):
        random_images(shape, noise[:2])


def test_path_length_of_a_linear_generator_in_closed_form():
    """G(w) = w W: g = y Wᵀ does not depend on w, and P is a function of W alone."""
    rng = np.random.default_rng(0)
    net = nn.Dense(6, bias=False)
    params, _ = net.init(rng, (4,))
    w, y = rng.normal(size=(5, 4)), rng.normal(size=(5, 6))
    found = penalty_gradient(net, params, w, PathLength(1.0), dy=y, wrt="all")
    g = y @ params.W.T
    norm = np.linalg.norm(g, axis=1)
    np.testing.assert_allclose(found.value.loss, 2 * np.mean((norm - 1) ** 2))
    v = 4 / 5 * ((norm - 1) / norm)[:, None] * g
    np.testing.assert_allclose(found.dparams.W, v.T @ y, rtol=1e-12)
    assert found.dx is None  # exactly zero


def test_a_penalty_on_one_input_leaves_the_others_alone():
    """Two inputs; P looks at the second's gradient, through the first's values."""
    rng = np.random.default_rng(0)
    net = nn.ModulatedConv2d(3)
    params, _ = net.init(rng, ((4, 4, 2), (2,)))
    x = rng.normal(size=(3, 4, 4, 2)), rng.normal(size=(3, 2))
    dy = rng.normal(size=(3, 4, 4, 3))
    penalty = OnInput(1, PathLength(0.5))
    value = penalty_gradient(net, params, x, penalty, dy=dy).value
    assert value.v[0] is None
    assert value.v[1].shape == (3, 2)
    assert check_penalty_gradient(net, params, x, penalty, dy=dy) < 1e-7


def test_bad_weights_are_refused():
    with pytest.raises(ValueError, match="r1_gamma: expected >= 0, received -1"):
        R1(-1)
    with pytest.raises(ValueError, match="pl_weight: expected >= 0, received -1"):
        PathLength(0.0, -1)


@pytest.mark.parametrize("penalty", [R1(), PathLength(1.0)])
def test_float16_gradients_do_not_overflow(penalty):
    g = np.full((2, 1000), 60.0, np.float16)  # the square of 300 numbers of 60: 1e6
    value = penalty(g)
    assert value.v.dtype == np.float16
    np.testing.assert_allclose(value.norm, 60 * np.sqrt(1000), rtol=1e-3)
