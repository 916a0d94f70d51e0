"""The number of parts follows cores, caches and shapes as documented."""

import pytest

from scratchgan import layers as nn
from scratchgan import recipes
from scratchgan.optim import SGD
from scratchgan.parallel import choose_shards
from scratchgan.parallel.microbatch import largest_array, last_level_cache
from scratchgan.training.system import Phase, Player, System


def system(batch_size, width=256):
    player = Player(nn.Sequential([nn.Dense(width), nn.Tanh()]), (8,), SGD(0.1))
    phase = Phase("a", "a", lambda *_: None, batch_size=batch_size)
    return System({"a": player}, (phase,), "a", lambda *_: None)


def test_the_largest_array_is_what_a_layer_keeps_for_one_sample():
    assert largest_array(system(1).players["a"]) == 4 * 256
    assert largest_array(system(1, width=3).players["a"]) == 4 * 8  # the input


@pytest.mark.parametrize(
    ("batch", "cores", "cache", "shards"),
    [
        (64, 2, 2**30, 2),  # a part a core
        (64, 2, 3 * 4 * 256 * 64 // 4, 2),  # three kinds of 64 samples: 4 caches
        (64, 2, 3 * 4 * 256 * 64 // 4 - 1, 4),
        (64, 2, 3 * 4 * 256 * 64 // 64, 32),
        (64, 2, 1, 64),  # a sample a part
        (3, 2, 1, 2),
        (1, 2, 2**30, 1),
        (None, 2, 1, 1),  # samples that meet
    ],
)
def test_parts_double_until_they_fit(batch, cores, cache, shards):
    assert choose_shards(system(batch), cores, cache) == shards


@pytest.mark.parametrize("name", recipes.NAMES)
def test_every_recipe_has_a_number(name):
    recipe = recipes.get(name)
    built = recipe.build(recipe.settings(**dict(recipe.small)), recipe.small_shape)
    assert choose_shards(built) >= 1


def test_the_cache_is_the_largest_that_the_system_names(tmp_path):
    for index, size in enumerate(("48K", "1024K", "32M", "")):
        (tmp_path / f"index{index}").mkdir()
        if size:
            (tmp_path / f"index{index}" / "size").write_text(f"{size}\n")
    assert last_level_cache(tmp_path) == 32 * 2**20
    assert last_level_cache(tmp_path / "nowhere") == 32 * 2**20
