from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan import tree
from scratchgan.optim import (
    EMA,
    SGD,
    Adam,
    HalfLife,
    LinearDecay,
    RMSProp,
    falling,
    lazy,
)

OPTIMIZERS = [SGD(0.1), SGD(0.1, 0.9), SGD(0.1, 0.9, True), RMSProp(0.1), Adam(0.1),
              Adam(0.1, 0.0, 0.9)]  # fmt: skip


def run(optimizer, gradients, start=1.0):
    params = [np.full(2, start)]
    state = optimizer.init(params)
    for g in gradients:
        params, state = optimizer.update(params, [np.full(2, g)], state)
    return params[0][0], state


def test_gradient_descent_with_momentum_by_hand():
    assert run(SGD(0.1), [1.0, 2.0])[0] == pytest.approx(1 - 0.1 - 0.2)
    # u = 1, then 0.9 + 2
    assert run(SGD(0.1, 0.9), [1.0, 2.0])[0] == pytest.approx(1 - 0.1 - 0.29)
    # g + 0.9 u: 1.9, then 2 + 0.9 · 2.9
    assert run(SGD(0.1, 0.9, True), [1.0, 2.0])[0] == pytest.approx(1 - 0.19 - 0.461)


def test_rmsprop_by_hand():
    s = 0.01 * 4
    first = 1 - 0.1 * 2 / (np.sqrt(s) + 1e-8)
    assert run(RMSProp(0.1), [2.0])[0] == pytest.approx(first)
    s = 0.99 * s + 0.01 * 9
    second = first - 0.1 * 3 / (np.sqrt(s) + 1e-8)
    assert run(RMSProp(0.1), [2.0, 3.0])[0] == pytest.approx(second)


@given(
    st.lists(st.floats(-3, 3).filter(lambda g: abs(g) > 1e-3), min_size=1, max_size=6),
    st.sampled_from([0.0, 0.5, 0.9]),
)
def test_adam_is_algorithm_1(gradients, beta1):
    theta, m, s = 1.0, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        s = 0.9 * s + 0.1 * g * g
        m_hat, s_hat = m / (1 - beta1**t), s / (1 - 0.9**t)
        theta -= 0.1 * m_hat / (np.sqrt(s_hat) + 1e-8)
    assert run(Adam(0.1, beta1, 0.9), gradients)[0] == pytest.approx(theta, rel=1e-12)


def test_adam_without_beta1_keeps_no_first_moment():
    _, state = run(Adam(0.1, 0.0), [1.0])
    assert state.first is None
    assert len(tree.leaves(state)) == 2  # the count, and one second moment


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_the_first_step_of_adam_like_methods_goes_down_hill(optimizer):
    assert run(optimizer, [1.0])[0] < 1
    assert run(optimizer, [-1.0])[0] > 1


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_no_gradient_and_no_learning_leave_things_alone(optimizer):
    statistics = tree.State(mean=np.ones(1))
    params: dict[str, Any] = {"a": np.ones(2), "b": np.ones(3), "s": statistics}
    state = optimizer.init(params)
    gradients = {"a": np.ones(2), "b": None, "s": None}
    for _ in range(2):
        params, state = optimizer.update(params, gradients, state)
    assert np.all(params["a"] < 1)
    assert np.all(params["b"] == 1)
    assert np.all(params["s"]["mean"] == 1)
    assert not any("mean" in name for name, _ in tree.named(state))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_arguments_are_not_modified_and_float32_stays(optimizer):
    params, gradient = [np.ones(3, np.float32)], [np.full(3, 0.5, np.float32)]
    state = optimizer.init(params)
    for _ in range(3):
        before = [leaf.copy() for leaf in tree.leaves((params, gradient, state))]
        after, new = optimizer.update(params, gradient, state)
        for a, b in zip(before, tree.leaves((params, gradient, state)), strict=True):
            np.testing.assert_array_equal(a, b)
        params, state = after, new
    floats = [leaf for leaf in tree.leaves((params, state)) if leaf.dtype.kind == "f"]
    assert {leaf.dtype for leaf in floats} == {np.dtype(np.float32)}


def test_linear_decay_is_constant_then_linear_then_zero():
    decay = LinearDecay(2.0, stop=30, start=10)
    assert [decay(t) for t in (0, 10, 20, 30, 40)] == [2.0, 2.0, 1.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="stop"):
        LinearDecay(1.0, stop=5, start=5)


def test_a_rate_falls_to_zero_or_stays():
    assert [falling(2.0, 4)(t) for t in (0, 1, 4, 5)] == [2.0, 1.5, 0.0, 0.0]
    assert falling(2.0, 0) == 2.0


def test_a_schedule_is_followed_by_every_optimizer():
    stopped = LinearDecay(0.1, stop=1)
    for optimizer in (SGD(stopped), RMSProp(stopped), Adam(stopped)):
        assert run(optimizer, [1.0])[0] == run(optimizer, [1.0, 1.0, 1.0])[0] < 1


def test_average_follows_early_and_forgets_slowly_later():
    ema = EMA(0.99)
    assert ema.update([np.zeros(1)], [np.ones(1)], 0)[0] == pytest.approx(0.9)
    late = ema.update([np.zeros(1)], [np.ones(1)], 10**6)[0]
    assert late == pytest.approx(0.01)
    with pytest.raises(ValueError, match="decay"):
        EMA(1.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(0.1, beta1=1.0), "beta1: expected 0 <= beta1 < 1, received 1"),
        (lambda: Adam(0.1, beta2=-0.1), "beta2"),
        (lambda: RMSProp(0.1, alpha=2), "alpha"),
        (lambda: SGD(0.1, momentum=1.5), "momentum"),
    ],
)
def test_shares_out_of_range_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_half_of_an_average_is_forgotten_in_its_half_life():
    """After h samples of zeros; with a ramp, in a share of what was seen."""
    average = EMA(HalfLife(1000, 50))
    value = [np.ones(1)]
    for count in range(20):
        value = average.update(value, [np.zeros(1)], count)
    assert value[0] == pytest.approx(0.5, rel=1e-12)
    ramped = HalfLife(1000, 50, ramp_up=0.1)
    assert ramped(0) == 0
    assert ramped(40) == pytest.approx(0.5 ** (50 / 200))
    assert ramped(10**6) == pytest.approx(0.5 ** (50 / 1000))
    for bad, message in (((0, 5), "samples"), ((5, 5, -1), "ramp_up")):
        with pytest.raises(ValueError, match=message):
            HalfLife(*bad)


def test_lazy_updates_forget_and_move_as_the_plain_ones_did():
    adam = lazy(Adam(0.1, 0.5, 0.99), 4)
    assert adam.beta1**5 == pytest.approx(0.5**4)
    assert adam.beta2**5 == pytest.approx(0.99**4)
    assert adam.learning_rate * 5 == pytest.approx(0.1 * 4)
    scheduled = lazy(Adam(LinearDecay(0.1, 10)), 1).learning_rate
    assert [scheduled(0), scheduled(5)] == pytest.approx([0.05, 0.025])
    with pytest.raises(ValueError, match="interval"):
        lazy(adam, 0)
