import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan.gradcheck import check_penalty, check_penalty_gradient, random_params
from scratchgan.gradcheck.cases import PENALTIES, TOLERANCE, straddle_one
from scratchgan.gradcheck.registry import CRITICS
from scratchgan.layers import TRAINING, Dense, LeakyReLU, Sequential
from scratchgan.losses import Wasserstein
from scratchgan.penalties import GradientPenalty, interpolate, penalty_gradient
from scratchgan.training.steps import discriminator_step

IDS = [name for name, _ in PENALTIES]
PENALTY = [penalty for _, penalty in PENALTIES]


def gradients(norms, shape=(2, 3)):
    """Input gradients with the given norms, spread over all axes."""
    rng = np.random.default_rng(0)
    g = rng.normal(size=(len(norms), *shape))
    length = np.sqrt((g**2).sum(axis=(1, 2), keepdims=True))
    return g / length * np.reshape(norms, (-1, 1, 1))


def test_two_sided_value_is_the_mean_square_distance_from_one():
    found = GradientPenalty(gp_weight=10)(gradients([0.5, 1.0, 3.0]))
    np.testing.assert_allclose(found.loss, 10 * (0.25 + 0 + 4) / 3, rtol=1e-14)
    np.testing.assert_allclose(found.norm, [0.5, 1.0, 3.0], rtol=1e-14)


def test_one_sided_value_ignores_norms_below_one():
    g = gradients([0.5, 1.0, 3.0])
    found = GradientPenalty(gp_weight=10, one_sided=True)(g)
    np.testing.assert_allclose(found.loss, 10 * 4 / 3, rtol=1e-14)
    assert not found.v[0].any()
    assert found.v[2].any()


def test_v_points_along_g_with_the_stated_length():
    g = gradients([0.5, 2.0])
    found = GradientPenalty(gp_weight=10)(g)
    factor = 2 * 10 / 2 * (np.array([0.5, 2.0]) - 1) / np.array([0.5, 2.0])
    np.testing.assert_allclose(found.v, g * factor.reshape(2, 1, 1), rtol=1e-13)


@pytest.mark.parametrize("penalty", PENALTY, ids=IDS)
@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 3, 2)])
def test_v_agrees_with_finite_differences(penalty, shape):
    assert check_penalty(penalty, shape) <= TOLERANCE


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("penalty", PENALTY, ids=IDS)
def test_a_gradient_of_exactly_zero_pulls_nowhere(penalty, dtype):
    g = np.zeros((3, 2, 2), dtype)
    g[1] = 2.0
    found = penalty(g)
    assert np.isfinite(found.loss)
    assert not found.v[[0, 2]].any()
    assert np.isfinite(found.v).all()
    assert found.v[1].any()
    assert found.v.dtype == dtype


@given(st.floats(0.01, 0.99))
def test_interpolation_is_between_with_one_eps_a_sample(eps):
    x_real, x_fake = np.full((2, 3, 4), 7.0), np.full((2, 3, 4), 3.0)
    x_hat = interpolate(x_real, x_fake, np.array([eps, 0.25]))
    np.testing.assert_allclose(x_hat[0], 3 + 4 * eps, rtol=1e-14)
    np.testing.assert_allclose(x_hat[1], 4, rtol=1e-14)


def test_interpolation_names_what_does_not_fit():
    x = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"eps: expected one number a sample \(2,\)"):
        interpolate(x, x, np.ones((2, 1)))
    with pytest.raises(ValueError, match="x_fake"):
        interpolate(x, np.ones((3, 3)), np.ones(2))


def test_of_a_linear_critic_in_closed_form():
    """D(x) = x·w: g = w for every sample, P = λ(‖w‖ − 1)², ∂P/∂w = 2λ(1 − 1/‖w‖) w."""
    net = Dense(1)
    params = random_params(net, (3,), np.random.default_rng(0))
    found = penalty_gradient(net, params, np.ones((5, 3)), GradientPenalty(10))
    w = params.W[:, 0]
    length = np.linalg.norm(w)
    np.testing.assert_allclose(found.value.loss, 10 * (length - 1) ** 2, rtol=1e-13)
    expected = 2 * 10 * (1 - 1 / length) * w
    np.testing.assert_allclose(found.dparams.W[:, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("penalty", PENALTY, ids=IDS)
@pytest.mark.parametrize("critic", CRITICS, ids=[name for name, *_ in CRITICS])
def test_gradient_in_every_parameter_of_smooth_critics(critic, penalty):
    _, net, shape = critic
    rng = np.random.default_rng(4)
    x_hat = rng.normal(size=(6, *shape))
    params = random_params(net, shape, rng)
    dy = straddle_one(net, params, x_hat, penalty, TRAINING)
    norms = penalty_gradient(net, params, x_hat, penalty, dy=dy).value.norm
    assert norms.min() < 0.9
    assert norms.max() > 1.1
    assert check_penalty_gradient(net, params, x_hat, penalty, dy=dy) <= TOLERANCE


def test_a_dropped_second_derivative_is_caught(monkeypatch):
    """The known defect of f″ left out: exact for a ReLU, wrong for a smooth layer."""
    from scratchgan.layers.activations import Softplus

    _, net, shape = CRITICS[0]
    rng = np.random.default_rng(4)
    params, x_hat = random_params(net, shape, rng), rng.normal(size=(6, *shape))
    monkeypatch.setattr(Softplus, "f2", lambda self, kept: np.zeros_like(kept))
    assert check_penalty_gradient(net, params, x_hat, GradientPenalty()) > 1e-3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_dead_critic_trains_on_without_nan(dtype):
    """All weights zero: ∇ₓD = 0 exactly, where a naive norm gives NaN."""
    net = Sequential([Dense(4), LeakyReLU(0.2), Dense(1)])
    params, _ = net.init(np.random.default_rng(0), (3,))
    params = [type(p)(*(0 * a for a in p)) if p else p for p in params]
    params = [type(p)(*(a.astype(dtype) for a in p)) if p else p for p in params]
    x = np.ones((2, 3), dtype)
    step = discriminator_step(net, params, x, x, Wasserstein(), GradientPenalty(), x)
    assert step.penalty == 10.0
    assert all(np.isfinite(a).all() for p in step.dparams if p for a in p)
