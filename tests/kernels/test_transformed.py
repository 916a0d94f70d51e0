"""Transformed weights are the same whoever makes them."""

from concurrent.futures import ThreadPoolExecutor

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
    with ThreadPoolExecutor(threads) as pool:
        found = [
            f.result() for f in [pool.submit(shared.array) for _ in range(threads)]
        ]
    assert all(np.array_equal(U, whole) for U in found)
    assert len(made) == len(set(made)) == 6 * problem[0].stride ** 2


def test_one_who_fails_leaves_nobody_waiting(problem, monkeypatch):
    monkeypatch.setattr(transformed, "BLOCK", 1)
    shared = TransformedWeights(*problem)
    make = shared._make

    def fails_first(i, j, start):
        if (i, j, start) == (0, 0, 0):
            raise MemoryError
        make(i, j, start)

    monkeypatch.setattr(shared, "_make", fails_first)
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(shared.array) for _ in range(2)]
        failed = [f for f in futures if f.exception(timeout=10)]
    assert len(failed) == 1
