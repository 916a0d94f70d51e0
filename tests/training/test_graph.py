"""Captured steps against steps as they are, bit for bit, on the stand-in for a device.

Its kernels are the CUDA sources on emulated threads, its graphs do again what was noted
of a step. What no GPU has shown: that CUDA captures what is asked for here.
"""

import numpy as np
import pytest
from cuda_on_cpu import Emulated, available
from device import BACKEND, ON_GPU, kernels, to_device, waiting_allowed
from test_device_arrays import small_system

from scratchgan import recipes, tree
from scratchgan.data import ArrayDataset
from scratchgan.data.resident import resident
from scratchgan.later import CountError
from scratchgan.training.draw import Draw
from scratchgan.training.finite import NonFiniteError
from scratchgan.training.graph import GraphStep, copy_over
from scratchgan.training.inputs import BLOCK, Inputs
from scratchgan.training.precision import in_precision
from scratchgan.training.state import initial_state, placed, training_step

pytestmark = pytest.mark.skipif(
    not (ON_GPU or available()), reason="needs g++ and CUDA's headers, or a GPU"
)


@pytest.fixture(autouse=True)
def _kernels():
    with kernels(Emulated()):
        yield


def host(state):
    return placed(state, BACKEND.to_host)


def require_equal(a, b):
    for (name, x), y in zip(tree.named(host(a)), tree.leaves(host(b)), strict=True):
        np.testing.assert_array_equal(x, y, err_msg=name)


def both(name, steps, precision="float32"):
    """Steps as they are and captured ones, from one state; the captured side."""
    system, data = small_system(name)
    system = in_precision(system, precision)
    as_it_is = placed(initial_state(system, 0), BACKEND.to_device)
    captured, step = as_it_is, GraphStep(system, data, 0, BACKEND)
    for _ in range(steps):
        as_it_is, values = training_step(system, data, 0, as_it_is, BACKEND)
        captured, found = step(captured)
        assert found == values
        require_equal(captured, as_it_is)
    return step


#: Two players by Adam with an average; clipping and RMSProp; batch statistics and a
#: schedule; layers that draw, and labels; a StyleGAN2 with its lazy phases.
CAPTURED = {
    "gan-ring": 1,
    "wgan-ring": 1,
    "wgan-gp-cifar10-resnet-small": 1,
    "projection-digits": 1,
    "stylegan2": 2,
}


@pytest.mark.parametrize("name", CAPTURED)
def test_captured_steps_are_the_steps(name):
    step = both(name, 4)
    assert not step.refused
    assert len(step.graphs) == CAPTURED[name]


def test_captured_steps_in_float16_are_the_steps():
    """The device finds the scales of its sweeps by itself."""
    assert not both("wgan-gp-ring", 3, "float16").refused


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cyclegan-emoji-small", "depend on its counts"),
        ("ada-faces-small", "would wait"),
    ],
)
def test_a_step_that_cannot_be_captured_says_why(name, reason):
    """And is computed all the same."""
    system, data = small_system(name)
    state, told = placed(initial_state(system, 0), BACKEND.to_device), []
    step = GraphStep(system, data, 0, BACKEND, told.append)
    expected = state
    with waiting_allowed():  # as augmentation has to
        for _ in range(3):
            state, _ = step(state)
            expected, _ = training_step(system, data, 0, expected, BACKEND)
    require_equal(state, expected)
    (remark,) = told
    assert reason in remark
    assert remark.endswith("steps run as they are")


def test_a_captured_step_goes_on_from_any_state():
    system, data = small_system("gan-ring")
    first = placed(initial_state(system, 0), BACKEND.to_device)
    step = GraphStep(system, data, 0, BACKEND)
    state = first
    for _ in range(3):
        state, _ = step(state)
    again, values = step(first)
    expected, found = training_step(system, data, 0, first, BACKEND)
    assert values == found
    require_equal(again, expected)


def test_a_number_that_is_not_finite_stops_a_captured_step():
    system, data = small_system("gan-ring")
    state = placed(initial_state(system, 0), BACKEND.to_device)
    step = GraphStep(system, data, 0, BACKEND)
    for _ in range(2):
        state, _ = step(state)
    state.players["generator"].params[0].W[0, 0] = np.nan
    with pytest.raises(NonFiniteError, match=r"step 3, discriminator: .* finite"):
        step(state)


def test_samples_that_stay_on_the_device():
    """Pixels and points: batches are those that the host draws."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (10, 4, 3), dtype=np.uint8)
    for samples in (pixels, rng.normal(size=(10, 2)).astype(np.float32)):
        data = ArrayDataset("some", samples, (-1.0, 1.0))
        there = resident(data, BACKEND)
        for index in (0, 3):
            draw = Draw(1, "critic", index, there, place=BACKEND.to_device)
            expected = data.batch(1, index, 4)
            np.testing.assert_array_equal(draw.real(4).get(), expected)
            np.testing.assert_array_equal(there.batch(1, index, 4), expected)
    assert resident(points := object(), BACKEND) is points


def test_arrays_that_change_places():
    """A state may hold an old array under another name."""
    a, b = to_device(np.ones(3)), to_device(np.zeros(3))
    old = {"a": a, "b": b, "count": np.asarray(1)}
    copy_over(old, {"a": b, "b": a, "count": np.asarray(2)})
    assert a.get().tolist() == [0, 0, 0]
    assert b.get().tolist() == [1, 1, 1]


def test_inputs_lie_where_they_are_read():
    """In as many blocks as they need, each made from its own count."""
    state = {"i": np.asarray(3), "j": np.asarray(10), "x": to_device(np.ones(1))}
    inputs = Inputs(state, BACKEND)
    later = inputs.later(state)
    large = (later["i"] + 1).made(lambda n: np.full(BLOCK // 8 + 1, n, np.int64))
    pair = later["j"].made(lambda n: (np.float32([n]), np.uint64([n, n + 1])))
    assert later["x"] is state["x"]
    for i, j in ((3, 10), (5, 20)):
        inputs.upload({"i": np.asarray(i), "j": np.asarray(j), "x": state["x"]})
        assert np.all(large.get() == i + 1)
        assert pair[0].get().tolist() == [j]
        assert pair[1].get().tolist() == [j, j + 1]


def test_the_number_itself_is_not_to_be_had():
    state = {"i": np.asarray(3), "x": to_device(np.ones(1))}
    count = Inputs(state, BACKEND).later(state)["i"]
    for use in (int, bool, lambda n: n % 2, lambda n: n < 1, lambda n: n >= 1, range):
        with pytest.raises(CountError, match="expected to depend on its counts"):
            use(count)


def test_recipes_are_those_named():
    assert set(CAPTURED) <= set(recipes.NAMES)
