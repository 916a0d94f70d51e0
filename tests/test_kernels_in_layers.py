"""Layers, losses and phases on a device with kernels: the same numbers as NumPy's.

The device is the tests' stand-in, its kernels are the CUDA sources on emulated threads.
So no GPU is needed, and none is shown to work.
"""

from contextlib import contextmanager

import numpy as np
import pytest
from cuda_on_cpu import Emulated, available
from device import BACKEND, ON_GPU, kernels, to_device, waiting_allowed
from layer_cases import CASES, IDS
from test_device_arrays import OPTIMIZERS, PHASES, small_system

from scratchgan import layers as nn
from scratchgan import tree
from scratchgan.gradcheck import Subject
from scratchgan.gradcheck.cases import PENALTIES
from scratchgan.gradcheck.layer import random_params
from scratchgan.gradcheck.sweeps import sweep
from scratchgan.optim import EMA, Adam, LinearDecay
from scratchgan.penalties import interpolate
from scratchgan.training.system import Draw

pytestmark = pytest.mark.skipif(
    not (ON_GPU or available()), reason="needs g++ and CUDA's headers, or a GPU"
)

EPS = {"float32": 2.0**-23, "float64": 2.0**-52}


@contextmanager
def emulated(launched=None, **kind):
    """Kernels run by emulated threads; their sources are added to `launched`."""

    class Noted(Emulated):
        def __call__(self, launch):
            if launched is not None:
                launched.add(launch.source)
            super().__call__(launch)

    with kernels(Noted(**kind)):
        yield


def far(found, expected, dtype):
    """The largest error of a tree, in units of rounding of its largest number."""
    worst = 0.0
    pairs = zip(tree.leaves(found), tree.leaves(expected), strict=True)
    for there, here in pairs:
        assert there.dtype == dtype
        assert there.shape == here.shape
        scale = max(1.0, np.abs(here).max(initial=0))
        error = np.abs(BACKEND.to_host(there).astype(np.float64) - here).max(initial=0)
        worst = max(worst, error / (scale * EPS[dtype]))
    return worst


def cast(values, dtype):
    return to_device(tree.floats_astype(values, dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_verbs_of_every_layer(case, dtype):
    """In float32 too, against float64: errors are a few roundings of the largest."""
    subject = Subject(case.layer, case.in_shape, case.ctx, case.labels)
    params, x = subject.point()
    here = sweep(subject, params, x, moving=True)
    layer = case.layer
    with emulated(), waiting_allowed():
        p = cast(params, dtype)
        y, cache = layer.forward(p, cast(x, dtype), case.ctx)
        dx, dparams, dcache = layer.backward(p, cache, cast(here.dy, dtype))
        ty, tcache = layer.jvp(p, cache, cast(here.tx, dtype))
        tdy = cast(here.tdy, dtype)
        tdx, tdparams = layer.backward_jvp(p, cache, dcache, tcache, tdy)
    for found, expected in (
        *((y, here.y), (dx, here.dx), (dparams, here.dparams), (ty, here.ty)),
        *((tdx, here.tdx), (tdparams, here.tdparams)),
    ):
        assert far(found, expected, dtype) <= 64


@pytest.mark.parametrize(
    "layer", [nn.Conv2d(5, 3, 2, 1), nn.ConvTranspose2d(5, 4, 2, 1)]
)
def test_convolutions_on_tensor_cores(layer):
    """Where products round to tf32 they may go the other way: 10 bits of mantissa."""
    subject = Subject(layer, (6, 6, 3))
    params, x = subject.point()
    here = sweep(subject, params, x, moving=True)
    with emulated(launched := set(), rounding="tf32", way="implicit GEMM"):
        p = cast(params, "float32")
        y, cache = layer.forward(p, cast(x, "float32"))
        dx, dparams, _ = layer.backward(p, cache, cast(here.dy, "float32"))
    assert ON_GPU or "implicit_gemm" in launched
    assert ON_GPU or "patches" not in launched
    for found, expected in ((y, here.y), (dx, here.dx), (dparams, here.dparams)):
        assert far(found, expected, "float32") * EPS["float32"] <= 2e-3


@pytest.mark.parametrize(("name", "penalty"), PENALTIES, ids=[n for n, _ in PENALTIES])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_penalties(name, penalty, dtype):
    g = np.random.default_rng(0).normal(size=(5, 3, 4))
    g[2] = 0  # where the norm has no gradient
    here = penalty(g)
    with emulated(launched := set()):
        there = penalty(to_device(g.astype(dtype)))
    assert ON_GPU or launched == {"penalty"}
    assert far((there.v, there.norm), (here.v, here.norm), dtype) <= 16
    with waiting_allowed():
        assert float(there.loss) == pytest.approx(here.loss, rel=16 * EPS[dtype])


def test_interpolation_between_samples():
    rng = np.random.default_rng(0)
    x_real, x_fake, eps = (
        rng.normal(size=(3, 4)),
        rng.normal(size=(3, 4)),
        rng.random(3),
    )
    with emulated(launched := set()):
        there = interpolate(*to_device((x_real, x_fake, eps)))
    assert ON_GPU or launched == {"penalty"}
    assert far(there, interpolate(x_real, x_fake, eps), "float64") <= 4


@pytest.mark.parametrize(("name", "index"), PHASES)
def test_the_phases_of_every_recipe(name, index):
    """Gradient, values and memory, to the rounding of some dozen layers."""
    system, data = small_system(name)
    phase, rng = system.phases[index], np.random.default_rng(2)
    params = {
        player: random_params(each.network, each.in_shape, rng)
        for player, each in system.players.items()
    }
    draw = Draw(0, phase.name, 0, data, np.float64, system.memory)
    here = phase.objective(params, draw)
    memory = to_device(dict(system.memory))
    moved = Draw(0, phase.name, 0, data, np.float64, memory, to_device)
    with emulated(), waiting_allowed():
        there = phase.objective(to_device(params), moved)
        values = {name: float(value) for name, value in there.values.items()}
    found = (there.dparams, there.params, dict(there.memory))
    expected = (here.dparams, here.params, dict(here.memory))
    assert far(found, expected, "float64") <= 256
    assert values == pytest.approx(here.values, rel=1e-9)


def test_random_numbers_drawn_there_are_the_hosts():
    """Normal ones to the last bits of a logarithm and a cosine; all others exactly."""
    host = Draw(3, "critic", 2**33 + 5, None, np.float32)
    there = Draw(3, "critic", 2**33 + 5, None, np.float32, {}, to_device, kernels=True)
    with emulated(launched := set()):
        for draw in (
            lambda d: d.uniform("eps", (5, 3)),
            lambda d: d.integers("labels", 10, (7,)),
            lambda d: d.context("generator").at(2).uniform(None, (4, 2), np.float32),
        ):
            np.testing.assert_array_equal(BACKEND.to_host(draw(there)), draw(host))
        found, expected = (d.normal("z", (9, 2)) for d in (there, host))
    assert ON_GPU or launched == {"philox"}
    found = BACKEND.to_host(found)
    np.testing.assert_allclose(found, expected, rtol=4 * EPS["float32"])


@pytest.mark.parametrize("name", [*OPTIMIZERS, "falling"])
def test_optimizers_over_several_updates(name):
    """What changes from update to update comes from their count, there as here."""
    falling = Adam(LinearDecay(0.1, 4), beta1=0.5)
    optimizer, ema = OPTIMIZERS.get(name, falling), EMA(0.9)
    rng = np.random.default_rng(0)
    params = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
    average = params
    with emulated():
        there = mean = to_device(params)
        state, state_there = optimizer.init(params), optimizer.init(there)
        for count in range(3):
            dparams = {"W": rng.normal(size=(3, 2)), "b": None}
            params, state = optimizer.update(params, dparams, state)
            average = ema.update(average, params, count)
            there, state_there = optimizer.update(
                there, to_device(dparams), state_there
            )
            mean = ema.update(mean, there, count)
    assert far(there, params, "float64") <= 8
    assert far(mean, average, "float64") <= 8


#: Which sources the layers' forward passes use.
USED = {
    *("activation", "demodulation", "minibatch_stddev", "modulation", "norms"),
    *("patches", "pixel_norm", "reductions", "softmax", "upfirdn2d"),
}


def test_layers_call_the_kernels():
    with emulated(launched := set()), waiting_allowed():
        for case in CASES:
            subject = Subject(case.layer, case.in_shape, case.ctx, case.labels)
            params, x = subject.point()
            case.layer.forward(to_device(params), to_device(x), case.ctx)
    assert ON_GPU or launched == USED
