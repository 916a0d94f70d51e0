"""StyleGAN2's phases: what they minimise, what they remember, and who follows them."""

from dataclasses import replace

import numpy as np
import pytest

from scratchgan import recipes, tree
from scratchgan.gradcheck import random_params
from scratchgan.gradcheck.losses import check_phase
from scratchgan.gradcheck.noise import Noise
from scratchgan.gradcheck.numeric import difference
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state, training_step
from scratchgan.training.style import StyleGAN
from scratchgan.training.style_mixing import StyleMixing
from scratchgan.training.style_system import phases
from scratchgan.training.system import Draw

SHAPE = (8, 8, 3)
RECIPE = recipes.get("stylegan2")


def small(**settings):
    return RECIPE.build(build(RECIPE.settings, dict(RECIPE.small) | settings), SHAPE)


def style_of(system) -> StyleGAN:
    return system.phases[0].objective.__self__


def drawn(system):
    rng = np.random.default_rng(0)
    return {
        name: random_params(player.network, player.in_shape, rng)
        for name, player in system.players.items()
    }


def draw_for(phase, **memory):
    kept = {"w_mean": np.zeros(3), "path_length": np.zeros(1)} | memory
    return Draw(0, phase, 0, Noise(SHAPE), np.float64, kept)


def test_path_length_is_the_jacobian_of_images_in_latents():
    """ℓ² = 1/L Σ (∂⟨y, G(ws)⟩/∂ws)², entry by entry of ws, by differences."""
    system = small(batch_size=2)
    style, params = style_of(system), drawn(system)
    target, draw = 0.3, draw_for("path_length", path_length=np.full(1, 0.3))
    found = style.path_length_objective(params, draw)
    own = params["generator"]
    ws = style.mixing.up(style.mapping, own["mapping"], draw, 1).ws
    y = draw.normal("y", (1, *SHAPE)) / 8

    def projected(ws):
        x, _ = style.synthesis.forward(own["synthesis"], ws, draw.context("synthesis"))
        return float((x * y).sum())

    units = np.eye(ws.size).reshape(ws.size, *ws.shape)
    g = [difference(projected, ws, unit) for unit in units]
    length = np.sqrt(np.sum(np.square(g)) / ws.shape[1])
    assert found.values["path_length"] == pytest.approx(length, rel=1e-7)
    expected = 2.0 * (length - target) ** 2
    assert found.values["path_length_penalty"] == pytest.approx(expected, rel=1e-6)
    assert found.loss == pytest.approx(style.pl_every * expected, rel=1e-6)
    moved = target + 0.01 * (length - target)
    assert found.memory["path_length"][0] == pytest.approx(moved, rel=1e-7)


def test_r1_is_the_input_gradient_at_real_images():
    system = small()
    style, params = style_of(system), drawn(system)
    draw = draw_for("r1")
    found = style.r1_objective(params, draw)
    x, net = draw.real(4), style.discriminator
    y, cache = net.forward(params["discriminator"], x, draw.context("discriminator"))
    dx, _, _ = net.backward(params["discriminator"], cache, np.ones_like(y))
    expected = 10 / 2 * np.square(dx).sum() / 4
    assert found.values["r1_penalty"] == pytest.approx(expected, rel=1e-12)
    assert found.loss == pytest.approx(2 * expected, rel=1e-12)


class Deaf(StyleGAN):
    """Its penalties and losses stop before the mapping network."""

    def _gradient(self, own, mixed, dws, dsynthesis):
        return super()._gradient(own, mixed, 0 * dws, dsynthesis)


class Swapped(StyleMixing):
    """Sends each latent the gradient of the other's layers."""

    def down(self, mapping, params, mixed, dws):
        return super().down(mapping, params, mixed._replace(own=1 - mixed.own), dws)


def seeded(defect):
    system = small()
    style = style_of(system)
    if defect == "deaf":
        wrong = Deaf(**vars(style))
    else:
        wrong = replace(style, mixing=Swapped(**vars(style.mixing)))
    return system, {phase.name: phase for phase in phases(wrong)}


@pytest.mark.parametrize("phase", ["path_length", "generator"])
@pytest.mark.parametrize("defect", ["deaf", "swapped"])
def test_the_gradient_check_sees_what_reaches_the_mapping_network(phase, defect):
    """So that the rows of `scratchgan gradcheck` are not vacuous."""
    system, found = seeded(defect)
    assert check_phase(found[phase], drawn(system), draw_for(phase)) > 1e-3


def test_layers_before_the_crossover_read_the_first_latent():
    draw = draw_for("generator")
    never, always = (StyleMixing(6, 3, p).own(draw, 400)[..., 0] for p in (0.0, 1.0))
    assert never.all()
    assert always[:, 0].all()
    assert not always[:, -1].any()
    assert (np.diff(always.astype(int), axis=1) <= 0).all()  # one crossover each
    counts = np.bincount(always.sum(1), minlength=6)
    assert (counts[1:6] > 40).all()
    assert counts[1:6].sum() == 400
    share = StyleMixing(6, 3, 0.9).own(draw, 400)[:, -1].mean()
    assert share == pytest.approx(0.1, abs=0.05)


def test_penalties_run_lazily_and_one_update_moves_the_average():
    system = small(r1_every=4, pl_every=2)
    assert [p.averages for p in system.phases] == [True, True, False, True]
    state, data = initial_state(system, 0), Noise(SHAPE)
    for step in range(8):
        before = state
        state, values = training_step(system, data, 0, state)
        assert ("r1_penalty" in values) == (step % 4 == 3)
        assert ("path_length" in values) == (step % 2 == 1)
    counts = {name: int(n) for name, n in state.counts.items()}
    assert counts == {"discriminator": 8, "r1": 2, "path_length": 4, "generator": 8}
    for player, updates in (("discriminator", 10), ("generator", 12)):
        assert int(state.players[player].optimizer.updates) == updates
    keep = 0.5 ** (4 / 10_000)
    old, new = before.players["generator"], state.players["generator"]
    for name, average in tree.named(new.ema):
        a, p = dict(tree.named(old.ema))[name], dict(tree.named(new.params))[name]
        np.testing.assert_allclose(average, keep * a + (1 - keep) * p, rtol=1e-5,
                                   atol=1e-7)  # fmt: skip


def test_both_players_are_corrected_for_their_lazy_phases():
    system = small(r1_every=16, pl_every=4)
    for player, c in (("discriminator", 16 / 17), ("generator", 4 / 5)):
        adam = system.players[player].optimizer
        assert adam.learning_rate == pytest.approx(0.002 * c, rel=1e-12)
        assert (adam.beta1, adam.beta2) == (0, pytest.approx(0.99**c, rel=1e-12))


def test_a_penalty_without_weight_has_no_phase_and_no_correction():
    system = small(r1_gamma=0, pl_weight=0)
    assert [phase.name for phase in system.phases] == ["discriminator", "generator"]
    assert {p.optimizer.learning_rate for p in system.players.values()} == {0.002}


def test_the_mean_of_w_follows_the_mapping_network():
    system = small(mixing=0.0)
    style, params = style_of(system), drawn(system)
    draw = draw_for("generator", w_mean=np.full(3, 2.0))
    found = style.generator_objective(params, draw)
    z = draw.normal("z", (4, 3))
    w, _ = style.mapping.forward(params["generator"]["mapping"], z)
    expected = 0.995 * 2 + 0.005 * w.mean(0)
    np.testing.assert_allclose(found.memory["w_mean"], expected, rtol=1e-12)


def test_augmentation_adapts_to_the_signs_of_real_scores():
    """p moves by 4 · 4 / images where D is surer of real images than the target."""
    system = small(augment=True, ada_images=400, ada_target=-1.0)
    state, data = initial_state(system, 0), Noise(SHAPE)
    seen = []
    for _ in range(9):
        state, values = training_step(system, data, 0, state)
        seen.append(values["augment_p"])
    assert seen == pytest.approx([0.0] * 4 + [0.04] * 4 + [0.08], abs=1e-6)
    assert state.memory["real_signs"].shape == (4,)
