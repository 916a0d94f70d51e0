"""Groups of threads: what they exchange, and that none waits for ever."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan.layers import Context, Conv2d
from scratchgan.layers.conv import ConvParams
from scratchgan.layers.group import ALONE
from scratchgan.parallel.threads import Neighbour, Shared, together

SECONDS = 20.0  # within which what could wait for ever must have ended


def ended(call):
    """What `call` returns or raises, if it does so in time."""
    left = []

    def run():
        try:
            left.append(call())
        except BaseException as error:
            left.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert left, "still waiting"
    if isinstance(left[0], BaseException):
        raise left[0]
    return left[0]


def test_the_group_of_one_gives_back_what_it_gets():
    x = np.arange(6.0).reshape(3, 2)
    assert (ALONE.size, ALONE.rank) == (1, 0)
    for call in (ALONE.total, ALONE.gather, ALONE.means):
        assert call(x) is x
    np.testing.assert_array_equal(ALONE.own(x), x)
    assert together(1, lambda group: group) == [ALONE]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_sums_have_the_order_of_ranks_and_equal_bits(size, dtype):
    parts = (10.0 ** np.arange(size)[:, None] * [0.1, -0.7, 3.0]).astype(dtype)
    found = ended(lambda: together(size, lambda g: g.total(parts[g.rank])))
    wide = parts.astype(np.float32) if dtype == np.float16 else parts
    expected = wide[0]
    for part in wide[1:]:
        expected = expected + part
    for each in found:
        assert each.dtype == dtype
        np.testing.assert_array_equal(each, expected.astype(dtype))


@pytest.mark.parametrize("size", [2, 3, 5])
def test_rows_are_gathered_in_order_and_each_finds_its_own(size):
    batch = np.arange(4.0 * size).reshape(2 * size, 2)

    def member(group):
        part = batch[2 * group.rank : 2 * group.rank + 2]
        gathered = group.gather(part)
        np.testing.assert_array_equal(group.own(gathered), part)
        return gathered

    for gathered in ended(lambda: together(size, member)):
        np.testing.assert_array_equal(gathered, batch)


@given(st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_no_exchange_reads_what_belongs_to_another(size, seed):
    """Forty in a row, everybody late at random."""
    late = np.random.default_rng(seed).random((size, 40)) < 0.05

    def member(group):
        sums = []
        for i in range(40):
            if late[group.rank, i]:
                time.sleep(1e-4)
            sums.append(float(group.total(np.array(100.0**group.rank * i))))
        return sums

    whole = sum(100.0**rank for rank in range(size))
    for sums in ended(lambda: together(size, member)):
        assert sums == [whole * i for i in range(40)]


@pytest.mark.parametrize("rank", [0, 1, 2])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_the_error_of_one_frees_the_others_and_comes_out(rank, after):
    def member(group):
        for i in range(3):
            if (group.rank, i) == (rank, after):
                raise KeyError(f"member {rank}")
            group.total(np.ones(2))

    with pytest.raises(KeyError, match=f"member {rank}"):
        ended(lambda: together(3, member))


def test_the_first_of_several_errors_comes_out():
    def member(group):
        raise KeyError(f"member {group.rank}")

    with pytest.raises(KeyError, match="member 0"):
        ended(lambda: together(3, member))


@pytest.mark.parametrize(
    ("call", "received"),
    [
        (lambda g: g.total(np.ones(2 + g.rank)), r"total\(2,\), total\(3,\)"),
        (
            lambda g: (g.gather if g.rank else g.total)(np.ones(2)),
            r"total\(2,\), gather\(2,\)",
        ),
        (lambda g: g.rank or g.total(np.ones(2)), r"total\(2,\), finish"),
    ],
    ids=["shapes", "calls", "one ends early"],
)
def test_members_that_do_not_do_the_same_are_told(call, received):
    with pytest.raises(RuntimeError, match=f"equal shapes, received {received}"):
        ended(lambda: together(2, call))


def test_members_keep_what_the_caller_told_numpy():
    def member(group):
        return np.float64(1.0) / np.float64(0.0)

    with np.errstate(divide="ignore"):
        assert ended_in_place(member) == [np.inf, np.inf]
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        ended_in_place(member)


def ended_in_place(member):
    """In this thread, whose context it is."""
    return together(2, member)


def test_what_members_share_is_made_once_and_dropped_with_the_last_of_them():
    class Thing:
        pass

    made = []

    def make():
        made.append(1)
        return Thing()

    def member(group):
        thing = group.once("key", make)
        group.gather(np.zeros(1))  # all have it
        return thing

    first, *others = together(4, member)
    assert len(made) == 1
    assert all(other is first for other in others)
    shared = Shared()
    thing = Neighbour(shared).once("key", make)
    assert Neighbour(shared).once("key", make) is thing
    assert len(made) == 2
    del thing
    Neighbour(shared).once("key", make)
    assert len(made) == 3


def test_parts_share_transformed_weights():
    W = np.random.default_rng(0).normal(size=(3, 3, 64, 64)).astype("float32")
    layer, shared = Conv2d(64, 3, padding=1), Shared()
    x = np.ones((16, 16, 16, 64), np.float32)
    caches = [
        layer.forward(ConvParams(W, None), x, Context(group=Neighbour(shared)))
        for _ in range(2)
    ]
    assert caches[0][1].F is caches[1][1].F
    assert caches[0][1].F.U is not None
