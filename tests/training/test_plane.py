"""Density, score and slope over the plane, against what they are in closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgan import recipes
from scratchgan.gradcheck import random_params
from scratchgan.layers import Dense, Dropout, LeakyReLU, Sequential, Tanh
from scratchgan.optim import Adam
from scratchgan.training.plane import (
    HUGE,
    density,
    discriminator_of,
    field,
    score_and_norm,
    ticks,
)
from scratchgan.training.settings import build
from scratchgan.training.system import Player, System

RNG = np.random.default_rng(0)


def test_cells_tile_the_window():
    np.testing.assert_allclose(ticks(2.0, 4), [-1.5, -0.5, 0.5, 1.5])


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 40),
    reach=st.floats(0.01, 100),
    cells=st.integers(60, 80),
    blur=st.floats(0, 2),
)
@settings(max_examples=30, deadline=None)
def test_the_density_of_points_inside_has_mass_one_and_their_mean(
    seed, n, reach, cells, blur
):
    """Weights are symmetric and sum to one: blurring moves neither mass nor mean."""
    points = np.random.default_rng(seed).uniform(-0.3, 0.3, (n, 2)) * reach
    found = density(points, reach, cells, blur)
    area = (2 * reach / cells) ** 2
    np.testing.assert_allclose(found.sum() * area, 1, rtol=1e-12)
    side = ticks(reach, cells)
    cell_of = np.floor((points / reach + 1) / 2 * cells).astype(int)
    mean = side[cell_of].mean(0)  # of the middles of their cells
    x, y = found.sum(0) * area @ side, found.sum(1) * area @ side
    # 0.3 of the way to the edge, and 8 σ more, is still inside
    np.testing.assert_allclose([x, y], mean, atol=1e-9 * reach)


def test_one_point_is_blurred_into_the_weights():
    found = density(np.array([[0.5, -1.5]]), 2.0, cells=4, blur=0.6)
    w = np.exp(-(np.arange(-9, 10) ** 2) / (2 * 0.6**2))
    w[:4] = w[-4:] = 0  # beyond 5 > 8 σ
    w /= w.sum()
    along_x, along_y = w[9 - 2 : 9 + 2], w[9 : 9 + 4]  # it is in column 2, row 0
    np.testing.assert_allclose(found, np.outer(along_y, along_x), rtol=1e-12)


def test_blurring_a_normal_distribution_adds_variances():
    """At its middle, 1 / 2π(s² + σ²h²), but for the noise of so many points."""
    s, reach, cells, blur, n = 0.3, 2.0, 81, 4.0, 400_000
    points = np.random.default_rng(1).normal(0, s, (n, 2))
    found = density(points, reach, cells, blur)[40, 40]
    h = 2 * reach / cells
    variance = s * s + (blur * h) ** 2 + h * h / 12  # and what the cells add
    expected = 1 / (2 * np.pi * variance)
    # points counted: those under weights of area 4π σ² h²
    counted = n * expected * 4 * np.pi * (blur * h) ** 2
    assert found == pytest.approx(expected, rel=4 / np.sqrt(counted))


def test_points_outside_count_and_are_not_drawn():
    inside = np.zeros((3, 2))
    outside = np.array([[9.0, 0], [0, -9], [np.inf, 0]])
    both = density(np.concatenate([inside, outside]), 1.0)
    np.testing.assert_allclose(both, density(inside, 1.0) / 2, rtol=1e-12)


def test_what_has_no_density_is_named():
    with pytest.raises(ValueError, match=r"points: expected shape \(N, 2\), rec.*3\)"):
        density(np.zeros((4, 3)), 1.0)
    with pytest.raises(ValueError, match=r"points: expected .*received \(0, 2\)"):
        density(np.zeros((0, 2)), 1.0)
    with pytest.raises(ValueError, match=r"reach: expected a positive number, rec.* 0"):
        density(np.zeros((4, 2)), 0.0)


def test_the_slope_of_a_linear_critic_is_constant():
    """D(x) = ⟨w, x⟩ + b: the field is a plane, and its slope is ‖w‖."""
    net = Sequential([Dense(1)])
    params = random_params(net, (2,), RNG)
    found = field(net, params, 1.5, cells=30)
    w, b = params[0].W[:, 0], params[0].b[0]
    np.testing.assert_allclose(found.norm, np.linalg.norm(w), rtol=1e-6)
    side = ticks(1.5, 30)
    plane = w[0] * side[None, :] + w[1] * side[:, None] + b  # rows are y
    np.testing.assert_allclose(found.score, plane, atol=1e-6)
    assert not np.allclose(plane, plane.T)


def test_the_field_is_the_networks_own_forward_pass_and_its_slope():
    """In parts as in one, dropout at rest, and the slope by central differences."""
    net = Sequential([Dense(7), Tanh(), Dropout(0.5), Dense(5), Tanh(), Dense(1)])
    params = random_params(net, (2,), RNG)
    found = field(net, params, 2.0, cells=40)  # two parts
    x, y = np.meshgrid(ticks(2.0, 40), ticks(2.0, 40))
    points = np.stack([x.ravel(), y.ravel()], 1)
    score, norm = score_and_norm(net, params, points)
    np.testing.assert_allclose(found.score.ravel(), score, atol=1e-6)
    np.testing.assert_allclose(found.norm.ravel(), norm, rtol=1e-5)
    h, some = 1e-5, points[::97]
    along = [
        score_and_norm(net, params, some + h * e)[0]
        - score_and_norm(net, params, some - h * e)[0]
        for e in np.eye(2)
    ]
    differences = np.hypot(*along) / (2 * h)
    np.testing.assert_allclose(norm[::97], differences, rtol=1e-6)


def test_a_network_that_overflows_still_has_a_field():
    net = Sequential([Dense(3), LeakyReLU(0.2), Dense(1)])
    params = random_params(net, (2,), RNG)
    params[0].W[:] = 1e30
    params[2].W[:] = np.array([[1e30], [-1e30], [1e30]])
    found = field(net, [p and p._replace(W=np.float32(p.W)) for p in params], 1.0)
    for values in found:
        assert np.isfinite(values).all()
        assert np.abs(values).max() <= HUGE


def built(name, **chosen):
    recipe = recipes.get(name)
    return recipe.build(build(recipe.settings, {**recipe.small, **chosen}), (2,))


def test_the_judge_of_single_points_is_found():
    assert discriminator_of(built("gan-ring"), (2,)) == "discriminator"
    assert discriminator_of(built("wgan-gp-ring", latent_size=2), (2,)) == "critic"
    assert discriminator_of(built("pacgan-ring", packing=1), (2,)) == "discriminator"
    assert discriminator_of(built("pacgan-ring", packing=2), (2,)) is None


def test_who_gives_no_score_or_shares_the_task_is_none():
    adam = Adam(1e-4)
    judge = Player(Sequential([Dense(1)]), (2,), adam)
    encoder = Player(Sequential([Dense(2)]), (2,), adam)

    def system(**players):
        made = {"generator": Player(Sequential([Dense(2)]), (2,), adam), **players}
        return System(made, (), "generator", lambda stream, tick, n: None)

    assert discriminator_of(system(judge=judge), (2,)) == "judge"
    assert discriminator_of(system(encoder=encoder), (2,)) is None
    assert discriminator_of(system(a=judge, b=judge), (2,)) is None
    assert discriminator_of(system(judge=judge), (3,)) is None
