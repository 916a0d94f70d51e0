"""Layers, losses and phases on a device with kernels: the same numbers as NumPy's.

The device is the tests' stand-in, its kernels are the CUDA sources on emulated threads.
So no GPU is needed, and none is shown to work.
"""

from contextlib import contextmanager

import numpy as np
import pytest
from cuda_on_cpu import Emulated, available
from device_array import waiting_allowed, with_kernels, wrapped
from layer_cases import CASES, IDS
from test_device_arrays import PHASES, small_system, to_device

from scratchgan import tree
from scratchgan.gradcheck import Subject
from scratchgan.gradcheck.cases import PENALTIES
from scratchgan.gradcheck.layer import random_params
from scratchgan.gradcheck.sweeps import sweep
from scratchgan.kernels.cuda.device import as_cupy_takes_it, runner
from scratchgan.penalties import interpolate
from scratchgan.training.system import Draw

pytestmark = pytest.mark.skipif(not available(), reason="needs g++ and CUDA's headers")

EPS = {"float32": 2.0**-23, "float64": 2.0**-52}


@contextmanager
def emulated(launched=None):
    """Kernels run by emulated threads; their sources are added to `launched`."""
    run = Emulated()

    class Noted(Emulated):
        def __call__(self, launch):
            if launched is not None:
                launched.add(launch.source)
            run(launch)

    with with_kernels(Noted()):
        yield


def far(found, expected, dtype):
    """The largest error of a tree, in units of rounding of its largest number."""
    worst = 0.0
    pairs = zip(tree.leaves(found), tree.leaves(expected), strict=True)
    for there, here in pairs:
        assert there.dtype == dtype
        assert there.shape == here.shape
        scale = max(1.0, np.abs(here).max(initial=0))
        error = np.abs(there.values.astype(np.float64) - here).max(initial=0)
        worst = max(worst, error / (scale * EPS[dtype]))
    return worst


def cast(values, dtype):
    return tree.map(wrapped, tree.floats_astype(values, dtype))


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


@pytest.mark.parametrize(("name", "penalty"), PENALTIES, ids=[n for n, _ in PENALTIES])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_penalties(name, penalty, dtype):
    g = np.random.default_rng(0).normal(size=(5, 3, 4))
    g[2] = 0  # where the norm has no gradient
    here = penalty(g)
    with emulated(launched := set()):
        there = penalty(wrapped(g.astype(dtype)))
    assert launched == {"penalty"}
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
        there = interpolate(wrapped(x_real), wrapped(x_fake), wrapped(eps))
    assert launched == {"penalty"}
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
    assert launched == USED


def test_arguments_as_cupy_takes_them():
    structure = np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")])[0]
    assert as_cupy_takes_it(None) == np.uintp(0)
    assert type(as_cupy_takes_it(None)) is np.uintp
    taken = as_cupy_takes_it(structure)
    assert (taken.size, taken.tobytes()) == (1, structure.tobytes())
    assert as_cupy_takes_it(np.float64(2)) == 2.0


def test_numbers_without_kernels_have_no_runner():
    x = np.ones(3)
    with emulated():
        assert runner(x) is None
        assert runner(wrapped(x.astype(np.int64))) is None
        assert runner(wrapped(x)) is not None
    assert runner(wrapped(x)) is None
