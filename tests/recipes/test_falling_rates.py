"""Recipes whose learning rates fall: both players' reach zero in the same step."""

import pytest

from scratchgan.recipes import (
    wavegan_digits_small,
    wgan_gp_ring,
    wgan_gp_text_small,
    wgan_ring,
)

MODULES = [wavegan_digits_small, wgan_gp_ring, wgan_gp_text_small, wgan_ring]


def rate(module, player, decay_steps):
    recipe = module.RECIPE
    chosen = recipe.small | {"n_critic": 2, "decay_steps": decay_steps}
    system = recipe.build(recipe.settings(**chosen), recipe.small_shape)
    return system.players[player].optimizer.learning_rate


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(("player", "updates"), [("critic", 6), ("generator", 3)])
def test_rates_are_zero_after_so_many_steps(module, player, updates):
    falls = rate(module, player, decay_steps=3)
    assert falls(updates - 1) > 0
    assert falls(updates) == 0


@pytest.mark.parametrize("module", MODULES)
def test_rates_stay_where_no_step_is_given(module):
    assert isinstance(rate(module, "critic", decay_steps=0), float)
