"""Truncation, mixing and projection, on a network that was not trained."""

import numpy as np
import pytest

from scratchgan import recipes
from scratchgan.training.project import distance, project
from scratchgan.training.samples import generate, latents
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state
from scratchgan.training.styled_samples import (
    between_w,
    mixing_sheet,
    trained,
    truncated,
)


@pytest.fixture(params=["stylegan2", "stylegan"])
def made(request):
    """A system with images of 8 × 8, its state, and its generator."""
    recipe = recipes.get("stylegan2")
    settings = dict(recipe.small) | {"architecture": request.param, "latent_size": 4}
    system = recipe.build(build(recipe.settings, settings), (8, 8, 3))
    state = initial_state(system, 1)
    mean = np.linspace(-0.2, 0.3, 4, dtype=np.float32)
    state = state._replace(memory=state.memory | {"w_mean": mean})
    return system, state, trained(system, state, "test")


def test_truncation_draws_w_to_its_mean(made):
    system, state, generator = made
    z = latents(system, 0, 5)
    plain = generate(system, state, z)
    np.testing.assert_allclose(truncated(generator, z, 1.0), plain, atol=1e-5)
    same = truncated(generator, z, 0.0)
    # to rounding: four are made at a time, and BLAS adds one by itself otherwise
    np.testing.assert_allclose(same, np.repeat(same[:1], 5, axis=0), atol=1e-5)
    mean = generator.memory["w_mean"]
    np.testing.assert_allclose(
        generator.w(z, 0.3) - mean, 0.3 * (generator.w(z, 1.0) - mean), atol=1e-6
    )
    assert np.abs(truncated(generator, z, 0.5) - same).max() > 1e-3


def test_a_sample_is_the_whole_networks_forward_pass(made):
    """Made by parts, and by the one graph that is the player."""
    from scratchgan.layers import INFERENCE

    system, state, generator = made
    z = latents(system, 3, 20)
    network = system.players["generator"].network
    whole, _ = network.forward(generator.params, z, INFERENCE)
    np.testing.assert_allclose(generate(system, state, z), whole, atol=1e-5)


def test_a_mixing_sheet_has_its_sources_at_the_border(made):
    system, _, generator = made
    n = 3
    sheet = mixing_sheet(generator, system, 7, n, 1.0).reshape(n + 1, n + 1, 8, 8, 3)
    w, styles = generator.w(latents(system, 7, 2 * n), 1.0), generator.styles
    close = {"atol": 1e-5}
    np.testing.assert_allclose(
        sheet[1:, 0], generator.images(styles.ws(w[:n])), **close
    )
    np.testing.assert_allclose(
        sheet[0, 1:], generator.images(styles.ws(w[n:])), **close
    )
    ws = styles.mixed(w[1:2], w[n + 2 : n + 3], styles.layers // 2)
    assert styles.layers == 4
    np.testing.assert_array_equal(ws[0, :2], w[[1, 1]])
    np.testing.assert_array_equal(ws[0, 2:], w[[n + 2] * 2])
    np.testing.assert_allclose(sheet[2, 3], generator.images(ws)[0], **close)
    # the same latent from both sides gives its own image
    own = styles.mixed(w[:1], w[:1], 2)
    np.testing.assert_array_equal(own, styles.ws(w[:1]))


def test_rows_run_straight_from_one_w_to_another(made):
    system, _, generator = made
    rows = between_w(generator, system, 2, 2, 5, 0.7).reshape(2, 5, 8, 8, 3)
    ends = generator.w(latents(system, 2, 4), 0.7)
    for i, at in ((0, ends[:2]), (4, ends[2:]), (2, (ends[:2] + ends[2:]) / 2)):
        images = generator.images(generator.styles.ws(at))
        np.testing.assert_allclose(rows[:, i], images, atol=1e-5)


def test_distances_have_their_gradient():
    rng = np.random.default_rng(0)
    gap, u = rng.normal(size=(2, 1, 8, 8, 2))
    loss, gradient = distance(gap, 3)
    pooled = gap.reshape(1, 4, 2, 4, 2, 2).mean((2, 4))
    smaller = gap.reshape(1, 2, 4, 2, 4, 2).mean((2, 4))
    assert loss == pytest.approx(sum(np.mean(a**2) for a in (gap, pooled, smaller)))
    numeric = (distance(gap + u, 3)[0] - distance(gap - u, 3)[0]) / 2  # quadratic
    assert (gradient * u).sum() == pytest.approx(numeric, rel=1e-12)


def test_projection_finds_the_latent_of_a_generated_image(made):
    system, _, generator = made
    w = generator.w(latents(system, 5, 1), 1.0)
    target = generator.images(generator.styles.ws(w))[0]
    found = project(generator, target, 200)
    first, last = found.losses
    assert last < 1e-3 * first
    np.testing.assert_allclose(found.ws, np.repeat(w, 4, axis=0), atol=0.05)
    np.testing.assert_array_equal(found.ws, np.repeat(found.ws[:1], 4, axis=0))


def test_a_latent_a_layer_reaches_what_one_latent_cannot(made):
    system, _, generator = made
    a, b = generator.w(latents(system, 5, 2), 0.5)
    ws = generator.styles.mixed(a[None], b[None], 2)
    target = generator.images(ws)[0]
    one, each = (project(generator, target, 200, p).losses[1] for p in (False, True))
    assert each < 0.1 * one


def test_an_image_of_another_size_is_one_clear_line(made):
    with pytest.raises(ValueError, match=r"image: expected shape \(8, 8, 3\), as"):
        project(made[2], np.zeros((8, 9, 3)), 1)
