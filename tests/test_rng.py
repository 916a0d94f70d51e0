import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgan.kernels.philox import philox4x32
from scratchgan.rng import Stream

# Known answers of Random123's kat_vectors, which accompanies the paper.
KNOWN = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    (
        [0xFFFFFFFF] * 4,
        [0xFFFFFFFF] * 2,
        [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD],
    ),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_gives_the_published_words(counter, key, words):
    found = philox4x32(np.array([counter], np.uint32).T, tuple(key))
    assert found.tolist() == [words]


def test_blocks_do_not_depend_on_how_many_are_asked_for():
    stream = Stream(3, "z")
    np.testing.assert_array_equal(stream.words(5, 1000)[:7], stream.words(5, 7))


def test_seed_name_and_tick_each_make_other_numbers():
    draws = [
        Stream(seed, name).words(tick, 100)
        for seed in (0, 1)
        for name in ("z", "eps")
        for tick in (0, 1, 2**32, 2**40)
    ]
    assert len({draw.tobytes() for draw in draws}) == len(draws)


def test_normal_moments_lie_within_five_standard_errors():
    n = 400_000
    z = Stream(0, "z").normal(0, (n,), np.float64)
    moments = [np.mean(z**k) for k in (1, 2, 3, 4)]
    deviations = np.sqrt(np.array([1, 2, 15, 96]) / n)  # of z, z², z³, z⁴
    assert np.all(np.abs(np.array(moments) - [0, 1, 0, 3]) < 5 * deviations)


def test_neighbouring_normals_are_uncorrelated():
    z = Stream(0, "z").normal(0, (200_000,), np.float64)
    for lag in (1, 2, 3, 4):
        assert abs(np.mean(z[lag:] * z[:-lag])) < 5 / np.sqrt(len(z))


@given(st.integers(0, 2**40), st.integers(0, 50), st.integers(0, 7))
def test_uniform_is_in_the_unit_interval_and_the_same_in_both_precisions(tick, n, m):
    stream = Stream(1, "eps")
    single, double = (stream.uniform(tick, (n, m), d) for d in (np.float32, np.float64))
    assert single.shape == (n, m)
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single.astype(np.float64), double)
    assert np.all((double >= 0) & (double < 1))


@given(st.integers(1, 60), st.integers(0, 5))
def test_permutation_is_one(n, tick):
    order = Stream(0, "shuffle").permutation(tick, n)
    np.testing.assert_array_equal(np.sort(order), np.arange(n))


def test_integers_are_uniform():
    high, n = 7, 70_000
    counts = np.bincount(Stream(0, "k").integers(0, high, (n,)), minlength=high)
    assert len(counts) == high
    assert np.all(np.abs(counts - n / high) < 5 * np.sqrt(n / high))


def test_bad_arguments_are_named():
    with pytest.raises(
        ValueError, match="seed: expected a non-negative integer, got -1"
    ):
        Stream(-1, "z")
    with pytest.raises(ValueError, match="high"):
        Stream(0, "z").integers(0, 0, (1,))


@given(st.integers(0, 9))
def test_any_number_of_normals_begins_alike(n):
    stream = Stream(0, "z")
    found = stream.normal(1, (n,), np.float64)
    assert found.shape == (n,)
    np.testing.assert_array_equal(found, stream.normal(1, (10,), np.float64)[:n])


def test_normals_are_box_and_muller_s_of_the_words():
    """A pair lies at radius √(−2 ln u) and angle 2πv, u and v being its two words."""
    stream = Stream(0, "z")
    a, b = stream.words(2, 2000).astype(np.float64).reshape(-1, 2).T / 2**32
    x, y = stream.normal(2, (2000,), np.float64).reshape(-1, 2).T
    np.testing.assert_allclose(np.exp(-(x**2 + y**2) / 2), a, atol=2**-32)
    turn = np.arctan2(y, x) / (2 * np.pi) - b
    np.testing.assert_allclose(turn - turn.round(), 0, atol=1e-12)
