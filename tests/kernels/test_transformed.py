"""Transformed weights are the same whoever makes them."""

from threading import Event, Thread
from time import monotonic

import numpy as np
import pytest

from scratchgan.kernels import transformed, winograd
from scratchgan.kernels.transformed import TransformedWeights


@pytest.fixture(params=[(3, 1), (4, 2), (5, 2)])
def problem(request):
    """A plan, and weights for it."""
    kernel, stride = request.param
    rng = np.random.default_rng(0)
    padding, size = ((1, 1), (1, 1)), (12, 12)
    out = tuple((12 + 2 - kernel) // stride + 1 for _ in range(2))
    plan = winograd.plans((kernel, kernel), (stride, stride), padding, size, out)[0]
    return plan, rng.normal(size=(kernel, kernel, 6, 4))


def by_definition(plan, W):
    """G W Gᵀ of every pixel of s × s, with zeros for the taps that W lacks."""
    s, r = plan.stride, plan.filtering.taps
    whole = np.zeros((r * s, r * s, *W.shape[2:]))
    whole[: len(W), : len(W)] = W
    G = plan.filtering.weights
    apart = [whole[i::s, j::s] for i in range(s) for j in range(s)]
    U = np.stack([np.einsum("pa,qb,abco->pqco", G, G, taps) for taps in apart], axis=2)
    return U.reshape(plan.filtering.side**2, -1, W.shape[-1])


def test_they_are_what_they_should_be(problem):
    U = TransformedWeights(*problem).array()
    np.testing.assert_allclose(U, by_definition(*problem), atol=1e-13)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_threads_make_every_block_once(problem, threads, monkeypatch):
    whole = TransformedWeights(*problem).array()
    monkeypatch.setattr(transformed, "BLOCK", 1)  # one channel of one pixel a block
    shared, made = TransformedWeights(*problem), []
    make = shared._make
    monkeypatch.setattr(shared, "_make", lambda *b: (made.append(b), make(*b)))
    found = in_threads([lambda: shared.array().copy()] * threads)
    assert all(np.array_equal(U, whole) for U in found)
    assert len(made) == len(set(made)) == 6 * problem[0].stride ** 2


def test_whoever_finds_nothing_left_waits_for_the_others(problem, monkeypatch):
    monkeypatch.setattr(transformed, "BLOCK", 1)
    shared = TransformedWeights(*problem)
    make, taken, may_go_on = shared._make, Event(), Event()

    def slow_at_first(*block):
        if block == (0, 0, 0):
            taken.set()
            assert may_go_on.wait(10)
        make(*block)

    monkeypatch.setattr(shared, "_make", slow_at_first)
    first = Thread(target=shared.array, daemon=True)
    first.start()
    assert taken.wait(10)
    second = Thread(target=shared.array, daemon=True)
    second.start()
    deadline = monotonic() + 120
    while shared._left:
        assert monotonic() < deadline
    second.join(0.2)  # in which one who does not wait would be done
    assert second.is_alive()
    may_go_on.set()
    second.join(10)
    assert not second.is_alive()


def test_nobody_gets_weights_that_were_not_all_made(problem, monkeypatch):
    monkeypatch.setattr(transformed, "BLOCK", 1)
    shared = TransformedWeights(*problem)
    make = shared._make

    def fails_first(*block):
        if block == (0, 0, 0):
            raise MemoryError
        make(*block)

    monkeypatch.setattr(shared, "_make", fails_first)
    failed = in_threads([shared.array] * 2)
    assert {type(f) for f in failed} == {MemoryError, RuntimeError}
    with pytest.raises(RuntimeError, match="transformed weights: not all made"):
        shared.array()


def in_threads(calls):
    """What each call returns or raises; nobody may take ten seconds."""
    found = [None] * len(calls)

    def run(i, call):
        try:
            found[i] = call()
        except BaseException as error:
            found[i] = error

    threads = [Thread(target=run, args=each, daemon=True) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return found
