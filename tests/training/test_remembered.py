"""What phases remember, and tuples of real samples: in steps, in parts, in averages."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from scratchgan.layers import Dense
from scratchgan.optim import EMA, SGD
from scratchgan.parallel import shard_system
from scratchgan.training.finite import NonFiniteError
from scratchgan.training.state import initial_state, training_step
from scratchgan.training.system import Outcome, Phase, Player, Rows, System

SIZE = 6


@dataclass(frozen=True)
class Pairs:
    """Points with whole numbers beside them."""

    shape: Any = ((3,), ())
    name: str = "pairs"
    digest: str = "pairs"

    def batch(self, seed, index, size):
        rng = np.random.default_rng([seed, index])
        return rng.normal(size=(size, 3)), rng.integers(0, 5, size)


def objective(params, draw):
    """½ |Wx|², and a running mean of x in the memory."""
    x, labels = draw.real(SIZE)
    assert labels.dtype.kind == "i"
    net = Dense(2)
    y, cache = net.forward(params["net"], x)
    _, dparams, _ = net.backward(params["net"], cache, y / len(x))
    mean = draw.memory["mean"]
    moved = mean + np.float32(0.5) * (x.mean(0) - mean)
    count = draw.memory["count"] + 1.0
    return Outcome(
        float((y * y).sum() / 2 / len(x)),
        {},
        dparams,
        params["net"],
        {"mean": moved, "count": count},
    )


def system(**changes):
    phase = Phase("net", "net", objective, batch_size=SIZE, **changes)
    player = Player(Dense(2), (3,), SGD(0.1), EMA(0.5))
    memory = {"mean": np.zeros(3), "count": np.zeros(())}
    return System({"net": player}, (phase,), "net", lambda *_: None, memory=memory)


def test_a_phase_reads_what_it_remembered():
    state = initial_state(system(), 0)
    expected = np.zeros(3)
    for step in range(3):
        x, _ = Pairs().batch(7, step, SIZE)
        expected += 0.5 * (x.mean(0) - expected)
        state, _ = training_step(system(), Pairs(), 7, state)
    np.testing.assert_allclose(state.memory["mean"], expected, rtol=1e-6)
    assert state.memory["mean"].dtype == np.float32
    assert state.memory["count"] == 3


@pytest.mark.parametrize("shards", [2, 4])
def test_parts_remember_the_mean_over_the_batch(shards):
    whole, _ = training_step(system(), Pairs(), 0, initial_state(system(), 0))
    with shard_system(system(), shards) as cut:
        parts, _ = training_step(cut, Pairs(), 0, initial_state(cut, 0))
    for name, kept in whole.memory.items():
        np.testing.assert_allclose(parts.memory[name], kept, rtol=1e-6)


def test_what_is_remembered_must_be_finite():
    def bad(params, draw):
        return objective(params, draw)._replace(memory={"mean": np.full(3, np.inf)})

    broken = replace(system(), phases=(Phase("net", "net", bad),))
    with pytest.raises(NonFiniteError, match="mean is not finite"):
        training_step(broken, Pairs(), 0, initial_state(broken, 0))


def test_a_phase_may_leave_the_average_alone():
    for averages in (True, False):
        made = system(averages=averages)
        before = initial_state(made, 0)
        after, _ = training_step(made, Pairs(), 0, before)
        net = after.players["net"]
        assert not np.array_equal(net.params.W, before.players["net"].params.W)
        moved = not np.array_equal(net.ema.W, before.players["net"].ema.W)
        assert moved == averages


def test_rows_are_remembered_row_by_row():
    """A part reads and returns its own; together they are those of the batch."""

    def remember(params, draw):
        found = objective(params, draw)
        x, _ = draw.real(SIZE)
        last = draw.memory["last"]["x"]
        assert last.shape == x.shape
        return found._replace(memory={"last": Rows(x=x, sum=last + x)})

    made = replace(
        system(),
        phases=(Phase("net", "net", remember, batch_size=SIZE),),
        memory=system().memory
        | {"last": Rows(x=np.zeros((SIZE, 3)), sum=np.zeros((SIZE, 3)))},
    )
    whole = parts = initial_state(made, 0)
    with shard_system(made, 4) as cut:
        for _ in range(2):
            whole, _ = training_step(made, Pairs(), 0, whole)
            parts, _ = training_step(cut, Pairs(), 0, parts)
    for name, kept in whole.memory["last"].items():
        np.testing.assert_array_equal(parts.memory["last"][name], kept)
    assert isinstance(parts.memory["last"], Rows)
