"""A profile changes nothing, counts what the model counts, and says what it found."""

import json
import subprocess
import sys

import numpy as np
import pytest

from scratchgan import layers as nn
from scratchgan import recipes, tree
from scratchgan.gradcheck import random_params
from scratchgan.gradcheck.noise import Noise
from scratchgan.profiling import Record, profile_system
from scratchgan.profiling.cost import backward_jvp_units, backward_units, unit
from scratchgan.profiling.profile import instrumented
from scratchgan.profiling.record import SWEEPS, held_bytes
from scratchgan.training.state import initial_state, training_step


def small(name, **changes):
    recipe = recipes.get(name)
    values = dict(recipe.small) | changes
    return recipe.build(recipe.settings(**values), recipe.small_shape), recipe


@pytest.mark.parametrize("name", recipes.NAMES)
def test_a_timed_step_has_the_bits_of_an_untouched_one(name):
    system, recipe = small(name)
    data, state = Noise(recipe.small_shape, recipe.labels), initial_state(system, 3)
    expected, values = training_step(system, data, 3, state)
    record = Record()
    found, same = training_step(instrumented(system, record), data, 3, state)
    assert same == values
    for a, b in zip(tree.leaves(expected), tree.leaves(found), strict=True):
        np.testing.assert_array_equal(a, b)
    assert {key.player for key in record.rows} == set(system.players)
    assert {key.sweep for key in record.rows} <= set(SWEEPS)
    assert all(row.seconds > 0 for row in record.rows.values())


def by_hand(layer, params, x):
    """Multiplications and additions of a forward pass, counted one by one."""
    y, _ = layer.forward(params, x)
    if isinstance(layer, nn.Dense):
        return 2 * sum(1 for _ in np.ndindex(len(x), *params.W.shape)), y
    count = 0
    places = x if isinstance(layer, nn.ConvTranspose2d) else y
    for _ in np.ndindex(*places.shape[:-1]):
        count += 2 * params.W.size
    return count, y


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Dense(3), (4,)),
        (nn.Conv2d(3, 3, 2, 1), (5, 6, 2)),
        (nn.Conv2d(4, 3, 1, 0, groups=2), (5, 6, 2)),
        (nn.ConvTranspose2d(3, 4, 2, 1), (3, 2, 2)),
    ],
    ids=["dense", "convolution", "groups", "transposed"],
)
def test_a_unit_is_the_number_of_multiplications_and_additions(layer, shape):
    rng = np.random.default_rng(0)
    params, x = random_params(layer, shape, rng), rng.normal(size=(2, *shape))
    count, y = by_hand(layer, params, x)
    assert unit(layer, params, x.shape, y.shape) == count
    assert unit(nn.Tanh(), (), x.shape, x.shape) == 0


def test_sweeps_take_the_units_that_the_model_says():
    assert [backward_units(wrt) for wrt in ("all", "inputs", "params")] == [2, 1, 1]
    moving = [backward_jvp_units(w, moves=True) for w in ("all", "inputs", "params")]
    held = [backward_jvp_units(w, moves=False) for w in ("all", "inputs", "params")]
    assert (moving, held) == ([3, 1, 2], [1, 0, 1])


def test_a_leaky_critic_takes_ten_units():
    """Of every layer but the first, whose input gradient is that of x̂ alone."""
    batch = 6
    system, recipe = small("wgan-gp-mnist", batch_size=batch, n_critic=1)
    found = profile_system(
        system, Noise(recipe.small_shape, recipe.labels), 0, 2, "critic"
    )
    flop: dict[str, float] = {}
    forward: dict[str, float] = {}
    for key, row in found.record.rows.items():
        if key.player == "critic":
            flop[key.path] = flop.get(key.path, 0) + row.flop
            if key.sweep == "forward":
                forward[key.path] = row.flop / 3  # of [x_real; x_fake; x̂]
    units = {path: flop[path] / forward[path] for path in flop if forward[path]}
    assert units.pop("0") == pytest.approx(8)
    assert len(units) == 3
    assert all(each == pytest.approx(10) for each in units.values())


def test_shared_memory_is_counted_once():
    a = np.zeros((4, 8), np.float32)
    assert held_bytes((a, a[1:], [a.reshape(-1)], None, 3)) == a.nbytes
    assert held_bytes({"x": a, "y": a.copy()}) == 2 * a.nbytes


def test_bad_requests_are_one_clear_line():
    system, recipe = small("gan-ring")
    data = Noise(recipe.small_shape, recipe.labels)
    with pytest.raises(ValueError, match="--steps: expected at least 1, received 0"):
        profile_system(system, data, 0, 0)
    with pytest.raises(ValueError, match=r"--phase: expected one of .* received 'x'"):
        profile_system(system, data, 0, 1, "x")


def run(*arguments, cwd):
    code = "from scratchgan.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "profile", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def test_the_command_prints_a_table_or_json_and_overwrites_nothing(tmp_path):
    given = ("gan-ring", "--steps", "1", "--set", "batch_size=8")
    shown = run(*given, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "Dense" in shown.stdout
    assert "GFLOP a step" in shown.stdout
    printed = json.loads(run(*given, "--json", "-", cwd=tmp_path).stdout)
    assert printed["steps"] == 1
    assert {row["sweep"] for row in printed["rows"]} >= {"forward", "backward"}
    file = tmp_path / "p.json"
    assert run(*given, "--json", str(file), cwd=tmp_path).returncode == 0
    assert json.loads(file.read_text())["recipe"] == "gan-ring"
    again = run(*given, "--json", str(file), cwd=tmp_path)
    assert again.returncode == 2
    assert "--json: expected a new file" in again.stderr
    assert run("gan-rang", cwd=tmp_path).stderr.count("\n") == 1
