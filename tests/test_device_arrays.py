"""Nothing leaves the device: every verb on arrays that behave as CuPy's do.

No GPU is needed, and none is shown to work: these are the mistakes that can be found
without one. The numbers are NumPy's own, so that results have to be the same bit for
bit.
"""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from device import ARRAY, BACKEND, ON_GPU, require_close, to_device, waiting_allowed
from device_array import unwrapped, wrapped
from layer_cases import CASES, IDS

from scratchgan import layers as nn
from scratchgan import recipes, tree
from scratchgan.gradcheck import Subject
from scratchgan.gradcheck.cases import PENALTIES
from scratchgan.gradcheck.layer import random_params
from scratchgan.gradcheck.noise import Noise
from scratchgan.gradcheck.registry import LOSSES
from scratchgan.gradcheck.sweeps import sweep
from scratchgan.losses import L1, CrossEntropy
from scratchgan.optim import EMA, SGD, Adam, RMSProp
from scratchgan.penalties import penalty_gradient
from scratchgan.training.finite import NonFiniteError
from scratchgan.training.settings import build
from scratchgan.training.state import initial_state, placed, training_step
from scratchgan.training.system import Draw


def small_system(name):
    """A recipe at the width of its gradient check, and samples for it."""
    recipe = recipes.get(name)
    settings = build(recipe.settings, recipe.small)
    system = recipe.build(settings, recipe.small_shape)
    return system, Noise(recipe.small_shape, recipe.labels)


def same(found, expected):
    """The same numbers, and still on the device."""
    flat = list(zip(tree.leaves(found), tree.leaves(expected), strict=True))
    for there, here in flat:
        require_close(there, here)
    return len(flat)


@pytest.mark.parametrize("case", CASES, ids=IDS)
@pytest.mark.parametrize("moving", [True, False], ids=["tdy", "no tdy"])
def test_the_verbs_of_every_layer(case, moving):
    """Only augmentation may wait, whose probability the host adapts."""
    subject = Subject(case.layer, case.in_shape, case.ctx, case.labels)
    params, x = subject.point()
    here = sweep(subject, params, x, moving=moving)
    layer, params = case.layer, to_device(params)
    with waiting_allowed() if augmented(case.layer) else nullcontext():
        y, cache = layer.forward(params, to_device(x), case.ctx)
        dx, dparams, dcache = layer.backward(params, cache, to_device(here.dy))
        ty, tcache = layer.jvp(params, cache, to_device(here.tx))
        tdy = to_device(here.tdy) if moving else None
        tdx, tdparams = layer.backward_jvp(params, cache, dcache, tcache, tdy)
    assert same(y, here.y)
    for found, expected in (
        *((dx, here.dx), (dparams, here.dparams), (ty, here.ty)),
        *((tdx, here.tdx), (tdparams, here.tdparams)),
    ):
        same(found, expected)


def augmented(layer):
    """Whether `layer` is an Augment or holds one."""
    parts = getattr(layer, "layers", None) or [layer]
    return any(isinstance(part, nn.Augment) for part in parts)


@pytest.mark.parametrize(("name", "loss"), LOSSES, ids=[name for name, _ in LOSSES])
def test_losses(name, loss):
    real, fake = np.random.default_rng(0).normal(size=(2, 5, 1))
    there = loss.discriminator(to_device(real), to_device(fake))
    same(tuple(there), tuple(map(np.asarray, loss.discriminator(real, fake))))
    there = loss.generator(to_device(fake))
    same(tuple(there), tuple(map(np.asarray, loss.generator(fake))))


def test_losses_of_one_input():
    y, target = np.random.default_rng(0).normal(size=(2, 4, 3))
    labels = np.array([0, 2, 1, 2])
    for loss, second in ((L1(), target), (CrossEntropy(), labels)):
        there = loss(to_device(y), to_device(second))
        same(tuple(there), tuple(map(np.asarray, loss(y, second))))


@pytest.mark.parametrize(("name", "penalty"), PENALTIES, ids=[n for n, _ in PENALTIES])
def test_penalties_through_a_network(name, penalty):
    network = nn.Sequential([nn.Conv2d(3, 3), nn.Tanh(), nn.Flatten(), nn.Dense(1)])
    rng = np.random.default_rng(0)
    params, _ = network.init(rng, (4, 4, 2))
    x = rng.normal(size=(3, 4, 4, 2))
    here = penalty_gradient(network, params, x, penalty, wrt="all")
    there = penalty_gradient(
        network, to_device(params), to_device(x), penalty, wrt="all"
    )
    same(tuple(there.value), tuple(map(np.asarray, here.value)))
    same(there.dparams, here.dparams)
    same(there.dx, here.dx)


OPTIMIZERS = {
    "SGD": SGD(0.1),
    "SGD with momentum": SGD(0.1, momentum=0.9),
    "RMSProp": RMSProp(0.1),
    "Adam": Adam(0.1),
    "Adam without first moment": Adam(0.1, beta1=0.0),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name):
    optimizer, ema = OPTIMIZERS[name], EMA(0.9)
    rng = np.random.default_rng(0)
    params = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
    there, average = to_device(params), to_device(params)
    state, state_there = optimizer.init(params), optimizer.init(there)
    expected = params
    for count in range(3):
        dparams = {"W": rng.normal(size=(3, 2)), "b": None}
        on_device = to_device(dparams)
        params, state = optimizer.update(params, dparams, state)
        there, state_there = optimizer.update(there, on_device, state_there)
        expected = ema.update(expected, params, count)
        average = ema.update(average, there, count)
    assert same(there, params) == same(average, expected) == 2


PHASES = [
    (name, i)
    for name in recipes.NAMES
    for i in range(len(small_system(name)[0].phases))
]


@pytest.mark.parametrize(("dtype", "count"), [(np.float64, 0), (np.float32, 100)])
@pytest.mark.parametrize(("name", "index"), PHASES)
def test_the_phases_of_every_recipe(name, index, dtype, count):
    """At the start, and when pools are full and means are no longer zero."""
    system, data = small_system(name)
    phase, rng = system.phases[index], np.random.default_rng(2)
    params = {
        player: tree.astype(random_params(each.network, each.in_shape, rng), dtype)
        for player, each in system.players.items()
    }
    memory = {n: tree.floats_astype(kept, dtype) for n, kept in system.memory.items()}
    memory = {
        n: tree.map(lambda x: x + x.dtype.type(count > 0), kept)
        for n, kept in memory.items()
    }
    draw = Draw(0, phase.name, count, data, dtype, memory)
    here = phase.objective(params, draw)
    moved = replace(
        draw,
        memory={n: to_device(kept) for n, kept in memory.items()},
        place=to_device,
    )
    on_device = {player: to_device(each) for player, each in params.items()}
    adapted = any(augmented(each.network) for each in system.players.values())
    with waiting_allowed() if adapted else nullcontext():
        there = phase.objective(on_device, moved)
    same(there.dparams, here.dparams)
    same(there.params, here.params)
    same(dict(there.memory), dict(here.memory))
    assert there.values.keys() == here.values.keys()
    with waiting_allowed():
        found = {name: float(value) for name, value in there.values.items()}
    assert found == (pytest.approx(here.values, rel=1e-5) if ON_GPU else here.values)


@pytest.mark.parametrize("name", recipes.NAMES)
def test_a_step_of_every_recipe(name):
    """On the device throughout; what is logged comes to the host once, at its end."""
    system, data = small_system(name)
    fetched = []

    def fetch(x):
        fetched.append(x.shape)
        return BACKEND.to_host(x)

    backend = replace(BACKEND, to_host=fetch, kernels=ON_GPU)
    before = initial_state(system, 0)
    here, values = training_step(system, data, 0, before)
    there = placed(before, to_device)
    adapted = any(augmented(each.network) for each in system.players.values())
    with waiting_allowed() if adapted else nullcontext():
        there, found = training_step(system, data, 0, there, backend)
    assert len(fetched) == 1
    assert found.keys() == values.keys()
    # norms of gradients are summed in float32 by BLAS, in float64 on a device
    norms = {f"{player}_gradient_norm" for player in system.players}
    norms = set(values) if ON_GPU else norms
    for key, value in values.items():
        assert type(found[key]) is float
        if key in norms:
            assert found[key] == pytest.approx(value, rel=1e-5)
        else:
            assert found[key] == value
    for (path, leaf), expected in zip(
        tree.named(there), tree.leaves(here), strict=True
    ):
        if isinstance(leaf, ARRAY):
            require_close(leaf, expected, path)
        else:
            assert leaf == expected  # a counter


def test_a_number_that_is_not_finite_stops_a_step_on_the_device():
    system, data = small_system("wgan-gp-ring")
    backend = replace(BACKEND, kernels=ON_GPU)
    state = placed(initial_state(system, 0), to_device)
    state.players["generator"].params[0].W[0, 0] = np.nan
    with pytest.raises(NonFiniteError, match="step 1, critic: critic_loss is not"):
        training_step(system, data, 0, state, backend)


@pytest.mark.skipif(ON_GPU, reason="of the stand-in")
def test_the_stand_in_refuses_what_cupy_refuses():
    x, host = wrapped(np.ones(3)), np.ones(3)
    for refused in (
        lambda: x + host,
        lambda: np.asarray(x),
        lambda: np.concatenate([x, host]),
        lambda: np.divide(x, x, where=x > 0),
        lambda: np.median(x),
    ):
        with pytest.raises(TypeError):
            refused()
    for waits in (lambda: float(x.sum()), lambda: bool(x[0] > 0)):
        with pytest.raises(AssertionError, match="wait"):
            waits()
    with waiting_allowed():
        assert float(x.sum()) == 3
    assert isinstance(np.asarray(host, like=x), ARRAY)
    assert unwrapped(x[:2] * np.float64(2)).tolist() == [2, 2]
