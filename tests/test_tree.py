from typing import NamedTuple

import numpy as np
import pytest

from scratchgan import tree
from scratchgan.types import Array


class Pair(NamedTuple):
    W: Array
    b: Array | None


def example() -> list:
    return [
        Pair(np.arange(6.0).reshape(2, 3), None),
        {"inner": (np.ones(2), [np.zeros((1, 1))])},
        tree.State(mean=np.full(2, 5.0)),
    ]


def test_named_walks_in_order_and_rebuild_inverts_it():
    names = dict(tree.named(example()))
    assert list(names) == ["0.W", "1.inner.0", "1.inner.1.0", "2.mean"]
    again = tree.rebuild(example(), names)
    assert isinstance(again[0], Pair)
    assert isinstance(again[2], tree.State)
    for a, b in zip(tree.leaves(again), tree.leaves(example()), strict=True):
        np.testing.assert_array_equal(a, b)


def test_rebuild_names_what_is_missing_or_of_another_shape_or_dtype():
    arrays = dict(tree.named(example()))
    with pytest.raises(ValueError, match=r"'0\.W' is missing"):
        tree.rebuild(example(), {})
    with pytest.raises(ValueError, match=r"'0.W': expected float64 \(2, 3\)"):
        tree.rebuild(example(), arrays | {"0.W": np.zeros(3)})
    with pytest.raises(ValueError, match="received float32"):
        tree.rebuild(example(), arrays | {"0.W": np.zeros((2, 3), np.float32)})


def test_map_hands_none_to_the_function_below_a_none_subtree():
    told = tree.map(lambda a, b: b is None, example(), [None, None, None])
    assert tree.leaves(told) == [True] * 4


def test_map_refuses_another_structure():
    with pytest.raises(ValueError, match="structure"):
        tree.map(lambda a, b: a, [np.ones(1), np.ones(1)], [np.ones(1)])


def test_none_is_zero_in_sums():
    a, b = [np.ones(2), None, (None,)], [None, np.ones(3), (np.full(1, 2.0),)]
    total = tree.add(a, b)
    assert [leaf.tolist() for leaf in tree.leaves(total)] == [[1, 1], [1, 1, 1], [2]]
    assert tree.add(None, None) is None
    np.testing.assert_array_equal(tree.add(np.ones(2), np.ones(2)), [2, 2])


def test_state_is_carried_but_not_learned():
    doubled = tree.map_learned(lambda a: 2 * a, example())
    assert doubled[2]["mean"].tolist() == [5, 5]
    assert doubled[1]["inner"][0].tolist() == [2, 2]
    assert tree.learned(example())[2] is None
    assert tree.map(lambda a: 2 * a, example())[2]["mean"].tolist() == [10, 10]


def test_rows_are_views_and_leave_plain_numbers_alone():
    x = np.arange(8.0).reshape(4, 2)
    cut = tree.rows([x, (7, 8)], 1, 3)
    assert cut[1] == (7, 8)
    assert np.shares_memory(cut[0], x)
    np.testing.assert_array_equal(cut[0], x[1:3])


def test_astype():
    halves = tree.astype(example(), np.float32)
    assert {leaf.dtype for leaf in tree.leaves(halves)} == {np.dtype(np.float32)}
    same = example()
    assert tree.leaves(tree.astype(same, np.float64))[0] is tree.leaves(same)[0]
